namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The client's side of a program: real values to codes to ciphertexts, and back. Safe for concurrent use.
/// </summary>
public sealed class ProgramClient
{
    /// <summary>The client of a legal program.</summary>
    public ProgramClient(TfheProgram program)
        : this(ProgramInterface.Of(program)) { }

    /// <summary>The client of a program that somebody else has.</summary>
    public ProgramClient(ProgramInterface program)
    {
        Program = program;
        Inputs = [.. program.Inputs.Select(port => new Quantizer(port))];
        Outputs = [.. program.Outputs.Select(port => new Quantizer(port))];
    }

    /// <summary>What the client knows of the program.</summary>
    public ProgramInterface Program { get; }

    /// <summary>Quantizer of each input.</summary>
    public IReadOnlyList<Quantizer> Inputs { get; }

    /// <summary>Dequantizer of each output.</summary>
    public IReadOnlyList<Quantizer> Outputs { get; }

    /// <summary>Encrypts the codes of one sample, one array per input.</summary>
    /// <exception cref="ProgramInputException">
    /// Inputs are missing, of another size or outside their width, or the key was made for other parameters.
    /// </exception>
    public EncryptedSample Encrypt(ClientKey key, IReadOnlyList<long[]> codes)
    {
        RequireParameters(key);
        if (codes.Count != Program.Inputs.Count)
            throw new ProgramInputException($"{codes.Count} inputs, expected {Program.Inputs.Count}");
        List<SeededLweCiphertexts> inputs = [];
        for (int input = 0; input < codes.Count; input++)
        {
            InterfacePort port = Program.Inputs[input];
            InputCodes.Check(port.Name, port.Shape, port.Bits, codes[input], "encryption");
            ulong[] phases = [.. codes[input].Select(code => port.Step.Encode(code))];
            inputs.Add(key.EncryptSeeded(phases));
        }
        return new EncryptedSample(key.Id, Program.CircuitHash, inputs);
    }

    /// <summary>Decrypts one sample's outputs to signed codes, one array per output.</summary>
    /// <exception cref="ProgramInputException">The outputs come from another program or key, or have other sizes.</exception>
    public long[][] Decrypt(ClientKey key, EncryptedResult outputs)
    {
        RequireParameters(key);
        if (outputs.KeyId != key.Id)
            throw new ProgramInputException($"outputs under key {outputs.KeyId} cannot be decrypted with key {key.Id}");
        if (!outputs.CircuitHash.Span.SequenceEqual(Program.CircuitHash.Span))
            throw new ProgramInputException("the outputs were computed by another program");
        if (outputs.Outputs.Count != Program.Outputs.Count)
            throw new ProgramInputException($"{outputs.Outputs.Count} outputs, expected {Program.Outputs.Count}");
        return [.. outputs.Outputs.Select((ciphertexts, output) => Decrypt(key, ciphertexts, Program.Outputs[output]))];
    }

    private static long[] Decrypt(ClientKey key, PackedCiphertexts ciphertexts, InterfacePort port)
    {
        if (ciphertexts.Count != port.Count)
            throw new ProgramInputException($"output '{port.Name}' has {ciphertexts.Count} ciphertexts, expected {port.Count}");
        ulong[] phases = new ulong[port.Count];
        key.DecryptPhases(ciphertexts, phases);
        return [.. phases.Select(phase => port.Step.Decode(phase))];
    }

    private void RequireParameters(ClientKey key)
    {
        if (Program.Parameters is not { } parameters)
            throw new ProgramInputException("the program has no parameters: it runs in clear only");
        if (!key.Parameters.Equals(parameters))
            throw new ProgramInputException($"key {key.Id} was made for other parameters than the program's");
    }
}
