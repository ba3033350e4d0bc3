using System.Globalization;
using System.Text;
using ConcreteMl.Data;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using static System.FormattableString;

namespace ConcreteMl.Running;

/// <summary>The flat program as text, to read only: one instruction a line, as the run time executes it.</summary>
internal static class ProgramListing
{
    internal static string Print(TfheProgram program)
    {
        StringBuilder text = new();
        Line(text, $"program \"{program.Name}\"");
        Parameters(text, program.Parameters);
        foreach (ProgramPort port in program.Inputs)
        {
            Line(text, $"input %{port.Value} \"{port.Name}\": {Value(program, port.Value)}, {Coding(port.Coding)}");
        }

        for (int table = 0; table < program.Tables.Count; table++)
        {
            TableSet set = program.Tables[table];
            Line(
                text,
                $"table t{table}: {set.Entries.Length >> set.InputBits} x {set.InputBits} bits to {set.OutputBits} bits, {set.Function}"
            );
        }

        foreach (Instruction instruction in program.Instructions)
        {
            string operands = string.Join(' ', instruction.Operands.Select(operand => $"%{operand}"));
            string origin = instruction.Origin.Length == 0 ? "" : $"  // {instruction.Origin}";
            string details = Details(program, instruction);
            string results = string.Join(", ", instruction.Results.Select(result => $"%{result}"));
            string values = string.Join(", ", instruction.Results.Select(result => Value(program, result)));
            Line(text, $"{results} = {instruction.Operation} {operands}{details}: {values}{origin}");
        }

        foreach (ProgramPort port in program.Outputs)
        {
            Line(text, $"output %{port.Value} \"{port.Name}\": {Value(program, port.Value)}, {Coding(port.Coding)}");
        }

        return text.ToString();
    }

    private static void Parameters(StringBuilder text, ParameterSet? parameters)
    {
        if (parameters is null)
        {
            Line(text, $"no parameters: runs in clear only");
            return;
        }

        BigKeyParameters key = parameters.BigKey;
        Line(text, $"key k0: k = {key.GlweDimension}, N = {key.PolynomialSize}, {parameters.Curve.Bits} bits of security");
        for (int index = 0; index < parameters.Classes.Length; index++)
        {
            LookupClassParameters one = parameters.Classes[index];
            Line(
                text,
                $"class {index}: n = {one.SmallDimension}, extension {one.Nu}, grade {one.Grade}, key switch {KeySwitch(one)}, bootstrap {Gadget(one.Bootstrap)}{Words(one)}{Wide(one.Wide)}"
            );
        }

        if (parameters.Compression is { } outputs)
            Line(
                text,
                $"outputs: k = {outputs.GlweDimension}, N = {outputs.PolynomialSize}, key switch {Gadget(outputs.KeySwitch)}, {outputs.ModulusBits} bits a word"
            );
    }

    private static string Words(LookupClassParameters one) => one.WordsPerStep == 1 ? "" : $", {one.WordsPerStep} words a step";

    private static string Wide(WideLookup? wide) =>
        wide is null ? "" : $", bit by bit: selector {Gadget(wide.Selector)}, switch {Gadget(wide.Switch)}";

    private static string Gadget(GadgetDecomposition gadget) => $"2^{gadget.BaseLog} x {gadget.Level}";

    private static string Value(TfheProgram program, int index)
    {
        ProgramValue value = program.Values[index];
        string codes = value.Codes == 0 ? "" : $", {value.Codes} codes,";
        return $"{ShapeText.Print(value.Shape)} of {value.Bits} bits{codes} under k{value.Key}";
    }

    private static string Coding(ProgramCoding coding)
    {
        string scale = coding.Scales.Length == 1 ? Number(coding.Scales[0]) : $"{coding.Scales.Length} scales";
        string zero = coding.Zeros.Length == 1 ? Number(coding.Zeros[0]) : $"{coding.Zeros.Length} zeros";
        string rounding = coding.Rounding == RealRounding.HalfEven ? "" : $", rounded {coding.Rounding}";
        string beyond = coding.Beyond is { Length: > 0 } ? Invariant($", {coding.Beyond.Max()} more calibrated") : "";
        return Invariant($"{coding.Element} = {scale} * (code - {zero}), codes {coding.Low} to {coding.High}{beyond}{rounding}");
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Details(TfheProgram program, Instruction instruction) =>
        instruction switch
        {
            MatMul one => $", weights c{one.Constant} {ShapeText.Print(one.WeightShape)}",
            Conv one =>
                $", weights c{one.Constant} {ShapeText.Print(one.WeightShape)}, strides {List(one.Strides)}, dilations {List(one.Dilations)}, pads {List(one.PadsBegin)} {List(one.PadsEnd)}, groups {one.Group}",
            SumPool one => $", kernel {List(one.Kernel)}, strides {List(one.Strides)}, pads {List(one.PadsBegin)} {List(one.PadsEnd)}",
            Combine one => $", multipliers {List(one.Multipliers)}",
            Scale one => $", factors c{one.Constant} {ShapeText.Print(one.ConstantShape)}",
            Shift one => $", offsets c{one.Constant} {ShapeText.Print(one.ConstantShape)}",
            ReduceSum one => $", axes {List(one.Axes)}",
            View one => Invariant($", offset {one.Offset}, strides {List(one.Strides)}"),
            Concat one => $", axis {one.Axis}",
            Pad one => $", before {List(one.Before)}, after {List(one.After)}",
            Gather one => $", axis {one.Axis}, indices c{one.Constant}",
            Constant one => $"c{one.ConstantId}",
            Lookup one => $", table t{one.TableSet}, class {one.Class}",
            LookupMany many =>
                $", tables {string.Join(' ', many.Lookups.Select(one => $"t{one.TableSet}"))}, class {many.Lookups[0].Class}",
            RoundExact one => $", drops {string.Join(" + ", one.Digits.Select(digit => $"{digit.Bits} bits in class {digit.Class}"))}",
            RoundApproximate one => $", drops {one.Drop} bits",
            _ => "",
        };

    private static string KeySwitch(LookupClassParameters lookup) =>
        lookup.UsesFourierKeySwitch
            ? Invariant($"{Gadget(lookup.KeySwitch)} in the Fourier domain (M = {lookup.KeySwitchRing})")
            : Gadget(lookup.KeySwitch);

    private static string List<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(' ', values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
