using ConcreteMl.Tfhe.Programs.Wire;
using Google.Protobuf.Collections;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>Turns a program into its stored message.</summary>
internal static class ProgramWriter
{
    internal static ProgramMessage Message(TfheProgram program)
    {
        ProgramMessage message = new() { Name = program.Name };
        if (program.Parameters is { } parameters)
            message.Parameters = Message(parameters);
        message.Inputs.AddRange(program.Inputs.Select(Message));
        message.Outputs.AddRange(program.Outputs.Select(Message));
        message.Values.AddRange(program.Values.Select(Message));
        message.Instructions.AddRange(program.Instructions.Select(Message));
        message.Constants.AddRange(program.Constants.Select(one => new ConstantMessage { Entries = { one } }));
        message.Tables.AddRange(program.Tables.Select(Message));
        return message;
    }

    /// <summary>The program without the codings of its ports.</summary>
    internal static ProgramMessage Circuit(TfheProgram program)
    {
        ProgramMessage message = Message(program);
        foreach (PortMessage port in message.Inputs.Concat(message.Outputs))
            port.Coding = null;
        return message;
    }

    internal static ParametersMessage Message(ParameterSet parameters)
    {
        ParametersMessage message = new()
        {
            Curve = parameters.Curve.Tag,
            GlweDimension = parameters.BigKey.GlweDimension,
            PolynomialSize = parameters.BigKey.PolynomialSize,
            StandardDeviation = parameters.BigKey.StandardDeviation,
        };
        foreach (LookupClassParameters one in parameters.Classes)
        {
            LookupClassMessage added = new()
            {
                SmallDimension = one.SmallDimension,
                StandardDeviation = one.StandardDeviation,
                KeySwitchBaseLog = one.UsesFourierKeySwitch ? 0 : one.KeySwitch.BaseLog,
                KeySwitchLevel = one.UsesFourierKeySwitch ? 0 : one.KeySwitch.Level,
                FourierKeySwitch = FourierKeySwitch(one),
                BootstrapBaseLog = one.Bootstrap.BaseLog,
                BootstrapLevel = one.Bootstrap.Level,
                Nu = one.Nu,
                Grade = one.Grade,
                BootstrapBodyBits = one.BodyBits,
                Wide = Wide(one.Wide),
                WordsPerStep = one.WordsPerStep == 1 ? 0 : one.WordsPerStep,
            };
            if (one.KeyOf is { } owner)
                added.KeyOf = owner;
            message.Classes.Add(added);
        }
        if (parameters.Compression is { } compression)
            message.Compression = new CompressionMessage
            {
                GlweDimension = compression.GlweDimension,
                PolynomialSize = compression.PolynomialSize,
                StandardDeviation = compression.StandardDeviation,
                KeySwitchBaseLog = compression.KeySwitch.BaseLog,
                KeySwitchLevel = compression.KeySwitch.Level,
                ModulusBits = compression.ModulusBits,
                BodyBits = compression.BodyBits,
            };
        return message;
    }

    private static FourierKeySwitchMessage? FourierKeySwitch(LookupClassParameters lookup) =>
        !lookup.UsesFourierKeySwitch
            ? null
            : new FourierKeySwitchMessage
            {
                PolynomialSize = lookup.KeySwitchRing,
                BaseLog = lookup.KeySwitch.BaseLog,
                Level = lookup.KeySwitch.Level,
            };

    private static WideLookupMessage? Wide(WideLookup? wide) =>
        wide is null
            ? null
            : new WideLookupMessage
            {
                SelectorBaseLog = wide.Selector.BaseLog,
                SelectorLevel = wide.Selector.Level,
                SwitchBaseLog = wide.Switch.BaseLog,
                SwitchLevel = wide.Switch.Level,
            };

    internal static PortMessage Message(ProgramPort port) =>
        new()
        {
            Name = port.Name,
            Value = port.Value,
            Coding = Message(port.Coding),
        };

    internal static CodingMessage Message(ProgramCoding coding) =>
        new()
        {
            Scales = { coding.Scales },
            Zeros = { coding.Zeros },
            Shape = { coding.Shape },
            Low = coding.Low,
            High = coding.High,
            Element = (int)coding.Element,
            Rounding = (int)coding.Rounding,
            Beyond = { coding.Beyond ?? [] },
        };

    private static ValueMessage Message(ProgramValue value) =>
        new()
        {
            Shape = { value.Shape },
            Bits = value.Step.IsWhole ? value.Bits : 0,
            Key = value.Key,
            Origin = value.Origin,
            Partial = Partial(value.Step),
        };

    /// <summary>What a reader that does not know of it meets in its place is a width of no bits, which it refuses.</summary>
    internal static PartialWidthMessage? Partial(TorusStep step) =>
        step.IsWhole ? null : new PartialWidthMessage { Bits = step.Bits, Codes = step.Codes };

    private static TableSetMessage Message(TableSet tables) =>
        new()
        {
            InputBits = tables.InputBits,
            OutputBits = tables.OutputBits,
            Entries = { tables.Entries },
            Function = tables.Function,
        };

