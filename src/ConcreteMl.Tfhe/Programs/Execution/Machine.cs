namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Runs a plan instruction by instruction on rows of lanes. Everything linear is the same for phases and ciphertexts and
/// lives here; what lookups and roundings do is left to the machines for clear, simulated and encrypted runs.
/// </summary>
internal abstract unsafe class Machine : IDisposable
{
    private readonly RowTensor?[] _values;

    /// <param name="plan">What to run.</param>
    /// <param name="lanes">Samples side by side in a row.</param>
    /// <param name="laneWords">Words of one ciphertext: 1 for phases, kN + 1 otherwise; its body is the last.</param>
    /// <param name="work">Cores and cancellation.</param>
    protected Machine(ProgramPlan plan, int lanes, int laneWords, RowWork work)
    {
        Plan = plan;
        Lanes = lanes;
        LaneWords = laneWords;
        Work = work;
        _values = new RowTensor?[plan.Program.Values.Count];
    }

    internal ProgramPlan Plan { get; }

    internal int Lanes { get; }

    internal int LaneWords { get; }

    internal RowWork Work { get; }

    internal TfheProgram Program => Plan.Program;

    /// <summary>Zeroed rows for a value.</summary>
    internal RowTensor Allocate(int value) => new((int)Program.Values[value].Count, checked(Lanes * LaneWords));

    /// <summary>Gives a value to the machine, which frees it after its last use.</summary>
    internal void Put(int value, RowTensor tensor) => _values[value] = tensor;

    /// <summary>A value that is alive.</summary>
    internal RowTensor Get(int value) => _values[value] ?? throw new InvalidOperationException($"value {value} is not alive");

    /// <summary>Runs one instruction and frees what is not needed after it.</summary>
    internal void Step(int index)
    {
        if (Program.Instructions[index] is LookupMany many)
            Commit(index, LookUpMany(index, many));
        else
            Commit(index, Execute(index));
    }

    /// <summary>Stores the results of an instruction and frees what is not needed after it.</summary>
    internal void Commit(int index, params ReadOnlySpan<RowTensor> results)
    {
        Instruction instruction = Program.Instructions[index];
        for (int i = 0; i < results.Length; i++)
            Put(instruction.Results[i], results[i]);
        foreach (int operand in instruction.Operands)
            Free(operand, index);
        foreach (int result in instruction.Results)
            Free(result, index);
    }

    /// <summary>Rows equal to a value's that may be overwritten: its own when nothing else needs them, otherwise a copy.</summary>
    internal RowTensor Writable(int value, int index)
    {
        RowTensor tensor = Get(value);
        if (Plan.LastUse[value] <= index && tensor.IsExclusive)
        {
            _values[value] = null;
            return tensor;
        }
        RowTensor copy = new(tensor.Count, tensor.RowWords);
        Work.Run(
            tensor.Count,
            tensor.RowWords,
            (first, last) =>
            {
                for (int row = (int)first; row < last; row++)
                    tensor.Words(row).CopyTo(copy.Words(row));
            }
        );
        return copy;
    }

    /// <summary>Adds a word to the body of every lane of every row.</summary>
    internal void AddToBodies(RowTensor tensor, Func<int, ulong> word)
    {
        int lanes = Lanes;
        int laneWords = LaneWords;
        Work.Run(
            tensor.Count,
            lanes,
            (first, last) =>
            {
                for (int row = (int)first; row < last; row++)
                {
                    ulong one = word(row);
                    ulong* body = tensor.Row(row) + laneWords - 1;
                    for (int lane = 0; lane < lanes; lane++, body += laneWords)
                        *body += one;
                }
            }
        );
    }

    /// <summary>Frees all values.</summary>
    public virtual void Dispose()
    {
        foreach (RowTensor? tensor in _values)
            tensor?.Dispose();
        Array.Clear(_values);
    }

    /// <summary>Makes the result of a lookup.</summary>
    protected abstract RowTensor LookUp(int index, Lookup instruction);

    /// <summary>Makes the results of several lookups at one operand.</summary>
    protected abstract RowTensor[] LookUpMany(int index, LookupMany instruction);

    /// <summary>Makes the result of an exact rounding.</summary>
    protected abstract RowTensor RoundExactly(int index, RoundExact instruction);

    /// <summary>Makes the result of an approximate rounding.</summary>
    protected abstract RowTensor RoundApproximately(int index, RoundApproximate instruction);

    private RowTensor Execute(int index)
    {
        Work.Cancellation.ThrowIfCancellationRequested();
        switch (Program.Instructions[index])
        {
            case Lookup one:
                return LookUp(index, one);
            case RoundExact one:
                return RoundExactly(index, one);
            case RoundApproximate one:
                return RoundApproximately(index, one);
            case Shift one:
                return ShiftBy(index, one);
            case Reencode one:
                return Widen(index, one);
            case Constant one:
                RowTensor constant = Allocate(one.Result);
                long[] codes = Program.Constants[one.ConstantId];
                TorusStep step = Program.Values[one.Result].Step;
                AddToBodies(constant, row => step.Encode(codes[row]));
                return constant;
            case var linear:
                return RunKernel(index, linear);
        }
    }

    private RowTensor RunKernel(int index, Instruction instruction)
    {
        LinearKernel kernel = Plan.Kernel(index)!;
        if (kernel is CopyKernel { IsIdentity: true })
            return Get(instruction.Operands[0]).Share();
        RowTensor[] operands = [.. instruction.Operands.Select(Get)];
        RowTensor result = Allocate(instruction.Result);
        kernel.Run(operands, result, Work);
        return result;
    }

    private RowTensor ShiftBy(int index, Shift instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        ElementConstants offsets = Plan.Shift(index);
        TorusStep step = Program.Values[instruction.Result].Step;
        AddToBodies(tensor, row => step.Encode(offsets[row]));
        return tensor;
    }

    private RowTensor Widen(int index, Reencode instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        int shift = Program.Values[instruction.Operand].Bits - Program.Values[instruction.Result].Bits;
        if (shift == 0)
            return tensor;
        Work.Run(
            tensor.Count,
            tensor.RowWords,
            (first, last) =>
            {
                for (int row = (int)first; row < last; row++)
                    foreach (ref ulong word in tensor.Words(row))
                        word <<= shift;
            }
        );
        return tensor;
    }

    private void Free(int value, int index)
    {
        if (Plan.LastUse[value] > index)
            return;
        _values[value]?.Dispose();
        _values[value] = null;
    }
}
