namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Checks an encrypted run with the client key: carries the exact codes that every ciphertext stands for, decrypts every
/// bootstrap's decision and result, and counts those that are not their exact operand's. The run's own ciphertexts are
/// untouched. Holds on to the key; never give one to a server.
/// </summary>
public sealed class LookupObserver
{
    private readonly ClientKey _key;
    private readonly StatisticsCounter _counter;
    private readonly TfheProgram _program;
    private ShadowMachine? _shadow;
    private Lifetime.Use? _use;
    private int _firstSample;
    private int[] _positions = [];

    /// <summary>An observer of runs of one program under one key.</summary>
    public LookupObserver(TfheProgram program, ClientKey key)
    {
        _program = program;
        _key = key;
        _counter = new StatisticsCounter(program);
    }

    /// <summary>What was seen in all observed runs so far.</summary>
    public ExecutionStatistics Statistics => _counter.Statistics();

    /// <summary>What happened to each sample so far, in the order of the runs.</summary>
    public IReadOnlyList<SampleStatistics> Samples => _counter.Samples;

    internal void Begin(EncryptedMachine machine)
    {
        if (_shadow is not null)
            throw new InvalidOperationException("an observer watches one run at a time");
        if (!ReferenceEquals(machine.Program, _program))
            throw new InvalidOperationException("the observer was made for another program");
        _use = _key.Use();
        _firstSample = _counter.Begin(machine.Lanes);
        _shadow = new ShadowMachine(machine.Plan, machine.Lanes, _firstSample, machine.Work, _counter);
        foreach (ProgramPort port in _program.Inputs)
        {
            RowTensor exact = Decrypt(machine.Get(port.Value));
            RoundToStep(exact, _program.Values[port.Value].Step);
            _shadow.Put(port.Value, exact);
        }
    }

    /// <summary>Notes which positions the operands, already moved to [0, 2^p), will read.</summary>
    internal unsafe void BeforeLookup(EvaluationKey key, LookupPlan lookup, RowTensor operand, int tables)
    {
        long count = operand.Count * (operand.RowWords / _key.Parameters.BigKey.LweSize);
        _positions = BoxReader.Positions(key, _key, lookup.Class, tables, operand.Pointer, count, lookup.Step);
    }

    internal void AfterLookup(int index, params ReadOnlySpan<RowTensor> results)
    {
        RowTensor[] actual = new RowTensor[results.Length];
        for (int i = 0; i < results.Length; i++)
        {
            actual[i] = Decrypt(results[i]);
            RoundToStep(actual[i], _program.Values[_program.Instructions[index].Results[i]].Step);
        }
        _shadow!.Follow(index, _positions, actual);
    }

    internal void BeforeRounding(int index) => _shadow!.BeginRounding(index);

    internal void AfterPart(int index, DigitPlace digit, bool isSign, long first, ReadOnlySpan<ulong> extracted)
    {
        ulong[] phases = new ulong[extracted.Length / _key.Parameters.BigKey.LweSize];
        _key.DecryptHeld(extracted, phases);
        _shadow!.FollowPart(index, digit, isSign, first, phases);
    }

    internal void AfterRounding(int index) => _shadow!.EndRounding(index);

    /// <summary>Follows instructions that need no decryption.</summary>
    internal void AfterStep(int index)
    {
        if (_program.Instructions[index] is not (Lookup or LookupMany or RoundExact))
            _shadow!.Step(index);
    }

    /// <summary>Judges the outputs of the sample in lane <paramref name="lane"/> as they are sent.</summary>
    internal void End(int lane, EncryptedResult result)
    {
        for (int output = 0; output < _program.Outputs.Count; output++)
        {
            int value = _program.Outputs[output].Value;
            TorusStep step = _program.Values[value].Step;
            ulong[] phases = new ulong[result.Outputs[output].Count];
            _key.DecryptPhases(result.Outputs[output], phases);
            long[] codes = [.. phases.Select(phase => step.Decode(phase))];
            long[] expected = SampleBlocks.Codes(_shadow!.Get(value), step, lane);
            _counter.AddOutput(output, _firstSample + lane, OutputCodes.Compare(codes, expected, step, _shadow.Plan.IsUnrounded[value]));
        }
    }

    internal void Release()
    {
        _shadow?.Dispose();
        _shadow = null;
        _use?.Dispose();
        _use = null;
    }

    private RowTensor Decrypt(RowTensor tensor)
    {
        int size = _key.Parameters.BigKey.LweSize;
        RowTensor phases = new(tensor.Count, tensor.RowWords / size);
        for (int row = 0; row < tensor.Count; row++)
            _key.DecryptHeld(tensor.Words(row), phases.Words(row));
        return phases;
    }

    private static void RoundToStep(RowTensor tensor, TorusStep step)
    {
        for (int row = 0; row < tensor.Count; row++)
            foreach (ref ulong phase in tensor.Words(row))
                phase = step.Encode(step.Decode(phase));
    }
}
