using System.Runtime.CompilerServices;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl;

/// <summary>
/// The server's half of a compiled model: runs it on ciphertexts with a client's evaluation key. Sees no secret, and does not know
/// what the codes of inputs and outputs mean. Safe for concurrent use.
/// </summary>
public sealed class FheServer
{
    private readonly ProgramPlan plan;
    private readonly byte[] hash;

    private FheServer(TfheProgram program)
    {
        plan = new ProgramPlan(program);
        hash = ProgramFormat.CircuitHash(program);
        Parameters =
            program.Parameters
            ?? throw new TfheFormatException(TfheFormatProblem.Foreign, "the model has no parameters: it does not run on encrypted data");
        Inputs = [.. program.Inputs.Select(port => Port(program, port))];
        Outputs = [.. program.Outputs.Select(port => Port(program, port))];
    }

    /// <summary>The model's name.</summary>
    public string Name => plan.Program.Name;

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<CircuitPort> Inputs { get; }

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<CircuitPort> Outputs { get; }

    /// <summary>The parameters that keys must have.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Hash of the circuit, 64 hexadecimal digits; both halves of one artefact have the same one.</summary>
    public string CircuitHash => Convert.ToHexStringLower(hash);

    /// <summary>Bytes of an evaluation key as it is sent, without its header.</summary>
    public long EvaluationKeyBytes => SeededEvaluationKey.ByteCountOf(Parameters);

    /// <summary>Bytes of the ciphertexts in memory while one sample runs.</summary>
    public long WorkingBytes => MemoryUse.PeakElements(plan.Program) * Parameters.BigKey.LweSize * sizeof(ulong);

    /// <summary>
    /// Bytes of an evaluation key in memory while it is read and expanded, an upper bound: the compact form; Fourier images of
    /// n (k + 1)^2 l polynomials of N words in each lookup class; and of each key-switching key, and the packing key, either kN l rows, padded
    /// to whole tiles, or spectra.
    /// </summary>
    public long KeyMemoryBytes =>
        EvaluationKeyBytes
        + Parameters.Classes.Sum(one => LookupClassKey.ExpandedBytes(Parameters.BigKey, one))
        + (Parameters.Compression?.Shape.ExpandedBytes(Parameters.BigKey.LweDimension) ?? 0);

    /// <summary>What readers of evaluation keys of this model expect.</summary>
    public WireExpectation KeyExpectation => new() { Parameters = Parameters, MostBytes = EvaluationKeyBytes };

    /// <summary>Reads a server half.</summary>
    /// <exception cref="TfheFormatException">The file is damaged, no server half, or of another major version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FheServer Load(string path)
    {
        using FileStream stream = StoredFile.OpenRead(path);
        return LoadAsync(stream).GetAwaiter().GetResult();
    }

    /// <summary>Reads a server half from a stream, to its end.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, no server half, or of another major version.</exception>
    public static async Task<FheServer> LoadAsync(Stream stream, CancellationToken cancellation = default) =>
        new(await CircuitFormat.ReadAsync(stream, null, cancellation).ConfigureAwait(false));

    /// <summary>The circuit that a client's half belongs to: a server that hands halves out compares it with its own.</summary>
    /// <returns>Hash of the circuit, 64 hexadecimal digits.</returns>
    /// <exception cref="TfheFormatException">The bytes are damaged, no client half, or of another major version.</exception>
    public static string CircuitHashOfClientHalf(byte[] half) => Convert.ToHexStringLower(CircuitFormat.HashOfClientHalf(half));

    /// <summary>Reads an evaluation key of this model from an untrusted stream.</summary>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, or was made for other parameters.</exception>
    public Task<EvaluationKey> ReadEvaluationKeyAsync(Stream stream, CancellationToken cancellation = default) =>
        EvaluationKey.ReadFromAsync(stream, KeyExpectation, cancellation);

    /// <summary>Checks an evaluation key on its way from an untrusted stream to another, in memory that does not grow with the key.</summary>
    /// <returns>Public name of the secret key behind it. The copy is sound only when this returns.</returns>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, or was made for other parameters.</exception>
    public Task<KeyId> CopyEvaluationKeyAsync(Stream from, Stream to, CancellationToken cancellation = default) =>
        EvaluationKeyFormat.CopyAsync(from, to, KeyExpectation, cancellation);

