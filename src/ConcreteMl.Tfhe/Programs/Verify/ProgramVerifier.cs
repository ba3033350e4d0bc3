namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges programs: what passes can be executed without any further check of ids, shapes or sizes.</summary>
public static class ProgramVerifier
{
    /// <summary>Largest width of a value: its codes, their padding bit and a rounding bit fit a torus word.</summary>
    public const int LargestBits = 61;

    /// <summary>Largest input width of a table.</summary>
    public const int LargestTableBits = 24;

    /// <summary>Everything that is wrong with <paramref name="program"/>, in order; empty for a legal program.</summary>
    public static IReadOnlyList<ProgramFinding> Verify(TfheProgram program)
    {
        List<ProgramFinding> findings = [];
        VerifyValues(program, findings);
        VerifyTables(program, findings);
        VerifyPorts(program, findings);
        // shapes and widths mean nothing when the values themselves are broken
        if (findings.Count > 0)
            return findings;
        bool[] written = new bool[program.Values.Count];
        foreach (ProgramPort input in program.Inputs)
            written[input.Value] = true;
        bool complete = true;
        for (int index = 0; index < program.Instructions.Count; index++)
            complete &= VerifyInstruction(program, index, written, findings);
        foreach (ProgramPort output in program.Outputs)
            if (!written[output.Value])
                findings.Add(new ProgramFinding(null, $"output '{output.Name}'", $"value {output.Value} is never written"));
        if (complete)
            ApproximateRoundingFlow.Verify(program, findings);
        return findings;
    }

    private static bool VerifyInstruction(TfheProgram program, int index, bool[] written, List<ProgramFinding> findings)
    {
        Instruction instruction = program.Instructions[index];
        void Report(string message) => findings.Add(new ProgramFinding(index, instruction.Origin, $"{instruction.Operation}: {message}"));

        bool sound = true;
        foreach (int operand in instruction.Operands)
        {
            if ((uint)operand >= (uint)written.Length)
                Report($"operand {operand} of {written.Length} values");
            else if (!written[operand])
                Report($"operand {operand} is read before it is written");
            else
                continue;
            sound = false;
        }
        if (instruction.Results.Count == 0)
        {
            Report("nothing is looked up");
            sound = false;
        }
        foreach (int result in instruction.Results)
            if ((uint)result >= (uint)written.Length)
            {
                Report($"result {result} of {written.Length} values");
                sound = false;
            }
            else if (written[result])
            {
                Report($"value {result} is written twice");
                sound = false;
            }
            else
                written[result] = true;
        if (sound)
            new InstructionRules(program, instruction, Report).Verify();
        return sound;
    }

    private static void VerifyValues(TfheProgram program, List<ProgramFinding> findings)
    {
        for (int index = 0; index < program.Values.Count; index++)
        {
            ProgramValue value = program.Values[index];
            void Report(string message) => findings.Add(new ProgramFinding(null, $"value {index} ({value.Origin})", message));

            if (!Shapes.TryCount(value.Shape, out _))
                Report($"shape {Shapes.Text(value.Shape)}: dimensions are at least 1 and their product fits 31 bits");
            if (value.Bits is < 1 or > LargestBits)
                Report($"width {value.Bits}: 1 to {LargestBits} bits expected");
            else if (!value.Step.IsLegal)
                Report($"{value.Codes} codes of {value.Bits} bits");
            if (value.Key != 0)
                Report($"key {value.Key}: programs have one big key, number 0");
        }
    }

    private static void VerifyTables(TfheProgram program, List<ProgramFinding> findings)
    {
        for (int index = 0; index < program.Tables.Count; index++)
        {
            TableSet set = program.Tables[index];
            void Report(string message) => findings.Add(new ProgramFinding(null, $"table set {index} ({set.Function})", message));

            if (set.InputBits is < 1 or > LargestTableBits)
                Report($"input width {set.InputBits}: 1 to {LargestTableBits} bits expected");
            else if (set.Entries.Length == 0 || set.Entries.Length % (1 << set.InputBits) != 0)
                Report($"{set.Entries.Length} entries are no multiple of 2^{set.InputBits}");
            if (set.OutputBits is < 1 or > LargestBits)
            {
                Report($"output width {set.OutputBits}: 1 to {LargestBits} bits expected");
                continue;
            }
            long half = 1L << (set.OutputBits - 1);
            int outside = set.Entries.Count(entry => entry < -half || entry >= half);
            if (outside > 0)
                Report($"{outside} entries lie outside the signed {set.OutputBits}-bit range");
        }
    }

    private static void VerifyPorts(TfheProgram program, List<ProgramFinding> findings)
    {
        foreach (ProgramPort port in program.Inputs)
            VerifyPort(program, port, "input", findings);
        foreach (ProgramPort port in program.Outputs)
            VerifyPort(program, port, "output", findings);
        foreach (var twice in program.Inputs.GroupBy(port => port.Value).Where(group => group.Count() > 1))
            findings.Add(new ProgramFinding(null, $"input '{twice.First().Name}'", $"value {twice.Key} is an input twice"));
        if (program.Outputs.Count == 0)
            findings.Add(new ProgramFinding(null, program.Name, "the program has no output"));
    }

    private static void VerifyPort(TfheProgram program, ProgramPort port, string kind, List<ProgramFinding> findings)
    {
        void Report(string message) => findings.Add(new ProgramFinding(null, $"{kind} '{port.Name}'", message));

        if ((uint)port.Value >= (uint)program.Values.Count)
        {
            Report($"value {port.Value} of {program.Values.Count} values");
            return;
        }
        ProgramValue value = program.Values[port.Value];
        if (!Shapes.TryCount(value.Shape, out _))
            return;
        PortRules.VerifyCoding(InterfacePort.Of(program, port), kind == "input", Report);
    }
}
