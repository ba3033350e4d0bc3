using System.Collections.Immutable;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The evaluation key as it is stored and sent: one public seed for all masks, and the bodies. Holds no secret.
/// <see cref="EvaluationKey"/> is the form that bootstraps.
/// </summary>
public sealed class SeededEvaluationKey : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly byte[] _seed;

    internal SeededEvaluationKey(
        ParameterSet parameters,
        KeyId keyId,
        ReadOnlySpan<byte> seed,
        ImmutableArray<SeededClassKey> classes,
        SeededPackingKey? packing
    )
    {
        Packing = packing;
        Parameters = parameters;
        KeyId = keyId;
        _seed = seed.ToArray();
        Classes = classes;
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Name of the client key behind it.</summary>
    public KeyId KeyId { get; }

    /// <summary>Bytes of the stored key without its header.</summary>
    public long ByteCount => ByteCountOf(Parameters);

    /// <summary>Bytes of a stored key of <paramref name="parameters"/> without its header; nothing is made.</summary>
    public static long ByteCountOf(ParameterSet parameters) =>
        parameters.Classes.Sum(one => SeededClassKey.StoredBytes(parameters.BigKey, one)) + SeededPackingKey.StoredBytes(parameters);

    /// <summary>The public seed of all masks.</summary>
    internal ReadOnlySpan<byte> Seed => _seed;

    /// <summary>Bodies, class by class.</summary>
    internal ImmutableArray<SeededClassKey> Classes { get; }

    /// <summary>Bodies of the key that packs outputs; null where outputs are not compressed.</summary>
    internal SeededPackingKey? Packing { get; }

    /// <summary>Frees the memory, at once or when the last running call ends; later calls meet an ObjectDisposedException.</summary>
    public void Dispose() => _lifetime.Close();

    /// <summary>Keeps the key's memory until the use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    internal Lifetime.Use Use() => _lifetime.Begin();

    private void Free()
    {
        foreach (SeededClassKey one in Classes)
            one.Dispose();
        Packing?.Dispose();
    }
}
