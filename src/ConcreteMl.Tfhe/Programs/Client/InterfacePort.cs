namespace ConcreteMl.Tfhe.Programs;

/// <summary>An input or output of a program as its client sees it.</summary>
/// <param name="Name">Name of the model's input or output.</param>
/// <param name="Shape">Dimensions of one sample, each at least 1; empty for a scalar.</param>
/// <param name="Bits">Width of its codes, which are signed.</param>
/// <param name="Coding">How the client quantizes or dequantizes it.</param>
public sealed record InterfacePort(string Name, int[] Shape, int Bits, ProgramCoding Coding)
{
    /// <summary>Codes of half a turn where these are fewer than its width has (<see cref="TorusStep"/>); 0: a whole width.</summary>
    public int Codes { get; init; }

    /// <summary>How its codes lie on the torus.</summary>
    public TorusStep Step => new(Bits, Codes);

    /// <summary>A port of a program whose value exists.</summary>
    internal static InterfacePort Of(TfheProgram program, ProgramPort port)
    {
        ProgramValue value = program.Values[port.Value];
        return new InterfacePort(port.Name, value.Shape, value.Bits, port.Coding) { Codes = value.Codes };
    }

    /// <summary>Number of elements of one sample.</summary>
    public int Count => Shapes.Count(Shape);
}