    private static InstructionMessage Message(Instruction instruction)
    {
        InstructionMessage message = new() { Result = instruction.Result, Origin = instruction.Origin };
        if (!SetLinear(message, instruction) && !SetLayout(message, instruction) && !SetBootstrap(message, instruction))
            throw new ArgumentException($"no stored form for {instruction.Operation}", nameof(instruction));
        return message;
    }

    private static bool SetLinear(InstructionMessage message, Instruction instruction)
    {
        switch (instruction)
        {
            case MatMul one:
                message.MatMul = new() { Operand = one.Operand, Constant = one.Constant };
                message.MatMul.WeightShape.Add(one.WeightShape);
                return true;
            case Conv one:
                message.Conv = new()
                {
                    Operand = one.Operand,
                    Constant = one.Constant,
                    Group = one.Group,
                    Window = Window([], one.Strides, one.Dilations, one.PadsBegin, one.PadsEnd),
                };
                message.Conv.WeightShape.Add(one.WeightShape);
                return true;
            case SumPool one:
                WindowMessage window = Window(one.Kernel, one.Strides, one.Dilations, one.PadsBegin, one.PadsEnd);
                message.SumPool = new() { Operand = one.Operand, Window = window };
                return true;
            case Combine one:
                message.Combine = new() { Terms = { one.Terms }, Multipliers = { one.Multipliers } };
                return true;
            case Scale one:
                message.Scale = BroadcastConstant(one.Operand, one.Constant, one.ConstantShape);
                return true;
            case Shift one:
                message.Shift = BroadcastConstant(one.Operand, one.Constant, one.ConstantShape);
                return true;
            case ReduceSum one:
                message.ReduceSum = new() { Operand = one.Operand, KeepDims = one.KeepDims };
                message.ReduceSum.Axes.Add(one.Axes);
                return true;
            default:
                return false;
        }
    }

    private static bool SetLayout(InstructionMessage message, Instruction instruction)
    {
        switch (instruction)
        {
            case View one:
                message.View = new() { Operand = one.Operand, Offset = one.Offset };
                message.View.Strides.Add(one.Strides);
                return true;
            case Concat one:
                message.Concat = new() { Axis = one.Axis };
                message.Concat.Parts.Add(one.Parts);
                return true;
            case Pad one:
                message.Pad = new() { Operand = one.Operand };
                message.Pad.Before.Add(one.Before);
                message.Pad.After.Add(one.After);
                return true;
            case Gather one:
                message.Gather = new()
                {
                    Operand = one.Operand,
                    Axis = one.Axis,
                    Constant = one.Constant,
                };
                return true;
            case Reencode one:
                message.Reencode = new() { Operand = one.Operand };
                return true;
            case Constant one:
                message.Constant = new() { Constant = one.ConstantId };
                return true;
            default:
                return false;
        }
    }

    private static bool SetBootstrap(InstructionMessage message, Instruction instruction)
    {
        switch (instruction)
        {
            case Lookup one:
                message.Lookup = new()
                {
                    Operand = one.Operand,
                    TableSet = one.TableSet,
                    IndexConstant = one.IndexConstant,
                    LookupClass = one.Class,
                };
                message.Lookup.IndexShape.Add(one.IndexShape);
                return true;
            case LookupMany one:
                message.LookupMany = new() { Operand = one.Operands[0], LookupClass = one.Lookups[0].Class };
                message.LookupMany.Parts.AddRange(one.Lookups.Select(Part));
                return true;
            case RoundExact one:
                message.RoundExact = new() { Operand = one.Operand };
                message.RoundExact.Digits.AddRange(
                    one.Digits.Select(digit => new RoundingDigitMessage { Bits = digit.Bits, LookupClass = digit.Class })
                );
                message.RoundExact.Residues.Add(one.Residues);
                return true;
            case RoundApproximate one:
                message.RoundApproximate = new() { Operand = one.Operand, Drop = one.Drop };
                return true;
            default:
                return false;
        }
    }

    private static LookupPartMessage Part(Lookup lookup) =>
        new()
        {
            Result = lookup.Result,
            TableSet = lookup.TableSet,
            IndexConstant = lookup.IndexConstant,
            IndexShape = { lookup.IndexShape },
        };

    private static void Add(this RepeatedField<int> field, int[] entries) => field.AddRange(entries);

    private static void Add(this RepeatedField<long> field, long[] entries) => field.AddRange(entries);

    private static BroadcastConstantMessage BroadcastConstant(int operand, int constant, int[] shape)
    {
        BroadcastConstantMessage message = new() { Operand = operand, Constant = constant };
        message.ConstantShape.Add(shape);
        return message;
    }

    private static WindowMessage Window(int[] kernel, int[] strides, int[] dilations, int[] before, int[] after) =>
        new()
        {
            Kernel = { kernel },
            Strides = { strides },
            Dilations = { dilations },
            PadsBegin = { before },
            PadsEnd = { after },
        };
}
