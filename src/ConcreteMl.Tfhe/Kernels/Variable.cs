using System.Reflection.Emit;

namespace ConcreteMl.Tfhe;

/// <summary>A vector or address in a kernel under assembly.</summary>
internal readonly record struct Variable(LocalBuilder Local);

/// <summary>A complex vector: real and imaginary parts.</summary>
internal readonly record struct ComplexVariable(Variable Re, Variable Im);

/// <summary>An address: a base, an optional byte index and a constant displacement in bytes.</summary>
internal readonly record struct Place(Variable Base, Variable? Index, int Displacement)
{
    /// <summary>The place <paramref name="bytes"/> further on.</summary>
    internal Place Plus(int bytes) => this with { Displacement = Displacement + bytes };
}
