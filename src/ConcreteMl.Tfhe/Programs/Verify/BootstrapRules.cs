namespace ConcreteMl.Tfhe.Programs;

/// <summary>Judges one lookup or rounding whose operand and result are known values.</summary>
internal sealed class BootstrapRules(TfheProgram program, Instruction instruction, Action<string> report)
{
    private ProgramValue Result => program.Values[instruction.Result];

    internal void Verify()
    {
        if (instruction is LookupMany many)
        {
            VerifyMany(many);
            return;
        }
        ProgramValue operand = program.Values[instruction.Operands[0]];
        if (!Result.Shape.AsSpan().SequenceEqual(operand.Shape))
            report($"the result is {Shapes.Text(Result.Shape)}, expected {Shapes.Text(operand.Shape)}");
        switch (instruction)
        {
            case Lookup one:
                VerifyLookup(one, operand);
                break;
            case RoundExact one:
                VerifyRound(operand, one.Drop);
                VerifyResidues(operand, one);
                VerifyDigits(one);
                break;
            case RoundApproximate one:
                VerifyRound(operand, one.Drop);
                break;
            default:
                report("no such operation");
                break;
        }
    }

    private void VerifyMany(LookupMany many)
    {
        Lookup first = many.Lookups[0];
        if (many.Lookups.Any(one => one.Operand != first.Operand || one.Class != first.Class))
            report("its lookups have different operands or classes");
        foreach (Lookup one in many.Lookups)
            new BootstrapRules(program, one, report).Verify();
        if (program.Parameters is not { } parameters || !IsWide(parameters, first.Class))
            VerifyClass(first.Class, program.Values[first.Operand].Step, many.Lookups.Length);
    }

    private void VerifyLookup(Lookup one, ProgramValue operand)
    {
        if ((uint)one.TableSet >= (uint)program.Tables.Count)
        {
            report($"table set {one.TableSet} of {program.Tables.Count}");
            return;
        }
        TableSet set = program.Tables[one.TableSet];
        if (set.InputBits != operand.Bits)
            report($"tables of {set.InputBits} bits for an operand of {operand.Bits}");
        if (set.OutputBits != Result.Bits)
            report($"tables with results of {set.OutputBits} bits for a result of {Result.Bits}");
        if ((uint)one.IndexConstant >= (uint)program.Constants.Count)
            report($"constant {one.IndexConstant} of {program.Constants.Count}");
        else if (!Shapes.TryCount(one.IndexShape, out int count) || program.Constants[one.IndexConstant].Length != count)
            report($"{program.Constants[one.IndexConstant].Length} table numbers for shape {Shapes.Text(one.IndexShape)}");
        else if (!Shapes.BroadcastsTo(one.IndexShape, operand.Shape))
            report($"table numbers {Shapes.Text(one.IndexShape)} do not broadcast to {Shapes.Text(operand.Shape)}");
        else if (program.Constants[one.IndexConstant].Any(table => table < 0 || table >= set.Count))
            report($"a table number lies outside 0 to {set.Count - 1}");
        VerifyClass(one.Class, operand.Step);
        VerifyWide(one, operand, set);
    }

    /// <summary>A wide class reads codes without anything below them, and the selected codes at its modulus.</summary>
    private void VerifyWide(Lookup one, ProgramValue operand, TableSet set)
    {
        if (program.Parameters is not { } parameters || (uint)one.Class >= (uint)parameters.Classes.Length)
            return;
        LookupClassParameters lookup = parameters.Classes[one.Class];
        if (lookup.Wide is null)
            return;
        if (!operand.Step.IsWhole || !Result.Step.IsWhole)
            report($"wide lookup class {one.Class} reads or gives codes of no whole width");
        if (set.InputBits > LookupClassParameters.MostWideBits)
            report($"a table of {set.InputBits} bits does not fit wide lookup class {one.Class}");
        int logSize = CenteredModulusSwitch.LogModulus(parameters.BigKey, lookup) - 1;
        ulong[] entries = [.. set.Entries.Select(entry => (ulong)entry)];
        for (int table = 0; table < set.Count; table++)
        {
            int bits = EntryGrid.Of(entries.AsSpan(table << set.InputBits, 1 << set.InputBits)).Bits;
            if (bits >= logSize)
                report($"table {table}, whose results need {bits} bits, does not fit wide lookup class {one.Class}");
        }
    }

    private void VerifyRound(ProgramValue operand, int drop)
    {
        if (!operand.Step.IsWhole || !Result.Step.IsWhole)
            report("what is rounded has no whole width");
        if (drop < 1 || drop >= operand.Bits)
            report($"{drop} bits dropped of {operand.Bits}");
        else if (Result.Bits != operand.Bits - drop)
            report($"the result has {Result.Bits} bits, expected {operand.Bits - drop}");
    }

    private void VerifyDigits(RoundExact one)
    {
        foreach (RoundingDigit digit in one.Digits)
            if (digit.Bits < 1)
                report($"a digit of {digit.Bits} bits");
            else if (program.Parameters is { } parameters && IsWide(parameters, digit.Class))
                report($"a digit of wide lookup class {digit.Class}");
            else
                VerifyClass(digit.Class, new TorusStep(Math.Max(1, digit.Bits - 1), 0));
    }

    private void VerifyResidues(ProgramValue operand, RoundExact one)
    {
        if (one.Residues.Length > one.Drop)
            report($"{one.Residues.Length} residues for {one.Drop} bits");
        foreach (int residue in one.Residues)
            if (residue == one.Operand)
                report($"residue {residue} is the operand itself");
            else if (program.Values[residue].Step != operand.Step || !program.Values[residue].Shape.AsSpan().SequenceEqual(operand.Shape))
                report($"residue {residue} has not the operand's shape and width");
    }

    private void VerifyClass(int lookupClass, TorusStep step, int tables = 1)
    {
        if (program.Parameters is not { } parameters)
            return;
        if ((uint)lookupClass >= (uint)parameters.Classes.Length)
            report($"lookup class {lookupClass} of {parameters.Classes.Length}");
        else if (IsWide(parameters, lookupClass))
            return;
        else if (step.LeastLogSize > CenteredModulusSwitch.LogModulus(parameters.BigKey, parameters.Classes[lookupClass], tables) - 1)
            report(
                $"{(tables == 1 ? $"a table of {step.Bits} bits does" : $"{tables} tables of {step.Bits} bits do")} not fit lookup class {lookupClass}"
            );
    }

    private static bool IsWide(ParameterSet parameters, int lookupClass) =>
        (uint)lookupClass < (uint)parameters.Classes.Length && parameters.Classes[lookupClass].Wide is not null;
}
