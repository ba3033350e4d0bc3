using System.Globalization;
using ConcreteMl.Tfhe.Programs.Wire;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Turns a stored message into a program; every number in it is judged later, by the verifier.</summary>
internal static class ProgramReader
{
    /// <exception cref="TfheFormatException">A message is incomplete or its parameters are refused.</exception>
    internal static TfheProgram Program(ProgramMessage message) =>
        new(
            message.Name,
            message.Parameters is null ? null : Parameters(message.Parameters),
            [.. message.Inputs.Select(Port)],
            [.. message.Outputs.Select(Port)],
            [.. message.Values.Select(Value)],
            [.. message.Instructions.Select(Instruction)],
            [.. message.Constants.Select(one => one.Entries.ToArray())],
            [.. message.Tables.Select(one => new TableSet(one.InputBits, one.OutputBits, [.. one.Entries], one.Function))]
        );

    /// <summary>The width of a value or port, and the codes of half a turn, 0 for a whole width.</summary>
    internal static TorusStep Step(int bits, PartialWidthMessage? partial) =>
        partial is null ? new TorusStep(bits, 0) : new TorusStep(partial.Bits, partial.Codes);

    internal static ProgramValue Value(ValueMessage message)
    {
        TorusStep step = Step(message.Bits, message.Partial);
        return new ProgramValue([.. message.Shape], step.Bits, message.Key, message.Origin) { Codes = step.Codes };
    }

    /// <exception cref="TfheFormatException">The curve is unknown, or a noise lies below it.</exception>
    internal static ParameterSet Parameters(ParametersMessage message)
    {
        SecurityCurve curve =
            SecurityCurve.FromTag(message.Curve)
            ?? throw new TfheFormatException($"unknown security curve '{message.Curve}' in the parameters");
        try
        {
            BigKeyParameters big = new(message.GlweDimension, message.PolynomialSize, message.StandardDeviation);
            return new ParameterSet(curve, big, message.Classes.Select(LookupClass).ToArray(), Compression(message.Compression));
        }
        catch (ArgumentException refused)
        {
            throw new TfheFormatException($"the parameters are refused: {Sentence(refused)}", refused);
        }
    }

    // What the check said and met, without the words for programmers that the runtime adds.
    private static string Sentence(ArgumentException refused)
    {
        string said = refused.Message.Split(" (Parameter '")[0];
        return refused is ArgumentOutOfRangeException { ActualValue: { } met }
            ? string.Create(CultureInfo.InvariantCulture, $"{said}, met {met}")
            : said;
    }

    private static LookupClassParameters LookupClass(LookupClassMessage message) =>
        new(
            message.SmallDimension,
            message.StandardDeviation,
            KeySwitch(message),
            new GadgetDecomposition(message.BootstrapBaseLog, message.BootstrapLevel),
            message.Nu,
            message.Grade,
            message.FourierKeySwitch is { } fourier ? Ring(fourier) : 0,
            message.BootstrapBodyBits,
            message.Wide is { } wide
                ? new WideLookup(
                    new GadgetDecomposition(wide.SelectorBaseLog, wide.SelectorLevel),
                    new GadgetDecomposition(wide.SwitchBaseLog, wide.SwitchLevel)
                )
                : null,
            message.HasKeyOf ? message.KeyOf : null,
            message.WordsPerStep == 0 ? 1 : message.WordsPerStep
        );

    private static GadgetDecomposition KeySwitch(LookupClassMessage message)
    {
        if (message.FourierKeySwitch is not { } fourier)
            return new GadgetDecomposition(message.KeySwitchBaseLog, message.KeySwitchLevel);
        if (message.KeySwitchBaseLog != 0 || message.KeySwitchLevel != 0)
            throw new TfheFormatException("a lookup class has two key switches");
        return new GadgetDecomposition(fourier.BaseLog, fourier.Level);
    }

    // 0 would be the other kind of key switch
    private static int Ring(FourierKeySwitchMessage message) =>
        message.PolynomialSize == 0
            ? throw new TfheFormatException("the polynomial size of a key switch in the Fourier domain is 0")
            : message.PolynomialSize;

    private static OutputCompression? Compression(CompressionMessage? message) =>
        message is null
            ? null
            : new OutputCompression(
                message.GlweDimension,
                message.PolynomialSize,
                message.StandardDeviation,
                new GadgetDecomposition(message.KeySwitchBaseLog, message.KeySwitchLevel),
                message.ModulusBits,
                message.BodyBits
            );

    private static ProgramPort Port(PortMessage message) => new(message.Name, message.Value, Coding(message.Name, message.Coding));

    internal static ProgramCoding Coding(string port, CodingMessage? coding) =>
        coding is null
            ? throw new TfheFormatException($"port '{port}' of a program has no coding")
            : new ProgramCoding(
                [.. coding.Scales],
                [.. coding.Zeros],
                [.. coding.Shape],
                coding.Low,
                coding.High,
                (RealElement)coding.Element,
                (RealRounding)coding.Rounding,
                [.. coding.Beyond]
            );

