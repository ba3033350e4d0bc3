namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The client's side of a program: real values to codes to ciphertexts, and back. Safe for concurrent use.
/// </summary>
public sealed class ProgramClient
{
    private readonly byte[] _hash;

    /// <summary>The client of a legal program.</summary>
    public ProgramClient(TfheProgram program)
    {
        Program = program;
        _hash = ProgramFormat.Hash(program);
        Inputs = [.. program.Inputs.Select(port => new Quantizer(program, port))];
        Outputs = [.. program.Outputs.Select(port => new Quantizer(program, port))];
    }

    /// <summary>The program.</summary>
    public TfheProgram Program { get; }

    /// <summary>Quantizer of each input.</summary>
    public IReadOnlyList<Quantizer> Inputs { get; }

    /// <summary>Dequantizer of each output.</summary>
    public IReadOnlyList<Quantizer> Outputs { get; }

    /// <summary>Encrypts the codes of one sample, one array per input.</summary>
    /// <exception cref="ProgramInputException">
    /// Inputs are missing, of another size or outside their width, or the key was made for other parameters.
    /// </exception>
    public EncryptedInputs Encrypt(ClientKey key, IReadOnlyList<long[]> codes)
    {
        RequireParameters(key);
        if (codes.Count != Program.Inputs.Count)
            throw new ProgramInputException($"{codes.Count} inputs, expected {Program.Inputs.Count}");
        List<SeededLweCiphertexts> inputs = [];
        for (int input = 0; input < codes.Count; input++)
        {
            InputCodes.Check(Program, input, codes[input], "encryption");
            int bits = Program.Values[Program.Inputs[input].Value].Bits;
            ulong[] phases = [.. codes[input].Select(code => Torus.Encode(code, bits))];
            inputs.Add(key.EncryptSeeded(phases));
        }
        return new EncryptedInputs(key.Id, _hash, inputs);
    }

    /// <summary>Decrypts one sample's outputs to signed codes, one array per output.</summary>
    /// <exception cref="ProgramInputException">The outputs come from another program or key, or have other sizes.</exception>
    public long[][] Decrypt(ClientKey key, EncryptedOutputs outputs)
    {
        RequireParameters(key);
        if (outputs.KeyId != key.Id)
            throw new ProgramInputException($"outputs under key {outputs.KeyId} cannot be decrypted with key {key.Id}");
        if (!outputs.ProgramHash.Span.SequenceEqual(_hash))
            throw new ProgramInputException("the outputs were computed by another program");
        if (outputs.Outputs.Count != Program.Outputs.Count || outputs.Dimension != key.Parameters.BigKey.LweDimension)
            throw new ProgramInputException(
                $"{outputs.Outputs.Count} outputs of dimension {outputs.Dimension}, expected {Program.Outputs.Count} of {key.Parameters.BigKey.LweDimension}"
            );
        return [.. outputs.Outputs.Select((ciphertexts, output) => Decrypt(key, ciphertexts.Span, output))];
    }

    private long[] Decrypt(ClientKey key, ReadOnlySpan<ulong> ciphertexts, int output)
    {
        ProgramValue value = Program.Values[Program.Outputs[output].Value];
        if (ciphertexts.Length != value.Count * key.Parameters.BigKey.LweSize)
            throw new ProgramInputException(
                $"output '{Program.Outputs[output].Name}' has {ciphertexts.Length} words, expected {value.Count * key.Parameters.BigKey.LweSize}"
            );
        ulong[] phases = new ulong[value.Count];
        key.DecryptPhases(ciphertexts, phases);
        return [.. phases.Select(phase => Torus.DecodeSigned(phase, value.Bits))];
    }

    private void RequireParameters(ClientKey key)
    {
        if (Program.Parameters is not { } parameters)
            throw new ProgramInputException("the program has no parameters: it runs in clear only");
        if (!key.Parameters.Equals(parameters))
            throw new ProgramInputException($"key {key.Id} was made for other parameters than the program's");
    }
}
