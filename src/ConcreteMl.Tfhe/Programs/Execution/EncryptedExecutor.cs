namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Runs a program on ciphertexts with a client's evaluation key. Needs and sees no secret. Safe for concurrent use; the key
/// stays the caller's.
/// </summary>
public sealed class EncryptedExecutor
{
    private readonly ProgramPlan _plan;
    private readonly EvaluationKey _key;
    private readonly byte[] _hash;

    /// <summary>Prepares a program for a key.</summary>
    /// <exception cref="ArgumentException">The program is not legal or has no parameters.</exception>
    /// <exception cref="ProgramInputException">The key was made for other parameters.</exception>
    public EncryptedExecutor(TfheProgram program, EvaluationKey key)
        : this(new ProgramPlan(program), ProgramFormat.CircuitHash(program), key) { }

    /// <summary>The same with a plan and a circuit hash that were made before.</summary>
    internal EncryptedExecutor(ProgramPlan plan, byte[] circuitHash, EvaluationKey key)
    {
        if (plan.Program.Parameters is not { } parameters)
            throw new ArgumentException("the program has no parameters: it runs in clear only", nameof(plan));
        if (!key.Parameters.Equals(parameters))
            throw new ProgramInputException($"the evaluation key of {key.KeyId} was made for other parameters than the program's");
        _plan = plan;
        _key = key;
        _hash = circuitHash;
    }

    /// <summary>Runs one sample.</summary>
    /// <exception cref="ProgramInputException">The inputs are for another program or key, or have other sizes.</exception>
    public EncryptedResult Run(
        EncryptedSample inputs,
        ExecutionOptions? options = null,
        LookupObserver? observer = null,
        CancellationToken cancellation = default
    ) => Run([inputs], options, observer, cancellation)[0];

    /// <summary>
    /// Runs samples, as many side by side as the memory of <paramref name="options"/> allows; an observer sees all of them.
    /// </summary>
    /// <exception cref="ProgramInputException">Some inputs are for another program or key, or have other sizes.</exception>
    public IReadOnlyList<EncryptedResult> Run(
        IReadOnlyList<EncryptedSample> samples,
        ExecutionOptions? options = null,
        LookupObserver? observer = null,
        CancellationToken cancellation = default
    )
    {
        using Lifetime.Use use = _key.Use();
        options ??= new ExecutionOptions();
        foreach (EncryptedSample sample in samples)
            Check(sample);
        long perSample = Math.Max(1, MemoryUse.PeakElements(_plan.Program) * _key.Parameters.BigKey.LweSize * sizeof(ulong));
        int lanes = (int)Math.Clamp(options.MemoryBytes / perSample, 1, Math.Max(1, samples.Count));
        RowWork work = new(options.Threads, cancellation);
        List<EncryptedResult> outputs = [];
        ProgressMeter meter = new(_plan.Program, options.Progress, (samples.Count + lanes - 1) / lanes);
        foreach (EncryptedSample[] block in samples.Chunk(lanes))
            RunBlock(block, work, meter, observer, observer is null ? options.Helpers : null, outputs);
        return outputs;
    }

    /// <summary>Computes a range of a large layer for the machine that runs the sample.</summary>
    /// <returns>The results, one ciphertext's after the other, as words of 8 bytes.</returns>
    /// <exception cref="ProgramInputException">The program has no such range.</exception>
    internal unsafe byte[] RunRange(LookupRange range, int threads, CancellationToken cancellation)
    {
        using Lifetime.Use use = _key.Use();
        RowWork cores = new(threads, cancellation);
        TfheProgram program = _plan.Program;
        Instruction? instruction = (uint)range.Instruction < program.Instructions.Count ? program.Instructions[range.Instruction] : null;
        using RangeWork? work = instruction is null ? null : RangeWork.Of(_plan, range.Instruction, range.Lanes, _key, cores);
        if (work is null || range.Lanes < 1 || range.Count < 1 || range.First < 0)
            throw new ProgramInputException($"instruction {range.Instruction} of the program has no range {range.First}+{range.Count}");
        int laneWords = _key.Parameters.BigKey.LweSize;
        long bytes = (long)range.Count * laneWords * sizeof(ulong);
        int operands = instruction!.Operands.Count;
        if (
            range.First > program.Values[instruction.Operands[0]].Count * range.Lanes - range.Count
            || range.Operands.Length != bytes * operands
        )
            throw new ProgramInputException($"instruction {range.Instruction} of the program has no range {range.First}+{range.Count}");
        byte[] results = new byte[checked(bytes * work.Each)];
        fixed (
            byte* from = range.Operands,
                to = results
        )
        {
            ulong*[] at = new ulong*[operands];
            for (int first = 0; first < range.Count; first += work.Most)
            {
                for (int i = 0; i < operands; i++)
                    at[i] = (ulong*)(from + i * bytes) + (long)first * laneWords;
                int count = Math.Min(work.Most, range.Count - first);
                work.Run(range.First + first, count, at, (ulong*)to + (long)first * work.Each * laneWords);
            }
        }
        return results;
    }

