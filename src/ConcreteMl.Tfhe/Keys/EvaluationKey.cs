using System.Collections.Immutable;

namespace ConcreteMl.Tfhe;

/// <summary>
/// The evaluation key in the form that bootstraps: key-switching keys by column tiles and bootstrapping keys in the
/// Fourier domain, in native memory. Holds no secret. Dispose only after the last <see cref="Bootstrapper"/> call ended.
/// </summary>
public sealed class EvaluationKey : IDisposable
{
    private EvaluationKey(ParameterSet parameters, KeyId keyId, ImmutableArray<LookupClassKey> classes)
    {
        Parameters = parameters;
        KeyId = keyId;
        Classes = classes;
    }

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Name of the client key behind it.</summary>
    public KeyId KeyId { get; }

    /// <summary>Bytes in memory.</summary>
    public long ByteCount => Classes.Sum(one => one.ByteCount);

    /// <summary>Keys, class by class.</summary>
    internal ImmutableArray<LookupClassKey> Classes { get; }

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
        using AesCounterGenerator masks = new(seeded.Seed);
        ParallelOptions options = new() { CancellationToken = cancellation };
        List<LookupClassKey> classes = [];
        try
        {
            for (int index = 0; index < seeded.Classes.Length; index++)
            {
                SeededClassKey one = seeded.Classes[index];
                BlindRotator rotator = createRotator(one.Big, one.Lookup);
                ProgressPart part = new(progress, index, seeded.Classes.Length);
                classes.Add(LookupClassKey.Expand(one, index, masks, rotator, options, part));
            }
            return new EvaluationKey(seeded.Parameters, seeded.KeyId, [.. classes]);
        }
        catch
        {
            classes.ForEach(made => made.Dispose());
            throw;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (LookupClassKey one in Classes)
            one.Dispose();
    }
}
