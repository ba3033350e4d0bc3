namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Rotary positions: pairs of elements turned by the angle of their position.
[<RequireQualifiedAccess>]
module internal Rotation =

    /// `x` is batch x length x heads x size; of each head the first `width` elements are turned, in pairs that lie side by side
    /// (`interleaved`) or half of the width apart. `cos` and `sin` are 1 or batch x length x 1 x width / 2.
    let turned (node: NodeScope) interleaved width (cos, sin) x : ValueId =
        let size, half = Formula.size node 3 x, width / 2

        let part first =
            if interleaved then
                Formula.pick node 3 [ for at in 0 .. half - 1 -> 2 * at + first ] x
            else
                Formula.slice node 3 (first * half) ((first + 1) * half) x

        let a, b = part 0, part 1
        let real = Formula.sub node (Formula.mul node cos a) (Formula.mul node sin b)
        let imaginary = Formula.add node (Formula.mul node sin a) (Formula.mul node cos b)
        let joined = Formula.concat node 3 [ real; imaginary ]

        let rotated =
            if interleaved then
                Formula.pick node 3 [ for at in 0 .. width - 1 -> at / 2 + (at % 2) * half ] joined
            else
                joined

        if width = size then
            rotated
        else
            Formula.concat node 3 [ rotated; Formula.slice node 3 width size x ]

    /// The rows of both tables (position x width / 2) at positions (1 or batch x length), each with an axis for the heads.
    let angles (node: NodeScope) cos sin positions : ValueId * ValueId =
        let rows table =
            node.Add(Op.Gather 0, [ table; positions ]) |> Formula.unsqueeze node [ 2 ]

        rows cos, rows sin
