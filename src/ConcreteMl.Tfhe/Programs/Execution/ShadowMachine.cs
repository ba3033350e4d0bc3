namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The exact phases behind an encrypted run: does the linear instructions itself and takes results of bootstraps as they
/// were decrypted, so that each bootstrap is judged by its own operand and not by earlier failures.
/// </summary>
internal sealed class ShadowMachine(ProgramPlan plan, int lanes, int firstSample, RowWork work, StatisticsCounter counter)
    : Machine(plan, lanes, 1, work)
{
    private RowTensor? _rounding;

    /// <summary>
    /// Judges a lookup, or several at one operand, by the positions that were read and the decrypted results, exact to their step,
    /// and goes on with these.
    /// </summary>
    internal void Follow(int index, ReadOnlySpan<int> positions, params RowTensor[] actual)
    {
        Instruction instruction = Program.Instructions[index];
        LookupPlan[] lookups = instruction is LookupMany ? Plan.Lookups(index) : [Plan.Lookup(index)];
        bool isUnrounded = Plan.IsUnrounded[instruction.Operands[0]];
        RowTensor operand = Get(instruction.Operands[0]);
        Tally[] tallies = new Tally[Lanes];
        int bootstraps = ProgramCost.BootstrapsPerElement(Program, instruction);
        for (int row = 0; row < operand.Count; row++)
        for (int lane = 0; lane < Lanes; lane++)
        {
            int expected = lookups[0].Position(operand.Words(row)[lane]);
            int met = positions[row * Lanes + lane];
            Tally tally = Judgement.Of(lookups[0], expected, met, isUnrounded, bootstraps);
            bool areEntries = true;
            for (int i = 0; i < lookups.Length; i++)
                areEntries &= actual[i].Words(row)[lane] == lookups[i].Read(lookups[i].TableOf(row), met);
            tally.Failures = areEntries ? tally.Failures : 1;
            tallies[lane].Add(tally);
        }
        counter.Add(index, firstSample, tallies);
        Commit(index, actual);
    }

    internal void BeginRounding(int index)
    {
        RoundExact instruction = (RoundExact)Program.Instructions[index];
        RowTensor tensor = Writable(instruction.Operand, index);
        CountOverflows(index, tensor);
        DigitExtraction extraction = Extraction(index);
        AddToBodies(tensor, _ => extraction.Centring);
        _rounding = tensor;
    }

    /// <summary>Judges a digit's part of ciphertexts <paramref name="first"/> and on by its decrypted phases, and subtracts it.</summary>
    internal void FollowPart(int index, DigitPlace digit, bool isSign, long first, ReadOnlySpan<ulong> phases)
    {
        DigitExtraction extraction = Extraction(index);
        Tally[] tallies = new Tally[Lanes];
        for (int i = 0; i < phases.Length; i++)
        {
            int lane = (int)((first + i) % Lanes);
            ref ulong exact = ref _rounding!.Words((int)((first + i) / Lanes))[lane];
            ulong expected = extraction.Taken(digit, isSign, extraction.Read(exact, digit));
            ulong met = extraction.Nearest(digit, isSign, phases[i]);
            tallies[lane].Bootstraps++;
            tallies[lane].Failures += met == expected ? 0 : 1;
            exact -= met;
        }
        counter.Add(index, firstSample, tallies);
    }

    internal void EndRounding(int index)
    {
        Commit(index, _rounding!);
        _rounding = null;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _rounding?.Dispose();
        base.Dispose();
    }

    protected override RowTensor LookUp(int index, Lookup instruction) =>
        throw new InvalidOperationException("lookups are followed, not run");

    protected override RowTensor[] LookUpMany(int index, LookupMany instruction) =>
        throw new InvalidOperationException("lookups are followed, not run");

    protected override RowTensor RoundExactly(int index, RoundExact instruction) =>
        throw new InvalidOperationException("exact roundings are followed, not run");

    protected override RowTensor RoundApproximately(int index, RoundApproximate instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        CountOverflows(index, tensor);
        ulong halfStep = 1UL << (62 - Program.Values[instruction.Operand].Bits);
        AddToBodies(tensor, _ => halfStep);
        return tensor;
    }

    private void CountOverflows(int index, RowTensor tensor)
    {
        Tally[] tallies = new Tally[Lanes];
        for (int row = 0; row < tensor.Count; row++)
        for (int lane = 0; lane < Lanes; lane++)
            tallies[lane].Overflows += (long)((tensor.Words(row)[lane] + LookupPhase.Half) >> 63);
        counter.Add(index, firstSample, tallies);
    }

    private DigitExtraction Extraction(int index)
    {
        RoundExact instruction = (RoundExact)Program.Instructions[index];
        return new DigitExtraction(Program.Values[instruction.Operand].Bits, instruction.Drop);
    }
}
