using System.Globalization;
using System.Text;

namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>
/// Writes one straight-line vector kernel as C#. Every value gets its own local and every intrinsic is one instruction: the shape in
/// which the compilers of the run time, just in time and ahead of time, allocate registers without spills.
/// </summary>
internal sealed class KernelWriter
{
    private const int LineLimit = 120;
    private readonly StringBuilder _text = new();
    private int _indent = 1;
    private int _vectors;
    private int _addresses;

    /// <summary>Starts a kernel; its parameters are addresses, counts and strides in bytes, all native integers.</summary>
    internal KernelWriter(SourceIsa isa, string summary, string name, TypeConstant? constants, params string[] parameters)
    {
        Isa = isa;
        Summary(summary);
        Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        string head = $"internal static void {name}{(constants is null ? "" : $"<{constants.Name}>")}(";
        string[] arguments = [.. parameters.Select(parameter => $"nint {parameter}")];
        if (head.Length + arguments.Sum(argument => argument.Length + 2) < LineLimit)
        {
            Line($"{head}{string.Join(", ", arguments)})");
        }
        else
        {
            Line(head);
            for (int i = 0; i < arguments.Length; i++)
                Line($"    {arguments[i]}{(i + 1 < arguments.Length ? "," : ")")}");
        }
        if (constants is not null)
            Line($"    where {constants.Name} : struct, {constants.Kind}");
        Open();
    }

    /// <summary>The instruction set.</summary>
    internal SourceIsa Isa { get; }

    /// <summary>Bytes of a vector.</summary>
    internal int VectorBytes => Isa.Lanes * sizeof(double);

    /// <summary>Ends the kernel.</summary>
    internal string Finish()
    {
        Close();
        return _text.ToString();
    }

    /// <summary>Writes a statement.</summary>
    internal void Line(string text) => _text.Append(' ', 4 * _indent).Append(text).Append('\n');

    /// <summary>Writes a block, whose locals end with it.</summary>
    internal void Block(Action body)
    {
        Open();
        body();
        Close();
    }

    /// <summary>Repeats <paramref name="body"/> with an index running from <paramref name="begin"/> to before <paramref name="end"/>.</summary>
    internal void Loop(string begin, string end, string step, Action<Variable> body)
    {
        Variable index = new($"i{_addresses++}");
        string advance = step == "1" ? $"{index.Name}++" : $"{index.Name} += {step}";
        Line($"for (nint {index.Name} = {begin}; {index.Name} < {end}; {advance})");
        Block(() => body(index));
    }

    /// <summary>A new address variable.</summary>
    internal Variable Address(string expression)
    {
        Variable address = new($"p{_addresses++}");
        Line($"nint {address.Name} = {expression};");
        return address;
    }

    /// <summary>Moves an address.</summary>
    internal void Advance(Variable address, string bytes) => Line($"{address.Name} += {bytes};");

    internal Variable Load(Place place) => Keep($"{Isa.Vector}.Load((double*)({place}))");

    internal Variable LoadInteger(Place place) => Keep($"{Isa.Vector}.Load((long*)({place}))");

    internal ComplexVariable LoadComplex(Place place) => new(Load(place), Load(place.Plus(VectorBytes)));

    /// <summary>One double of memory in all lanes.</summary>
    internal Variable Broadcast(Place place) => Keep($"{Isa.Vector}.Create(*(double*)({place}))");

    internal ComplexVariable BroadcastComplex(Place place) => new(Broadcast(place), Broadcast(place.Plus(sizeof(double))));

    /// <summary>One 64-bit integer of memory in all lanes.</summary>
    internal Variable BroadcastInteger(Place place) => Keep($"{Isa.Vector}.Create(*(long*)({place}))");

    /// <summary>One unsigned 64-bit integer of memory in all lanes.</summary>
    internal Variable BroadcastCount(Place place) => Keep($"{Isa.Vector}.Create(*(ulong*)({place}))");

    internal Variable Fill(double value) => Keep($"{Isa.Vector}.Create({value.ToString("R", CultureInfo.InvariantCulture)}d)");

    /// <summary>The value of an expression of constants in all lanes.</summary>
    internal Variable FillExpression(string expression) => Keep($"{Isa.Vector}.Create({expression})");

    internal Variable FillInteger(long value) => Keep($"{Isa.Vector}.Create(0x{value:X}L)");

    internal void Store(Place place, Variable value) => Line($"{value.Name}.Store((double*)({place}));");

    internal void StoreInteger(Place place, Variable value) => Line($"{value.Name}.Store((long*)({place}));");

    internal void StoreComplex(Place place, ComplexVariable value)
    {
        Store(place, value.Re);
        Store(place.Plus(VectorBytes), value.Im);
    }

    /// <summary>Asks for the cache line at <paramref name="place"/> in the way of the kernel's type argument.</summary>
    internal void Fetch(TypeConstant fetch, Place place) => Line($"{fetch.Name}.Line({place});");

    /// <summary>Asks for the cache line at <paramref name="place"/> in the second-level cache, where several ciphertexts will find it.</summary>
    internal void PrefetchShared(Place place) => Line($"Sse.Prefetch1((void*)({place}));");

    /// <summary>Applies an intrinsic, named with its class.</summary>
    internal Variable Apply(string intrinsic, params ReadOnlySpan<Variable> operands) => Keep(Call(intrinsic, operands));

    /// <summary>Applies an intrinsic whose last operand is an immediate byte.</summary>
    internal Variable ApplyImmediate(string intrinsic, byte immediate, params ReadOnlySpan<Variable> operands) =>
        Keep(Call(intrinsic, [.. operands, new Variable(immediate.ToString(CultureInfo.InvariantCulture))]));

    internal Variable Add(Variable a, Variable b) => Keep($"{a.Name} + {b.Name}");

    internal Variable Subtract(Variable a, Variable b) => Keep($"{a.Name} - {b.Name}");

    internal Variable Multiply(Variable a, Variable b) => Keep($"{a.Name} * {b.Name}");

    internal Variable Xor(Variable a, Variable b) => Keep($"{a.Name} ^ {b.Name}");

    internal Variable Or(Variable a, Variable b) => Keep($"{a.Name} | {b.Name}");

    internal Variable AsInteger(Variable a) => Keep($"{a.Name}.AsInt64()");

    internal Variable AsDouble(Variable a) => Keep($"{a.Name}.AsDouble()");

    /// <summary>a * b + c.</summary>
    internal Variable MultiplyAdd(Variable a, Variable b, Variable c) => Apply(Isa.MultiplyAdd, a, b, c);

    /// <summary>a * b - c.</summary>
    internal Variable MultiplySubtract(Variable a, Variable b, Variable c) => Apply(Isa.MultiplySubtract, a, b, c);

    /// <summary>c - a * b.</summary>
    internal Variable NegatedMultiplyAdd(Variable a, Variable b, Variable c) => Apply(Isa.NegatedMultiplyAdd, a, b, c);

    /// <summary>Assigns to a variable that lives across a loop.</summary>
    internal void Assign(Variable target, Variable value) => Line($"{target.Name} = {value.Name};");

    private static string Call(string intrinsic, ReadOnlySpan<Variable> operands) =>
        $"{intrinsic}({string.Join(", ", operands.ToArray().Select(operand => operand.Name))})";

    private void Summary(string text)
    {
        Line("/// <summary>");
        string line = "///";
        foreach (string word in text.Split(' '))
        {
            if (line.Length + word.Length >= LineLimit)
            {
                Line(line);
                line = "///";
            }
            line += $" {word}";
        }
        Line(line);
        Line("/// </summary>");
    }

    private void Open()
    {
        Line("{");
        _indent++;
    }

    private void Close()
    {
        _indent--;
        Line("}");
    }

    private Variable Keep(string expression)
    {
        Variable local = new($"v{_vectors++}");
        Line($"var {local.Name} = {expression};");
        return local;
    }
}
