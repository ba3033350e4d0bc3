using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Steps;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl;

/// <summary>
/// The owner's half of a compiled model: makes keys, encrypts inputs and opens outputs. Knows ports, codings and parameters, but
/// no weight and no table. Safe for concurrent use.
/// </summary>
public sealed class FheClient
{
    private readonly ClientHalf half;
    private readonly ModuleClient module;

    private FheClient(ClientHalf half, string place)
    {
        this.half = half;
        try
        {
            module = new ModuleClient(half);
        }
        catch (InvalidDataException problem)
        {
            throw WireRefusals.Of(new TfheFormatException(problem.Message, problem), place, WireSubject.Half);
        }
    }

    /// <summary>The model's name.</summary>
    public string Name => half.Circuit.Name;

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<ModelPort> Inputs => module.Inputs;

    /// <summary>The outputs, in order.</summary>
    public IReadOnlyList<ModelPort> Outputs => module.Outputs;

    /// <summary>
    /// For each output the texts that its numbers from 0 on stand for, such as the names of classes; empty where it is numbers.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> OutputLabels => module.OutputLabels;

    /// <summary>Hash of what the server runs, 64 hexadecimal digits; both halves of one artefact have the same one.</summary>
    public string CircuitHash => Convert.ToHexStringLower(half.Circuit.CircuitHash.Span);

    /// <summary>Bytes of an evaluation key as it is sent.</summary>
    /// <exception cref="CompilationException">The model does not run encrypted (CML6301).</exception>
    public long EvaluationKeyBytes => SeededEvaluationKey.ByteCountOf(Parameters);

    /// <summary>What readers of outputs and keys of this model expect.</summary>
    public WireExpectation Expectation =>
        new()
        {
            Parameters = half.Circuit.Parameters,
            CircuitHash = half.Circuit.CircuitHash,
            PortCounts = [.. half.Circuit.Outputs.Select(port => (long)port.Count)],
        };

    private ParameterSet Parameters =>
        half.Circuit.Parameters
        ?? throw new CompilationException(
            Diagnostic.Error(
                "CML6301",
                Name,
                "the model has no parameters for encrypted execution",
                "an executable module",
                "Compile with fewer bits or with rounding, and export it again"
            )
        );

    /// <summary>Reads a client half.</summary>
    /// <exception cref="CompilationException">The file is missing, damaged, no client half, or of another major version.</exception>
    public static FheClient Load(string path)
    {
        using FileStream stream = WireRefusals.Guard(path, WireSubject.Half, () => StoredFile.OpenRead(path));
        return WireRefusals.Guard(
            path,
            WireSubject.Half,
            () => new FheClient(ClientHalf.ReadAsync(stream, default).GetAwaiter().GetResult(), path)
        );
    }

    /// <summary>Reads a client half from a stream, to its end.</summary>
    /// <exception cref="CompilationException">The data is damaged, no client half, or of another major version.</exception>
    public static async Task<FheClient> LoadAsync(Stream stream, CancellationToken cancellation = default)
    {
        try
        {
            return new FheClient(await ClientHalf.ReadAsync(stream, cancellation).ConfigureAwait(false), "client half");
        }
        catch (TfheFormatException problem)
        {
            throw WireRefusals.Of(problem, "client half", WireSubject.Half);
        }
    }

    /// <summary>A fresh secret key from the operating system's random source.</summary>
    /// <exception cref="CompilationException">The model does not run encrypted (CML6301).</exception>
    public SecretKey GenerateKey() => new(ClientKey.Generate(Parameters, SeedSource.OperatingSystem));

    /// <summary>A fresh evaluation key of a secret key, on all cores; a new one under the same secret replaces an old one.</summary>
    /// <exception cref="CompilationException">The key was made for other parameters (CML6201).</exception>
    public EvaluationKey CreateEvaluationKey(SecretKey secret, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        RequireParameters(secret);
        return new EvaluationKey(KeyGenerator.CreateSeeded(secret.Key, progress, cancellation));
    }

    /// <summary>Encrypts one array per input; the first axis counts samples.</summary>
    /// <exception cref="CompilationException">The inputs do not fit, or the key was made for other parameters.</exception>
    public EncryptedInputs Encrypt(SecretKey secret, IReadOnlyList<Tensor> inputs) => Encrypt(secret, inputs, out _);

