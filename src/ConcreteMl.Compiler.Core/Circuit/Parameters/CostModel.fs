namespace ConcreteMl.Compiler.Core.Circuit

open System

/// Elementary operations of the operators on ciphertexts, as the published tables count them; a table's cost is in Mi-op (2^20).
[<RequireQualifiedAccess>]
module CostModel =

    let private transform (n: int) =
        let size = float n
        size * Math.Log2 size + size

    /// Transforms of one external product of rank k, polynomial size N.
    let transforms (k: int) (n: int) (levels: int) =
        let rows = float (k + 1)
        rows * float levels * transform n + rows * transform n

    /// Multiply-adds of one external product.
    let multiplyAdds (k: int) (n: int) (levels: int) =
        let rows = float (k + 1)
        rows * rows * float levels * float n

    /// Coefficients of the digit polynomials of one external product.
    let digitCoefficients (k: int) (n: int) (levels: int) = float (k + 1) * float levels * float n

    /// One external product.
    let externalProduct k n levels =
        transforms k n levels + multiplyAdds k n levels

    /// A key switch between LWE dimensions.
    let keySwitch (from: int) (into: int) (levels: int) =
        let digits = float from * float levels
        let words = float (into + 1)
        digits + digits * words + (digits - 1.0) * words + 1.0

    /// External products per mask word of an extended bootstrap with 2^ν polynomials whose words come in the order of their
    /// 2-adic valuation: a word of valuation t < ν needs 2^(ν−t) polynomials, the rest need one.
    let productsPerWord (extension: int) =
        let ratio = Math.Pow(2.0, float extension)

        Seq.init extension (fun t -> Math.Pow(0.5, float (t + 1)) * ratio * Math.Pow(0.5, float t))
        |> Seq.sum
        |> (+) (1.0 / ratio)

    /// Multiplications of the dot product that the tables assume ahead of each lookup.
    let levelled (terms: float) (dimension: int) = terms * float dimension