    /// <summary>Reads encrypted inputs of this model from an untrusted stream.</summary>
    /// <param name="stream">The stream; it is read to the end of the inputs.</param>
    /// <param name="mostSamples">The most samples that are read.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="TfheFormatException">The data is damaged, truncated, too large, or for another model.</exception>
    public Task<EncryptedInputs> ReadInputsAsync(Stream stream, int mostSamples = 1 << 16, CancellationToken cancellation = default) =>
        EncryptedInputs.ReadFromAsync(stream, InputExpectation(mostSamples), cancellation);

    /// <summary>What readers of encrypted inputs of this model expect.</summary>
    public WireExpectation InputExpectation(int mostSamples) =>
        new()
        {
            CircuitHash = hash,
            PortCounts = [.. Inputs.Select(port => port.Count)],
            Dimension = Parameters.BigKey.LweDimension,
            MostSamples = mostSamples,
            MostBytes = checked(Inputs.Sum(port => AesCounterGenerator.SeedBytes + port.Count * sizeof(ulong)) * mostSamples),
        };

    /// <summary>Runs samples on ciphertexts. The key's first run expands it; it lives at least as long as the run.</summary>
    /// <param name="evaluation">The evaluation key of the client that encrypted.</param>
    /// <param name="inputs">The samples.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="threads">The most threads; 0 is as many as the machine has.</param>
    /// <exception cref="ProgramInputException">Key and inputs are of another client or for another model.</exception>
    public Task<EncryptedOutputs> RunAsync(
        EvaluationKey evaluation,
        EncryptedInputs inputs,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        int threads = 0
    ) => RunAsync(evaluation, inputs, null, progress, cancellation, threads);

    /// <summary>The same with other machines, which compute ranges of large layers.</summary>
    internal Task<EncryptedOutputs> RunAsync(
        EvaluationKey evaluation,
        EncryptedInputs inputs,
        RangeHelpers? helpers,
        IProgress<double>? progress,
        CancellationToken cancellation,
        int threads
    )
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(inputs);
        ExecutionOptions options = new()
        {
            Threads = ThreadsOf(threads),
            Progress = progress is null ? null : new Fractions(progress),
            Helpers = helpers,
        };
        return evaluation.UseAsync(
            key =>
            {
                EncryptedExecutor executor = new(plan, hash, key);
                return new EncryptedOutputs(executor.Run(inputs.Samples, options, null, cancellation), inputs.Axis);
            },
            cancellation
        );
    }

    /// <summary>Computes a range of a large layer for the machine that runs the sample.</summary>
    /// <exception cref="ProgramInputException">The key is for another model, or the program has no such range.</exception>
    internal Task<byte[]> RunRangeAsync(EvaluationKey evaluation, LookupRange range, int threads, CancellationToken cancellation) =>
        evaluation.UseAsync(key => new EncryptedExecutor(plan, hash, key).RunRange(range, ThreadsOf(threads), cancellation), cancellation);

    /// <summary>Runs samples one after the other and yields each as soon as it is there.</summary>
    /// <exception cref="ProgramInputException">Key and inputs are of another client or for another model.</exception>
    public async IAsyncEnumerable<EncryptedOutputs> RunEachAsync(
        EvaluationKey evaluation,
        EncryptedInputs inputs,
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        foreach (EncryptedSample sample in inputs.Samples)
            yield return await RunAsync(evaluation, new EncryptedInputs([sample], inputs.Axis), null, cancellation).ConfigureAwait(false);
    }

    private static int ThreadsOf(int threads) => threads > 0 ? threads : Environment.ProcessorCount;

    private static CircuitPort Port(TfheProgram program, ProgramPort port) =>
        new(port.Name, program.Values[port.Value].Shape, program.Values[port.Value].Bits);

    private sealed class Fractions(IProgress<double> progress) : IProgress<ExecutionProgress>
    {
        public void Report(ExecutionProgress value) => progress.Report(value.Fraction);
    }
}
