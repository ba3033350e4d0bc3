namespace ConcreteMl.Compiler.Core.Circuit

open System.Numerics

/// How a lookup's operand gets from the big key to a small one.
[<RequireQualifiedAccess>]
type KeySwitchKind =
    /// By inner products with rows of an LWE key.
    | Lwe
    /// On polynomials, in the Fourier domain: the small key's ring form with known zeros is assumed to be as hard as LWE at its dimension.
    | Fourier

/// Kinds of key switches by name, and the rings that they take.
[<RequireQualifiedAccess>]
module KeySwitchKind =

    /// What is chosen unless a kind is asked for.
    let standard = KeySwitchKind.Fourier

    /// The least size of polynomials that the run time's transforms have.
    [<Literal>]
    let private LeastRing = 256

    /// M: the size of the polynomials that hold a small key of dimension n, 0 where there are none. The least power of two from n on: a larger
    /// ring takes as long for as many words, and longer where n fits this one.
    let ring kind (small: int) =
        match kind with
        | KeySwitchKind.Lwe -> 0
        | KeySwitchKind.Fourier -> max LeastRing (int (BitOperations.RoundUpToPowerOf2(uint small)))

    /// Polynomials that the big key's words fill.
    let polynomials (dimension: int) ring = (dimension + ring - 1) / ring