    /// <summary>The same, and how many values of each input lay outside the calibrated range and took the nearest code.</summary>
    /// <exception cref="CompilationException">The inputs do not fit, or the key was made for other parameters.</exception>
    public EncryptedInputs Encrypt(SecretKey secret, IReadOnlyList<Tensor> inputs, out IReadOnlyList<long> clipped)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentNullException.ThrowIfNull(inputs);
        return Encrypt(secret, new SampleBinder(Inputs, "inputs").Bind(inputs), out clipped);
    }

    /// <summary>Opens outputs: one array per output, the first axis counts samples.</summary>
    /// <exception cref="CompilationException">The outputs are of another model or key (CML6208).</exception>
    public IReadOnlyList<Tensor> Decrypt(SecretKey secret, EncryptedOutputs outputs)
    {
        IReadOnlyList<long[][]> codes = Codes(secret, outputs);
        return Samples.Join([.. codes.Select(sample => module.Dequantize(sample))], (SampleLayout)outputs.Axis);
    }

    /// <summary>Opens outputs as the circuit's integer codes.</summary>
    /// <exception cref="CompilationException">The outputs are of another model or key (CML6208).</exception>
    public IReadOnlyList<IntegerTensor> DecryptCodes(SecretKey secret, EncryptedOutputs outputs) =>
        module.JoinOutputs(Codes(secret, outputs), (SampleLayout)outputs.Axis);

    /// <summary>Reads outputs from a stream, to their end, in memory that this model's ports bound.</summary>
    /// <exception cref="CompilationException">The data is damaged, truncated or of another model.</exception>
    public async Task<EncryptedOutputs> ReadOutputsAsync(Stream stream, CancellationToken cancellation = default)
    {
        try
        {
            return await EncryptedOutputs.ReadFromAsync(stream, Expectation, cancellation).ConfigureAwait(false);
        }
        catch (TfheFormatException problem)
        {
            throw WireRefusals.Of(problem, "outputs", WireSubject.Ciphertexts);
        }
    }

    internal EncryptedInputs Encrypt(SecretKey secret, Samples samples, out IReadOnlyList<long> clipped)
    {
        RequireParameters(secret);
        long[] outside = new long[half.Circuit.Inputs.Count];
        List<EncryptedSample> encrypted = [];
        foreach (IReadOnlyList<Tensor> sample in module.Enter(samples).Items)
        {
            QuantizedCodes[] codes = [.. sample.Select((tensor, input) => module.Program.Inputs[input].Quantize(tensor.ToDoubles()))];
            for (int input = 0; input < codes.Length; input++)
            {
                outside[input] += codes[input].Clipped;
            }

            encrypted.Add(module.Program.Encrypt(secret.Key, [.. codes.Select(one => one.Codes)]));
        }

        clipped = outside;
        return new EncryptedInputs(encrypted, (SampleAxis)samples.Layout);
    }

    /// <summary>The counts of <see cref="Encrypt(SecretKey, Samples, out IReadOnlyList{long})"/> with the inputs' names.</summary>
    internal IReadOnlyList<ClippedInput> Clipped(IReadOnlyList<long> counts, Samples samples) =>
        [
            .. counts
                .Select(
                    (count, index) =>
                        new ClippedInput(
                            module.CircuitInputs[index].Name,
                            count,
                            samples.Items.Count * module.CircuitInputs[index].Shape!.Aggregate(1L, (size, axis) => size * (axis ?? 1))
                        )
                )
                .Where(input => input.Count > 0),
        ];

    private IReadOnlyList<long[][]> Codes(SecretKey secret, EncryptedOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        RequireParameters(secret);
        try
        {
            return outputs.Samples.Select(sample => module.Program.Decrypt(secret.Key, sample)).ToArray();
        }
        catch (ProgramInputException problem)
        {
            throw WireRefusals.Of(problem, "outputs");
        }
    }

    private void RequireParameters(SecretKey secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (!secret.Parameters.Equals(Parameters))
        {
            throw WireRefusals.Of(
                new TfheFormatException(TfheFormatProblem.Foreign, "the key was made for other parameters than the circuit's"),
                $"secret key {secret.KeyId}",
                WireSubject.Key
            );
        }
    }
}
