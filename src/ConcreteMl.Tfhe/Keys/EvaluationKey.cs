using System.Collections.Immutable;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The evaluation key in the form that bootstraps: key-switching keys by column tiles and bootstrapping keys in the
/// Fourier domain, in native memory. Holds no secret.
/// </summary>
public sealed class EvaluationKey : IDisposable
{
    private readonly Lifetime _lifetime;

    private EvaluationKey(ParameterSet parameters, KeyId keyId, ImmutableArray<LookupClassKey> classes, KeySwitchKey? packing)
    {
        Packing = packing;
        Parameters = parameters;
        KeyId = keyId;
        Classes = classes;
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Name of the client key behind it.</summary>
    public KeyId KeyId { get; }

    /// <summary>Bytes in memory.</summary>
    public long ByteCount => Classes.Sum(one => one.ByteCount) + (Packing?.ByteCount ?? 0);

    /// <summary>Keys, class by class.</summary>
    internal ImmutableArray<LookupClassKey> Classes { get; }

    /// <summary>The key that packs outputs; null where outputs are not compressed.</summary>
    internal KeySwitchKey? Packing { get; }

    /// <summary>Expands a compact key on all cores; the compact form is not needed afterwards.</summary>
    public static EvaluationKey Expand(
        SeededEvaluationKey seeded,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    ) => Expand(seeded, FourierBackend.CreateRotator, progress, cancellation);

    internal static EvaluationKey Expand(
        SeededEvaluationKey seeded,
        Func<BigKeyParameters, LookupClassParameters, BlindRotator> createRotator,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        using Lifetime.Use use = seeded.Use();
        using AesCounterGenerator masks = new(seeded.Seed);
        ParallelOptions options = new() { CancellationToken = cancellation };
        return Collect(
            seeded.Parameters,
            seeded.KeyId,
            index =>
            {
                SeededClassKey one = seeded.Classes[index];
                ProgressPart part = new(progress, index, seeded.Classes.Length);
                return LookupClassKey.Expand(one, index, masks, createRotator(one.Big, one.Lookup), options, part);
            },
            compression => SeededPackingKey.Expand(seeded.Parameters.BigKey, compression, seeded.Packing!.Write, masks, options)
        );
    }

    /// <summary>
    /// The key whose class i is <paramref name="make"/>(i), with <paramref name="makePacking"/> where outputs are compressed; those made
    /// are freed when one fails.
    /// </summary>
    internal static EvaluationKey Collect(
        ParameterSet parameters,
        KeyId keyId,
        Func<int, LookupClassKey> make,
        Func<OutputCompression, KeySwitchKey> makePacking
    )
    {
        List<LookupClassKey> classes = [];
        try
        {
            for (int index = 0; index < parameters.Classes.Length; index++)
                classes.Add(make(index));
            KeySwitchKey? packing = parameters.Compression is { } compression ? makePacking(compression) : null;
            return new EvaluationKey(parameters, keyId, [.. classes], packing);
        }
        catch
        {
            classes.ForEach(made => made.Dispose());
            throw;
        }
    }

    /// <summary>Frees the memory, at once or when the last running call ends; later calls meet an ObjectDisposedException.</summary>
    public void Dispose() => _lifetime.Close();

    /// <summary>Keeps the key's memory until the use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    internal Lifetime.Use Use() => _lifetime.Begin();

    private void Free()
    {
        foreach (LookupClassKey one in Classes)
            one.Dispose();
        Packing?.Dispose();
    }
}