    private static Instruction Instruction(InstructionMessage message)
    {
        int result = message.Result;
        string origin = message.Origin;
        return message.OperationCase switch
        {
            InstructionMessage.OperationOneofCase.MatMul => new MatMul(
                result,
                message.MatMul.Operand,
                message.MatMul.Constant,
                [.. message.MatMul.WeightShape],
                origin
            ),
            InstructionMessage.OperationOneofCase.Conv => Convolution(result, message.Conv, origin),
            InstructionMessage.OperationOneofCase.SumPool => Pool(result, message.SumPool, origin),
            InstructionMessage.OperationOneofCase.Combine => new Combine(
                result,
                [.. message.Combine.Terms],
                [.. message.Combine.Multipliers],
                origin
            ),
            InstructionMessage.OperationOneofCase.Scale => new Scale(
                result,
                message.Scale.Operand,
                message.Scale.Constant,
                [.. message.Scale.ConstantShape],
                origin
            ),
            InstructionMessage.OperationOneofCase.Shift => new Shift(
                result,
                message.Shift.Operand,
                message.Shift.Constant,
                [.. message.Shift.ConstantShape],
                origin
            ),
            InstructionMessage.OperationOneofCase.ReduceSum => new ReduceSum(
                result,
                message.ReduceSum.Operand,
                [.. message.ReduceSum.Axes],
                message.ReduceSum.KeepDims,
                origin
            ),
            _ => LayoutOrBootstrap(message, result, origin),
        };
    }

    private static Instruction LayoutOrBootstrap(InstructionMessage message, int result, string origin) =>
        message.OperationCase switch
        {
            InstructionMessage.OperationOneofCase.View => new View(
                result,
                message.View.Operand,
                message.View.Offset,
                [.. message.View.Strides],
                origin
            ),
            InstructionMessage.OperationOneofCase.Concat => new Concat(result, [.. message.Concat.Parts], message.Concat.Axis, origin),
            InstructionMessage.OperationOneofCase.Pad => new Pad(
                result,
                message.Pad.Operand,
                [.. message.Pad.Before],
                [.. message.Pad.After],
                origin
            ),
            InstructionMessage.OperationOneofCase.Gather => new Gather(
                result,
                message.Gather.Operand,
                message.Gather.Axis,
                message.Gather.Constant,
                origin
            ),
            InstructionMessage.OperationOneofCase.Reencode => new Reencode(result, message.Reencode.Operand, origin),
            InstructionMessage.OperationOneofCase.Constant => new Constant(result, message.Constant.Constant, origin),
            InstructionMessage.OperationOneofCase.Lookup => LookupOf(result, message.Lookup, origin),
            InstructionMessage.OperationOneofCase.LookupMany => LookupManyOf(message.LookupMany, origin),
            InstructionMessage.OperationOneofCase.RoundExact => new RoundExact(
                result,
                message.RoundExact.Operand,
                [.. message.RoundExact.Digits.Select(digit => new RoundingDigit(digit.Bits, digit.LookupClass))],
                origin
            )
            {
                Residues = [.. message.RoundExact.Residues],
            },
            InstructionMessage.OperationOneofCase.RoundApproximate => new RoundApproximate(
                result,
                message.RoundApproximate.Operand,
                message.RoundApproximate.Drop,
                origin
            ),
            _ => throw new TfheFormatException("an instruction of a program names no operation that this version knows"),
        };

    private static Lookup LookupOf(int result, LookupMessage message, string origin) =>
        new(result, message.Operand, message.TableSet, message.IndexConstant, [.. message.IndexShape], message.LookupClass, origin);

    private static LookupMany LookupManyOf(LookupManyMessage message, string origin)
    {
        if (message.Parts.Count == 0)
            throw new TfheFormatException("an instruction of a program looks up no table");
        Lookup One(LookupPartMessage part) =>
            new(part.Result, message.Operand, part.TableSet, part.IndexConstant, [.. part.IndexShape], message.LookupClass, origin);
        return new LookupMany([.. message.Parts.Select(One)], origin);
    }

    private static Conv Convolution(int result, ConvMessage message, string origin)
    {
        WindowMessage window = message.Window ?? throw new TfheFormatException("a convolution of a program has no window");
        return new Conv(
            result,
            message.Operand,
            message.Constant,
            [.. message.WeightShape],
            [.. window.Strides],
            [.. window.Dilations],
            [.. window.PadsBegin],
            [.. window.PadsEnd],
            message.Group,
            origin
        );
    }

    private static SumPool Pool(int result, SumPoolMessage message, string origin)
    {
        WindowMessage window = message.Window ?? throw new TfheFormatException("a sum pool of a program has no window");
        return new SumPool(
            result,
            message.Operand,
            [.. window.Kernel],
            [.. window.Strides],
            [.. window.Dilations],
            [.. window.PadsBegin],
            [.. window.PadsEnd],
            origin
        );
    }
}
