namespace ConcreteMl.Tfhe.Programs;

/// <summary>Runs on exact phases: every lookup reads its table, roundings round half up, widths wrap.</summary>
internal sealed unsafe class ClearMachine(ProgramPlan plan, int lanes, int samples, RowWork work, StatisticsCounter counter)
    : Machine(plan, lanes, 1, work)
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
                Tally tally = new() { Bootstraps = (last - first) * samples };
                for (int row = (int)first; row < last; row++)
                    tally.Overflows += LookUp(lookup, lookup.TableOf(row), tensor.Row(row));
                counter.Add(index, tally);
            }
        );
        return tensor;
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction) =>
        Round(index, instruction.Operand, instruction.Drop, isExact: true);

    protected override RowTensor RoundApproximately(int index, RoundApproximate instruction) =>
        Round(index, instruction.Operand, instruction.Drop, isExact: false);

    private int LookUp(LookupPlan lookup, int table, ulong* phases)
    {
        ReadOnlySpan<ulong> words = lookup.Words(table);
        int shift = 63 - lookup.InputBits;
        int overflows = 0;
        for (int lane = 0; lane < samples; lane++)
        {
            int position = (int)((phases[lane] + LookupPhase.Half) >> shift);
            if (position < words.Length)
            {
                phases[lane] = words[position];
                continue;
            }
            phases[lane] = 0 - words[position - words.Length];
            overflows++;
        }
        return overflows;
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
                Tally tally = new() { Bootstraps = isExact ? (last - first) * samples * drop : 0 };
                for (int row = (int)first; row < last; row++)
                    tally.Overflows += Round(tensor.Row(row), bits, drop);
                counter.Add(index, tally);
            }
        );
        return tensor;
    }

    private int Round(ulong* phases, int bits, int drop)
    {
        ulong half = 1UL << (62 - bits + drop);
        ulong kept = ~((1UL << (63 - bits + drop)) - 1);
        int overflows = 0;
        for (int lane = 0; lane < samples; lane++)
        {
            overflows += (int)((phases[lane] + LookupPhase.Half) >> 63);
            phases[lane] = (phases[lane] + half) & kept;
        }
        return overflows;
    }
}
