using System.Reflection;
using System.Reflection.Emit;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Assembles one straight-line vector kernel. Every value gets its own local, every intrinsic is one instruction, all
/// strides are constants: the shape in which the run time's compiler allocates registers without spills.
/// </summary>
internal sealed class KernelEmitter
{
    private static readonly MethodInfo PrefetchPassing = typeof(System.Runtime.Intrinsics.X86.Sse).GetMethod(
        nameof(System.Runtime.Intrinsics.X86.Sse.PrefetchNonTemporal)
    )!;

    private readonly DynamicMethod _method;
    private readonly ILGenerator _il;

    /// <summary>Starts a kernel of <paramref name="parameters"/> addresses and counts, all native integers.</summary>
    internal static KernelEmitter For(string name, VectorIsa isa, int parameters) => new(name, parameters, isa);

    private KernelEmitter(string name, int parameters, VectorIsa isa)
    {
        Isa = isa;
        // closed over an object, a delegate calls straight into the code
        Type[] types = [typeof(object), .. Enumerable.Repeat(typeof(nint), parameters)];
        _method = new DynamicMethod(name, typeof(void), types, typeof(KernelEmitter).Module, skipVisibility: true);
        _il = _method.GetILGenerator();
        Arguments = new Variable[parameters];
        for (int i = 0; i < parameters; i++)
        {
            _il.Emit(OpCodes.Ldarg, i + 1);
            Arguments[i] = Keep(typeof(nint));
        }
    }

    /// <summary>The instruction set.</summary>
    internal VectorIsa Isa { get; }

    /// <summary>The kernel's arguments.</summary>
    internal Variable[] Arguments { get; }

    /// <summary>Bytes of a vector.</summary>
    internal int VectorBytes => Isa.Lanes * sizeof(double);

    /// <summary>Ends the kernel and compiles it.</summary>
    internal TDelegate Compile<TDelegate>()
        where TDelegate : Delegate
    {
        _il.Emit(OpCodes.Ret);
        return _method.CreateDelegate<TDelegate>(this);
    }

    /// <summary>Repeats <paramref name="body"/> with an index running from <paramref name="begin"/> to before <paramref name="end"/>.</summary>
    internal void Loop(Variable begin, Variable end, int step, Action<Variable> body)
    {
        Push(begin);
        Variable index = Keep(typeof(nint));
        Label check = _il.DefineLabel();
        Label top = _il.DefineLabel();
        _il.Emit(OpCodes.Br, check);
        _il.MarkLabel(top);
        body(index);
        Advance(index, step);
        _il.MarkLabel(check);
        Push(index);
        Push(end);
        _il.Emit(OpCodes.Blt, top);
    }

    /// <summary>Repeats <paramref name="body"/> a constant number of times; nothing loops when that is one.</summary>
    internal void Repeat(int times, Action body)
    {
        if (times == 1)
            body();
        else
            Loop(Constant(0), Constant(times), 1, _ => body());
    }

