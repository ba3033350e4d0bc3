namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// Runs on noisy phases. Each sample has two lanes: its noisy phase, and the exact phase that its ciphertext stands for
/// after the decisions that lookups really took; a lookup fails when it reads another position than the exact phase's.
/// </summary>
/// <param name="plan">What to run.</param>
/// <param name="half">Lanes of noisy phases; as many exact ones follow them.</param>
/// <param name="samples">Lanes in use.</param>
/// <param name="firstSample">Number of the sample in lane 0.</param>
/// <param name="noise">Noise of the run.</param>
/// <param name="work">Cores and cancellation.</param>
/// <param name="counter">Where failures are counted.</param>
internal sealed unsafe class SimulateMachine(
    ProgramPlan plan,
    int half,
    int samples,
    int firstSample,
    SimulationModel noise,
    RowWork work,
    StatisticsCounter counter
) : Machine(plan, 2 * half, 1, work)
{
    private const double CostPerLookup = 100.0;

    /// <summary>Adds the noise of fresh encryptions to an input's noisy lanes and copies its codes to the exact ones.</summary>
    internal void Encrypt(int input, RowTensor tensor)
    {
        for (int row = 0; row < tensor.Count; row++)
            tensor.Words(row)[..half].CopyTo(tensor.Words(row)[half..]);
        ForEach(
            tensor,
            -1 - input,
            (phase, draw, _) =>
            {
                *phase += noise.Fresh(draw);
                return default;
            },
            null
        );
        Put(Program.Inputs[input].Value, tensor);
    }

    protected override RowTensor LookUp(int index, Lookup instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        LookupPlan lookup = Plan.Lookup(index);
        PhaseBootstrap bootstrap = noise.Class(lookup.Class);
        bool isUnrounded = Plan.IsUnrounded[instruction.Operand];
        ForEach(
            tensor,
            index,
            (phase, draw, row) =>
            {
                int table = lookup.TableOf(row);
                int expected = lookup.Position(phase[half]);
                int met = bootstrap.Position(phase[0] + LookupPhase.Half, lookup.InputBits, draw);
                ulong word = lookup.Read(table, met);
                phase[0] = bootstrap.WithNoise(word, draw);
                phase[half] = word;
                return Judgement.Of(lookup, expected, met, isUnrounded);
            },
            counter
        );
        return tensor;
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction)
    {
        int bits = Program.Values[instruction.Operand].Bits;
        RowTensor tensor = Writable(instruction.Operand, index);
        PhaseBootstrap bootstrap = noise.Class(instruction.Class);
        RowTensor[] residues = [.. instruction.Residues.Select(Get)];
        ForEach(
            tensor,
            index,
            (phase, draw, row) =>
            {
                long lane = phase - tensor.Row(row);
                return Round(
                    phase,
                    bits,
                    instruction.Drop,
                    bootstrap,
                    draw,
                    bit => bit < residues.Length ? residues[bit].Row(row)[lane] : null
                );
            },
            counter
        );
        return tensor;
    }

    protected override RowTensor RoundApproximately(int index, RoundApproximate instruction)
    {
        RowTensor tensor = Writable(instruction.Operand, index);
        ulong halfStep = 1UL << (62 - Program.Values[instruction.Operand].Bits);
        ForEach(
            tensor,
            index,
            (phase, _, _) =>
            {
                Tally tally = new() { Overflows = (long)((phase[half] + LookupPhase.Half) >> 63) };
                phase[0] += halfStep;
                phase[half] += halfStep;
                return tally;
            },
            counter
        );
        return tensor;
    }

    private delegate Tally Visit(ulong* phase, SimulationNoise draw, int row);

    private Tally Round(ulong* phase, int bits, int drop, PhaseBootstrap bootstrap, SimulationNoise draw, Func<int, ulong?> residue)
    {
        Tally tally = new() { Bootstraps = drop, Overflows = (long)((phase[half] + LookupPhase.Half) >> 63) };
        BitExtraction extraction = new(bits, drop);
        phase[0] += extraction.Centring;
        phase[half] += extraction.Centring;
        ulong removed = 0;
        for (int bit = 0; bit < drop; bit++)
        {
            ulong read = residue(bit) is { } own ? own + extraction.Centring - removed : phase[0];
            bool isSet = bootstrap.IsUpperHalf((read << extraction.Raise(bit)) + LookupPhase.Half, draw);
            tally.Failures += isSet == extraction.IsSet(phase[half], bit) ? 0 : 1;
            ulong sign = isSet ? extraction.HalfBit(bit) : 0 - extraction.HalfBit(bit);
            ulong extracted = bootstrap.WithNoise(sign, draw) + extraction.HalfBit(bit);
            removed += extracted;
            phase[0] -= extracted;
            phase[half] -= sign + extraction.HalfBit(bit);
        }
        return tally;
    }

    private void ForEach(RowTensor tensor, int instruction, Visit visit, StatisticsCounter? tallies)
    {
        long blocks = (tensor.Count + NoiseStreams.Block - 1) / NoiseStreams.Block;
        Work.Run(
            blocks,
            CostPerLookup * NoiseStreams.Block * samples,
            (first, last) =>
            {
                Tally[] counts = new Tally[samples];
                for (long block = first; block < last; block++)
                for (int lane = 0; lane < samples; lane++)
                {
                    SimulationNoise draw = noise.Streams.Open(instruction, firstSample + lane, block);
                    int end = (int)Math.Min(tensor.Count, (block + 1) * NoiseStreams.Block);
                    for (int row = (int)block * NoiseStreams.Block; row < end; row++)
                        counts[lane].Add(visit(tensor.Row(row) + lane, draw, row));
                }
                tallies?.Add(instruction, firstSample, counts);
            }
        );
    }
}
