using ConcreteMl.Tfhe;
using ExpandedKey = ConcreteMl.Tfhe.EvaluationKey;

namespace ConcreteMl;

/// <summary>
/// The key that lets a server compute on ciphertexts of one secret key; it opens nothing. Made and sent in its compact form;
/// the first run on it expands it, or <see cref="PrepareAsync"/> beforehand. Running calls keep it alive past its disposal.
/// </summary>
public sealed class EvaluationKey : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lifetime _lifetime;
    private readonly SemaphoreSlim _expanding = new(1, 1);
    private SeededEvaluationKey? _stored;
    private ExpandedKey? _expanded;

    /// <summary>Takes over a compact key, which is disposed with this object.</summary>
    public EvaluationKey(SeededEvaluationKey stored)
    {
        _stored = stored;
        Parameters = stored.Parameters;
        KeyId = stored.KeyId;
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Public name of the secret key behind it.</summary>
    public KeyId KeyId { get; }

    /// <summary>Bytes of the key as it is sent, without its header.</summary>
    public long ByteCount => SeededEvaluationKey.ByteCountOf(Parameters);

    /// <summary>Bytes that the key takes in memory now.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (_lock)
                return (_stored is null ? 0 : ByteCount) + (_expanded?.ByteCount ?? 0);
        }
    }

    /// <summary>Reads a key file.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, of another version, foreign, or below its security curve.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EvaluationKey Load(string path, WireExpectation? expectation = null) => new(EvaluationKeyFile.Load(path, expectation));

    /// <summary>Reads from a stream, to the end of the key; nothing of the key's size is allocated before its header fits the expectation.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, foreign, too large, or of another major version.</exception>
    public static async Task<EvaluationKey> ReadFromAsync(
        Stream stream,
        WireExpectation? expectation = null,
        CancellationToken cancellation = default
    ) => new(await EvaluationKeyFile.ReadAsync(stream, expectation, cancellation).ConfigureAwait(false));

    /// <summary>Creates or replaces a key file.</summary>
    /// <exception cref="InvalidOperationException">The compact form was released.</exception>
    public void Save(string path) => EvaluationKeyFile.Save(Stored(), path);

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <exception cref="InvalidOperationException">The compact form was released.</exception>
    public Task WriteToAsync(Stream stream, CancellationToken cancellation = default) =>
        EvaluationKeyFile.WriteAsync(Stored(), stream, cancellation);

    /// <summary>Expands the key to the form that computes; later calls return at once.</summary>
    /// <param name="releaseStored">Frees the compact form: the key can then run, but no longer be written.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task PrepareAsync(bool releaseStored = false, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using Lifetime.Use use = _lifetime.Begin();
        await _expanding.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_expanded is null)
            {
                SeededEvaluationKey stored = Stored();
                ExpandedKey made = await Task.Run(() => ExpandedKey.Expand(stored, progress, cancellation), cancellation)
                    .ConfigureAwait(false);
                lock (_lock)
                    _expanded = made;
            }
            if (releaseStored)
                lock (_lock)
                {
                    _stored?.Dispose();
                    _stored = null;
                }
        }
        finally
        {
            _expanding.Release();
        }
    }

    /// <summary>Runs <paramref name="work"/> on the expanded key, which lives at least as long.</summary>
    internal async Task<T> UseAsync<T>(Func<ExpandedKey, T> work, CancellationToken cancellation)
    {
        using Lifetime.Use use = _lifetime.Begin();
        await PrepareAsync(cancellation: cancellation).ConfigureAwait(false);
        return await Task.Run(() => work(_expanded!), cancellation).ConfigureAwait(false);
    }

    /// <summary>Frees the memory once no call uses it; later calls meet an ObjectDisposedException.</summary>
    public void Dispose() => _lifetime.Close();

    private void Free()
    {
        _stored?.Dispose();
        _expanded?.Dispose();
    }

    private SeededEvaluationKey Stored()
    {
        using Lifetime.Use use = _lifetime.Begin();
        lock (_lock)
            return _stored ?? throw new InvalidOperationException("the compact form of the key was released when it was prepared");
    }
}
