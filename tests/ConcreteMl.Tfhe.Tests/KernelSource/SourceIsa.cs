namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>
/// One vector instruction set as the source of kernels sees it: the lane count, the names of its intrinsics, and the sequences that
/// differ between sets.
/// </summary>
internal abstract class SourceIsa
{
    /// <summary>The set's name in names of types.</summary>
    internal abstract string Name { get; }

    /// <summary>Doubles in a vector.</summary>
    internal abstract int Lanes { get; }

    /// <summary>The static class of its vectors.</summary>
    internal abstract string Vector { get; }

    /// <summary>Top radices that some size of polynomial splits by.</summary>
    internal abstract IReadOnlyList<int> TopRadices { get; }

    /// <summary>Middle radices that some size of polynomial splits by.</summary>
    internal abstract IReadOnlyList<int> MiddleRadices { get; }

    /// <summary>a * b + c.</summary>
    internal abstract string MultiplyAdd { get; }

    /// <summary>a * b - c.</summary>
    internal abstract string MultiplySubtract { get; }

    /// <summary>c - a * b.</summary>
    internal abstract string NegatedMultiplyAdd { get; }

    /// <summary>Transposes Lanes vectors of Lanes doubles.</summary>
    internal abstract Variable[] Transpose(KernelWriter writer, Variable[] rows);

    /// <summary>Loads the constants that every level's <see cref="Digit"/> needs, before the loop.</summary>
    internal abstract Variable[] DigitConstants(KernelWriter writer, Place gadget);

    /// <summary>Signed digits of the first level, as doubles, of words that the gadget's offset was added to.</summary>
    internal abstract Variable FirstDigit(KernelWriter writer, Variable lifted, Variable[] constants);

    /// <summary>Loads the constants that a later level's digits need.</summary>
    internal abstract Variable[] LevelConstants(KernelWriter writer, Place level);

    /// <summary>Signed digits of a later level.</summary>
    internal abstract Variable LaterDigit(KernelWriter writer, Variable lifted, Variable[] constants, Variable[] ofLevel);

    /// <summary>Loads the constants that <see cref="TorusWord"/> needs, before the loop.</summary>
    internal abstract Variable[] TorusConstants(KernelWriter writer);

    /// <summary>Torus words of real numbers of turns.</summary>
    internal abstract Variable TorusWord(KernelWriter writer, Variable turns, Variable[] constants);
}
