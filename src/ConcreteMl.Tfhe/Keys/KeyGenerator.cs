namespace ConcreteMl.Tfhe;

/// <summary>Makes evaluation keys on all cores; the bytes do not depend on the number of cores.</summary>
public static class KeyGenerator
{
    /// <summary>
    /// The evaluation key of <paramref name="client"/>, ready to bootstrap; progress runs from 0 to 1. Needs a third less
    /// memory than <see cref="CreateSeeded(ClientKey, IProgress{double}, CancellationToken)"/> with an expansion.
    /// </summary>
    public static EvaluationKey CreateEvaluationKey(
        ClientKey client,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    ) => CreateEvaluationKey(client, SeedSource.OperatingSystem, progress, cancellation);

    /// <summary>The evaluation key of <paramref name="client"/> in its compact form, to store or to send.</summary>
    public static SeededEvaluationKey CreateSeeded(
        ClientKey client,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    ) => CreateSeeded(client, SeedSource.OperatingSystem, Environment.ProcessorCount, progress, cancellation);

    internal static EvaluationKey CreateEvaluationKey(
        ClientKey client,
        SeedSource source,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        using Lifetime.Use use = client.Use();
        using KeyRandomness random = new(source);
        ParallelOptions options = new() { CancellationToken = cancellation };
        return EvaluationKey.Collect(
            client.Parameters,
            client.Id,
            index =>
            {
                using FreshClassKey fresh = new(client, index, random);
                BlindRotator rotator = FourierBackend.CreateRotator(fresh.Big, fresh.Lookup);
                ProgressPart part = new(progress, index, client.Parameters.Classes.Length);
                return LookupClassKey.Expand(fresh, index, random.Masks, rotator, options, part);
            },
            compression =>
                SeededPackingKey.Expand(
                    client.Parameters.BigKey,
                    compression,
                    new PackingRows(client, compression, random).Write,
                    random.Masks,
                    options
                )
        );
    }

    internal static SeededEvaluationKey CreateSeeded(
        ClientKey client,
        SeedSource source,
        int threads,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        using Lifetime.Use use = client.Use();
        using KeyRandomness random = new(source);
        ParameterSet parameters = client.Parameters;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        List<SeededClassKey> classes = [];
        SeededPackingKey? packing = null;
        try
        {
            for (int index = 0; index < parameters.Classes.Length; index++)
            {
                SeededClassKey made = new(parameters, index, classes);
                classes.Add(made);
                using FreshClassKey fresh = new(client, index, random);
                made.Fill(fresh, options, new ProgressPart(progress, index, parameters.Classes.Length));
            }
            if (parameters.Compression is { } compression)
            {
                packing = new SeededPackingKey(parameters.BigKey, compression);
                packing.Fill(new PackingRows(client, compression, random).Write, options);
            }
            return new SeededEvaluationKey(parameters, client.Id, random.Seed, [.. classes], packing);
        }
        catch
        {
            packing?.Dispose();
            classes.ForEach(made => made.Dispose());
            throw;
        }
    }
}
