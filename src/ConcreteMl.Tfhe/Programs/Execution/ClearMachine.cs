namespace ConcreteMl.Tfhe.Programs;

/// <summary>Runs on exact phases: every lookup reads its table, roundings round half up, widths wrap.</summary>
internal sealed unsafe class ClearMachine(
    ProgramPlan plan,
    int lanes,
    int samples,
    int firstSample,
    RowWork work,
    StatisticsCounter counter
) : Machine(plan, lanes, 1, work)
{
    protected override RowTensor LookUp(int index, Lookup instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        LookupPlan lookup = Plan.Lookup(index);
        Work.Run(
            tensor.Count,
            8.0 * samples,
            (first, last) =>
            {
                Tally[] tallies = Tallies(last - first);
                for (int row = (int)first; row < last; row++)
                    LookUp(lookup, lookup.TableOf(row), tensor.Row(row), tallies);
                counter.Add(index, firstSample, tallies);
            }
        );
        return tensor;
    }

    protected override RowTensor[] LookUpMany(int index, LookupMany instruction)
    {
        RowTensor operand = Get(instruction.Operands[0]);
        LookupPlan[] lookups = Plan.Lookups(index);
        RowTensor[] results = [.. instruction.Results.Select(Allocate)];
        int bootstraps = ProgramCost.BootstrapsPerElement(Program, instruction);
        Work.Run(
            operand.Count,
            8.0 * samples * results.Length,
            (first, last) =>
            {
                Tally[] tallies = Tallies((last - first) * bootstraps);
                // an operand outside its width is one overflow, however many tables read it
                Tally[] again = new Tally[samples];
                for (int row = (int)first; row < last; row++)
                for (int i = 0; i < results.Length; i++)
                {
                    operand.Words(row).CopyTo(results[i].Words(row));
                    LookUp(lookups[i], lookups[i].TableOf(row), results[i].Row(row), i == 0 ? tallies : again);
                }
                counter.Add(index, firstSample, tallies);
            }
        );
        return results;
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction) =>
        Round(index, instruction.Operand, instruction.Drop, isExact: true);

    protected override RowTensor RoundApproximately(int index, RoundApproximate instruction) =>
        Round(index, instruction.Operand, instruction.Drop, isExact: false);

    private static void LookUp(LookupPlan lookup, int table, ulong* phases, Tally[] tallies)
    {
        ReadOnlySpan<ulong> words = lookup.Words(table);
        for (int lane = 0; lane < tallies.Length; lane++)
        {
            int position = lookup.Position(phases[lane]);
            if (position < words.Length)
            {
                phases[lane] = words[position];
                continue;
            }
            phases[lane] = 0 - words[position - words.Length];
            tallies[lane].Overflows++;
        }
    }

    private RowTensor Round(int index, int operand, int drop, bool isExact)
    {
        int bits = Program.Values[operand].Bits;
        RowTensor tensor = Writable(operand, index);
        Work.Run(
            tensor.Count,
            4.0 * samples,
            (first, last) =>
            {
                Tally[] tallies = Tallies(isExact ? (last - first) * drop : 0);
                for (int row = (int)first; row < last; row++)
                    Round(tensor.Row(row), bits, drop, tallies);
                counter.Add(index, firstSample, tallies);
            }
        );
        return tensor;
    }

    private static void Round(ulong* phases, int bits, int drop, Tally[] tallies)
    {
        ulong half = 1UL << (62 - bits + drop);
        ulong kept = ~((1UL << (63 - bits + drop)) - 1);
        for (int lane = 0; lane < tallies.Length; lane++)
        {
            tallies[lane].Overflows += (long)((phases[lane] + LookupPhase.Half) >> 63);
            phases[lane] = (phases[lane] + half) & kept;
        }
    }

    private Tally[] Tallies(long bootstraps)
    {
        Tally[] tallies = new Tally[samples];
        Array.Fill(tallies, new Tally { Bootstraps = bootstraps });
        return tallies;
    }
}