    private void RunBlock(
        EncryptedSample[] block,
        RowWork work,
        ProgressMeter meter,
        LookupObserver? observer,
        RangeHelpers? helpers,
        List<EncryptedResult> outputs
    )
    {
        using EncryptedMachine machine = new(_plan, block.Length, _key, work, meter, observer, helpers);
        TfheProgram program = _plan.Program;
        try
        {
            for (int input = 0; input < program.Inputs.Count; input++)
                machine.Put(program.Inputs[input].Value, Expand(machine, input, block));
            observer?.Begin(machine);
            for (int index = 0; index < program.Instructions.Count; index++)
            {
                machine.Step(index);
                observer?.AfterStep(index);
                meter.Finish(index);
            }
            for (int lane = 0; lane < block.Length; lane++)
            {
                EncryptedResult result = Extract(machine, lane);
                observer?.End(lane, result);
                outputs.Add(result);
            }
        }
        finally
        {
            observer?.Release();
        }
    }

    private RowTensor Expand(EncryptedMachine machine, int input, EncryptedSample[] block)
    {
        RowTensor tensor = machine.Allocate(_plan.Program.Inputs[input].Value);
        int size = machine.LaneWords;
        machine.Work.Run(
            tensor.Count,
            tensor.RowWords,
            (first, last) =>
            {
                for (int row = (int)first; row < last; row++)
                for (int lane = 0; lane < block.Length; lane++)
                    block[lane].Inputs[input].ExpandOne(row, tensor.Words(row).Slice(lane * size, size));
            }
        );
        return tensor;
    }

    private unsafe EncryptedResult Extract(EncryptedMachine machine, int lane)
    {
        int size = machine.LaneWords;
        List<PackedCiphertexts> outputs = [];
        foreach (ProgramPort port in _plan.Program.Outputs)
        {
            RowTensor tensor = machine.Get(port.Value);
            ulong[] words = new ulong[checked(tensor.Count * size)];
            for (int row = 0; row < tensor.Count; row++)
                tensor.Words(row).Slice(lane * size, size).CopyTo(words.AsSpan(row * size));
            fixed (ulong* first = words)
                outputs.Add(
                    _key.Parameters.Compression is { } compression
                        ? new OutputCompressor(_key, compression, machine.Work).Run(first, tensor.Count)
                        : PackedCiphertexts.Pack(words, tensor.Count, size - 1, modulusBits: 64, smallKey: 0)
                );
        }
        return new EncryptedResult(_key.KeyId, _hash, outputs);
    }

    private void Check(EncryptedSample sample)
    {
        TfheProgram program = _plan.Program;
        if (sample.KeyId != _key.KeyId)
            throw new ProgramInputException($"inputs under key {sample.KeyId} cannot run with the evaluation key of {_key.KeyId}");
        if (!sample.CircuitHash.Span.SequenceEqual(_hash))
            throw new ProgramInputException("the inputs were encrypted for another program");
        if (sample.Inputs.Count != program.Inputs.Count)
            throw new ProgramInputException($"{sample.Inputs.Count} encrypted inputs, expected {program.Inputs.Count}");
        for (int input = 0; input < program.Inputs.Count; input++)
        {
            ProgramPort port = program.Inputs[input];
            SeededLweCiphertexts met = sample.Inputs[input];
            int dimension = _key.Parameters.BigKey.LweDimension;
            long count = program.Values[port.Value].Count;
            if (met.Count != count || met.Dimension != dimension)
                throw new ProgramInputException(
                    $"input '{port.Name}': {met.Count} ciphertexts of dimension {met.Dimension}, expected {count} of {dimension}"
                );
        }
    }
}
