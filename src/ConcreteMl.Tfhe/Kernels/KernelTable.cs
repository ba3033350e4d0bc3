namespace ConcreteMl.Tfhe;

/// <summary>
/// The kernels of one instruction set for polynomials of one split. All arguments are addresses, counts, and distances in bytes; the
/// generated methods say what each one does.
/// </summary>
internal sealed unsafe class KernelTable
{
    /// <summary>(coefficients, spectrum, twiddles).</summary>
    internal required delegate* <nint, nint, nint, void> TopForward { get; init; }

    /// <summary>(spectrum, coefficients, twiddles).</summary>
    internal required delegate* <nint, nint, nint, void> TopInverse { get; init; }

    /// <summary>(table, source, own, digits, begin, end, gadget, twiddles), for gadgets of one level.</summary>
    internal required delegate* <nint, nint, nint, nint, nint, nint, nint, nint, void> TopForwardDigit { get; init; }

    /// <summary>The same for gadgets of more levels.</summary>
    internal required delegate* <nint, nint, nint, nint, nint, nint, nint, nint, void> TopForwardDigits { get; init; }

    /// <summary>(own, digits, gadget, twiddles), for gadgets of one level.</summary>
    internal required delegate* <nint, nint, nint, nint, void> TopForwardOwnDigit { get; init; }

    /// <summary>The same for gadgets of more levels.</summary>
    internal required delegate* <nint, nint, nint, nint, void> TopForwardOwnDigits { get; init; }

    /// <summary>(sums, accumulator polynomial, twiddles).</summary>
    internal required delegate* <nint, nint, nint, void> TopInverseTorus { get; init; }
}
