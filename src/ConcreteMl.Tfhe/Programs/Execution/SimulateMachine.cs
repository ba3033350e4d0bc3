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

    /// <summary>
    /// Codes of an output of the sample in lane <paramref name="lane"/> as the client decodes them, with the noise of compression; its
    /// sequences follow those of the instructions.
    /// </summary>
    internal long[] Sent(int output, int lane)
    {
        int value = Program.Outputs[output].Value;
        TorusStep step = Program.Values[value].Step;
        RowTensor tensor = Get(value);
        long[] codes = new long[tensor.Count];
        for (int first = 0; first < codes.Length; first += NoiseStreams.Block)
        {
            SimulationNoise draw = noise.Streams.Open(Program.Instructions.Count + output, firstSample + lane, first / NoiseStreams.Block);
            for (int row = first; row < Math.Min(codes.Length, first + NoiseStreams.Block); row++)
                codes[row] = step.Decode(tensor.Words(row)[lane] + noise.Compression(row, codes.Length, draw));
        }
        return codes;
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
                int met = bootstrap.Position(phase[0] + LookupPhase.Half, lookup.Step, draw);
                ulong word = lookup.Read(table, met);
                phase[0] = bootstrap.Result(lookup, table, met, draw);
                phase[half] = word;
                return Judgement.Of(lookup, expected, met, isUnrounded);
            },
            counter
        );
        return tensor;
    }

    protected override RowTensor[] LookUpMany(int index, LookupMany instruction)
    {
        RowTensor operand = Get(instruction.Operands[0]);
        LookupPlan[] lookups = Plan.Lookups(index);
        RowTensor[] results = [.. instruction.Results.Select(Allocate)];
        PhaseBootstrap bootstrap = noise.Class(lookups[0].Class, lookups.Length);
        bool isUnrounded = Plan.IsUnrounded[instruction.Operands[0]];
        int bootstraps = ProgramCost.BootstrapsPerElement(Program, instruction);
        ForEach(
            operand,
            index,
            (phase, draw, row) =>
            {
                // key switch and modulus switch are done once, so that all tables are read at the position met
                int expected = lookups[0].Position(phase[half]);
                int met = bootstrap.Position(phase[0] + LookupPhase.Half, lookups[0].Step, draw);
                long lane = phase - operand.Row(row);
                for (int i = 0; i < lookups.Length; i++)
                {
                    int table = lookups[i].TableOf(row);
                    ulong word = lookups[i].Read(table, met);
                    ulong* result = results[i].Row(row) + lane;
                    result[0] = bootstrap.Result(lookups[i], table, met, draw);
                    result[half] = word;
                }
                return Judgement.Of(lookups[0], expected, met, isUnrounded, bootstraps);
            },
            counter
        );
        return results;
    }

    protected override RowTensor RoundExactly(int index, RoundExact instruction)
    {
        int bits = Program.Values[instruction.Operand].Bits;
        RowTensor tensor = Writable(instruction.Operand, index);
        DigitPlace[] digits = [.. DigitExtraction.Places(instruction)];
        RowTensor[] residues = [.. instruction.Residues.Select(Get)];
        DigitExtraction extraction = new(bits, instruction.Drop);
        ForEach(
            tensor,
            index,
            (phase, draw, row) =>
            {
                long lane = phase - tensor.Row(row);
                return Round(phase, extraction, digits, draw, bit => bit < residues.Length ? residues[bit].Row(row)[lane] : null);
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

    private Tally Round(ulong* phase, DigitExtraction extraction, DigitPlace[] digits, SimulationNoise draw, Func<int, ulong?> residue)
    {
        Tally tally = new() { Overflows = (long)((phase[half] + LookupPhase.Half) >> 63) };
        phase[0] += extraction.Centring;
        phase[half] += extraction.Centring;
        ulong removed = 0;
        foreach (DigitPlace digit in digits)
        {
            PhaseBootstrap bootstrap = noise.Class(digit.Class);
            foreach (bool isSign in digit.Parts)
            {
                ulong source = residue(digit.Highest) is { } own ? own + extraction.Centring - removed : phase[0];
                int read = bootstrap.Digit(source << extraction.Raise(digit), digit, isSign, draw);
                ulong taken = extraction.Taken(digit, isSign, read);
                tally.Bootstraps++;
                tally.Failures += taken == extraction.Taken(digit, isSign, extraction.Read(phase[half], digit)) ? 0 : 1;
                ulong extracted = bootstrap.WithNoise(taken, draw);
                removed += extracted;
                phase[0] -= extracted;
                phase[half] -= taken;
            }
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
