using System.Collections.Immutable;

namespace ConcreteMl.Tfhe;

/// <summary>Makes evaluation keys on all cores; the bytes do not depend on the number of cores.</summary>
public static class KeyGenerator
{
    /// <summary>The evaluation key of <paramref name="client"/>, ready to bootstrap; progress runs from 0 to 1.</summary>
    public static EvaluationKey CreateEvaluationKey(
        ClientKey client,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    )
    {
        using SeededEvaluationKey seeded = CreateSeeded(client, ProgressPart.Of(progress, 0.0, 0.6), cancellation);
        return EvaluationKey.Expand(seeded, ProgressPart.Of(progress, 0.6, 1.0), cancellation);
    }

    /// <summary>The evaluation key of <paramref name="client"/> in its compact form, to store or to send.</summary>
    public static SeededEvaluationKey CreateSeeded(
        ClientKey client,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    ) => CreateSeeded(client, SeedSource.OperatingSystem, Environment.ProcessorCount, progress, cancellation);

    internal static SeededEvaluationKey CreateSeeded(
        ClientKey client,
        SeedSource source,
        int threads,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        Span<byte> seed = stackalloc byte[AesCounterGenerator.SeedBytes];
        source.Fill(seed);
        using AesCounterGenerator masks = new(seed);
        using AesCounterGenerator noise = SecretGenerator.Create(source);
        ParameterSet parameters = client.Parameters;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        List<SeededClassKey> classes = [];
        try
        {
            for (int index = 0; index < parameters.Classes.Length; index++)
            {
                SeededClassKey made = new(parameters.BigKey, parameters.Classes[index]);
                classes.Add(made);
                ProgressPart part = new(progress, index, parameters.Classes.Length);
                new KeySwitchRows(client, index, masks, noise).Fill(made, options);
                new BootstrapRows(client, index, masks, noise).Fill(made, options, part);
            }
            return new SeededEvaluationKey(parameters, client.Id, seed, [.. classes]);
        }
        catch
        {
            classes.ForEach(made => made.Dispose());
            throw;
        }
    }
}