    /// <summary>A native integer constant.</summary>
    internal Variable Constant(long value)
    {
        _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Conv_I);
        return Keep(typeof(nint));
    }

    /// <summary>A new address variable at <paramref name="place"/>.</summary>
    internal Variable Address(Place place)
    {
        Push(place);
        return Keep(typeof(nint));
    }

    /// <summary>Moves an address or index by constant bytes.</summary>
    internal void Advance(Variable address, int bytes)
    {
        Push(address);
        _il.Emit(OpCodes.Ldc_I4, bytes);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, address.Local);
    }

    /// <summary>Reads a native integer.</summary>
    internal Variable ReadAddress(Place place)
    {
        Push(place);
        _il.Emit(OpCodes.Ldind_I);
        return Keep(typeof(nint));
    }

    /// <summary>The sum of two native integers.</summary>
    internal Variable Sum(Variable left, Variable right)
    {
        Push(left);
        Push(right);
        _il.Emit(OpCodes.Add);
        return Keep(typeof(nint));
    }

    internal Variable Load(Place place) => FromPlace(place, Isa.LoadDouble, Isa.Double);

    internal Variable LoadInteger(Place place) => FromPlace(place, Isa.LoadInteger, Isa.Integer);

    internal ComplexVariable LoadComplex(Place place) => new(Load(place), Load(place.Plus(VectorBytes)));

    /// <summary>One double of memory in all lanes.</summary>
    internal Variable Broadcast(Place place)
    {
        Push(place);
        _il.Emit(OpCodes.Ldind_R8);
        return Call(Isa.BroadcastDouble, Isa.Double);
    }

    internal ComplexVariable BroadcastComplex(Place place) => new(Broadcast(place), Broadcast(place.Plus(sizeof(double))));

    /// <summary>One 64-bit integer of memory in all lanes.</summary>
    internal Variable BroadcastInteger(Place place)
    {
        Push(place);
        _il.Emit(OpCodes.Ldind_I8);
        return Call(Isa.BroadcastInteger, Isa.Integer);
    }

    internal Variable Fill(double value)
    {
        _il.Emit(OpCodes.Ldc_R8, value);
        return Call(Isa.BroadcastDouble, Isa.Double);
    }

    internal Variable FillInteger(long value)
    {
        _il.Emit(OpCodes.Ldc_I8, value);
        return Call(Isa.BroadcastInteger, Isa.Integer);
    }

    internal void Store(Place place, Variable value) => ToPlace(place, value, Isa.StoreDouble);

    internal void StoreInteger(Place place, Variable value) => ToPlace(place, value, Isa.StoreInteger);

    internal void StoreComplex(Place place, ComplexVariable value)
    {
        Store(place, value.Re);
        Store(place.Plus(VectorBytes), value.Im);
    }

    /// <summary>Asks for the cache line at <paramref name="place"/> in the first-level cache, past the second: a key streams through.</summary>
    internal void Prefetch(Place place)
    {
        Push(place);
        _il.Emit(OpCodes.Call, PrefetchPassing);
    }

    /// <summary>Applies an intrinsic to vectors of doubles.</summary>
    internal Variable Apply(MethodInfo intrinsic, params ReadOnlySpan<Variable> operands)
    {
        foreach (Variable operand in operands)
            Push(operand);
        return Call(intrinsic, intrinsic.ReturnType);
    }

    /// <summary>Applies an intrinsic whose last operand is an immediate byte.</summary>
    internal Variable ApplyImmediate(MethodInfo intrinsic, byte immediate, params ReadOnlySpan<Variable> operands)
    {
        foreach (Variable operand in operands)
            Push(operand);
        _il.Emit(OpCodes.Ldc_I4, (int)immediate);
        return Call(intrinsic, intrinsic.ReturnType);
    }

    internal Variable Add(Variable a, Variable b) => Apply(Isa.Add, a, b);

    internal Variable Subtract(Variable a, Variable b) => Apply(Isa.Subtract, a, b);

    internal Variable Multiply(Variable a, Variable b) => Apply(Isa.Multiply, a, b);

    /// <summary>a * b + c.</summary>
    internal Variable MultiplyAdd(Variable a, Variable b, Variable c) => Apply(Isa.MultiplyAdd, a, b, c);

    /// <summary>a * b - c.</summary>
    internal Variable MultiplySubtract(Variable a, Variable b, Variable c) => Apply(Isa.MultiplySubtract, a, b, c);

    /// <summary>c - a * b.</summary>
    internal Variable NegatedMultiplyAdd(Variable a, Variable b, Variable c) => Apply(Isa.NegatedMultiplyAdd, a, b, c);

    /// <summary>Assigns to a variable that lives across a loop.</summary>
    internal void Assign(Variable target, Variable value)
    {
        Push(value);
        _il.Emit(OpCodes.Stloc, target.Local);
    }

    private void Push(Variable variable) => _il.Emit(OpCodes.Ldloc, variable.Local);

    private void Push(Place place)
    {
        Push(place.Base);
        if (place.Index is { } index)
        {
            Push(index);
            _il.Emit(OpCodes.Add);
        }
        if (place.Displacement == 0)
            return;
        _il.Emit(OpCodes.Ldc_I4, place.Displacement);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
    }

    private Variable FromPlace(Place place, MethodInfo load, Type type)
    {
        Push(place);
        return Call(load, type);
    }

    private void ToPlace(Place place, Variable value, MethodInfo store)
    {
        Push(value);
        Push(place);
        _il.Emit(OpCodes.Call, store);
    }

    private Variable Call(MethodInfo method, Type type)
    {
        _il.Emit(OpCodes.Call, method);
        return Keep(type);
    }

    private Variable Keep(Type type)
    {
        LocalBuilder local = _il.DeclareLocal(type);
        _il.Emit(OpCodes.Stloc, local);
        return new Variable(local);
    }
}
