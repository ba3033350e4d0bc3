namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>A local of a kernel that is being written.</summary>
internal readonly record struct Variable(string Name);

/// <summary>A type argument of a kernel, through which compilers put a constant or an instruction into it: its name and its interface.</summary>
internal sealed record TypeConstant(string Name, string Kind);

/// <summary>A complex vector: real and imaginary parts.</summary>
internal readonly record struct ComplexVariable(Variable Re, Variable Im);

/// <summary>An address: a base, an optional byte index, and a displacement in bytes of which a part may be named by the kernel.</summary>
internal readonly record struct Place(Variable Base, Variable? Index = null, int Displacement = 0, string? Stride = null, int Strides = 0)
{
    /// <summary>The place <paramref name="bytes"/> further on.</summary>
    internal Place Plus(int bytes) => this with { Displacement = Displacement + bytes };

    /// <summary>As an expression of C#.</summary>
    public override string ToString()
    {
        string text = Base.Name;
        if (Index is { } index)
            text += $" + {index.Name}";
        if (Strides > 0)
            text += Strides == 1 ? $" + {Stride}" : $" + ({Strides} * {Stride})";
        return Displacement > 0 ? $"{text} + {Displacement}" : text;
    }
}
