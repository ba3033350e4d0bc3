using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Builds programs for tests, value by value.</summary>
internal sealed class ProgramBuilder
{
    private readonly List<ProgramPort> _inputs = [];
    private readonly List<ProgramPort> _outputs = [];
    private readonly List<ProgramValue> _values = [];
    private readonly List<Instruction> _instructions = [];
    private readonly List<long[]> _constants = [];
    private readonly List<TableSet> _tables = [];

    internal static ProgramCoding Codes(int bits) => new([1.0], [0.0], [], -(1L << (bits - 1)), (1L << (bits - 1)) - 1, RealElement.Int64);

    internal int Value(int bits, params int[] shape)
    {
        _values.Add(new ProgramValue(shape, bits, 0, $"v{_values.Count}"));
        return _values.Count - 1;
    }

    /// <summary>A value whose half turn has room for so many codes.</summary>
    internal int Partial(int bits, int codes, params int[] shape)
    {
        int value = Value(bits, shape);
        _values[value] = _values[value] with { Codes = codes };
        return value;
    }

    internal int[] ShapeOf(int value) => _values[value].Shape;

    internal int Input(int bits, params int[] shape) => Input(Codes(bits), bits, shape);

    /// <summary>An input whose half turn has room for so many codes.</summary>
    internal int PartialInput(int bits, int codes, params int[] shape)
    {
        int value = Partial(bits, codes, shape);
        _inputs.Add(new ProgramPort($"x{_inputs.Count}", value, Codes(bits)));
        return value;
    }

    internal int Input(ProgramCoding coding, int bits, params int[] shape)
    {
        int value = Value(bits, shape);
        _inputs.Add(new ProgramPort($"x{_inputs.Count}", value, coding));
        return value;
    }

    internal void Output(int value) => _outputs.Add(new ProgramPort($"y{_outputs.Count}", value, Codes(_values[value].Bits + 1)));

    internal int Constant(params long[] entries)
    {
        _constants.Add(entries);
        return _constants.Count - 1;
    }

    internal int Add(Instruction instruction)
    {
        _instructions.Add(instruction);
        return instruction.Result;
    }

    internal int Lookup(int operand, int outputBits, int lookupClass, Func<long, long> function)
    {
        int bits = _values[operand].Bits;
        long half = 1L << (bits - 1);
        long[] entries = [.. Enumerable.Range(0, 1 << bits).Select(i => function(i - half))];
        _tables.Add(new TableSet(bits, outputBits, entries, "test"));
        int result = Value(outputBits, _values[operand].Shape);
        return Add(new Lookup(result, operand, _tables.Count - 1, Constant(0), [], lookupClass, "lookup"));
    }

    /// <summary>Several lookups at one operand, each with its result's width and function.</summary>
    internal int[] LookupMany(int operand, int lookupClass, params (int Bits, Func<long, long> Function)[] lookups)
    {
        int bits = _values[operand].Bits;
        Lookup One((int Bits, Func<long, long> Function) one)
        {
            long[] entries = [.. SamplePrograms.Range(bits).Select(one.Function)];
            int result = Value(one.Bits, _values[operand].Shape);
            return new Lookup(result, operand, Tables(bits, one.Bits, entries), Constant(0), [], lookupClass, "part");
        }
        LookupMany many = new([.. lookups.Select(One)], "many");
        Add(many);
        return [.. many.Results];
    }

    internal int Tables(int inputBits, int outputBits, params long[] entries)
    {
        _tables.Add(new TableSet(inputBits, outputBits, entries, "tables"));
        return _tables.Count - 1;
    }

    internal int MatMul(int operand, int[] shape, int[] weightShape, long[] weights) =>
        Add(new MatMul(Value(_values[operand].Bits, shape), operand, Constant(weights), weightShape, "matmul"));

    internal TfheProgram Build(ParameterSet? parameters = null, bool isLegal = true)
    {
        TfheProgram program = new("test", parameters, _inputs, _outputs, _values, _instructions, _constants, _tables);
        if (isLegal)
            Assert.That(ProgramVerifier.Verify(program), Is.Empty);
        return program;
    }
}
