namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Elements at positions that are known at run time alone: of all cells of the axis those stay that the position names, and are added up.
[<RequireQualifiedAccess>]
module internal IndexedChoices =

    /// Where each of `size` cells is the one that an index names: a new last axis.
    let private marks (node: NodeScope) size indices =
        Formula.binary
            Binary.Equal
            node
            (Formula.unsqueeze node [ node.Rank indices ] (Formula.wrapped node size indices))
            (Formula.constant node indices [| size |] (Array.init size float))

    let private kept (node: NodeScope) marked cells =
        if (node.Type cells).Element = Element.Bool then
            node.Refuse(
                "CML1104",
                "indices depend on the model's inputs and name truth values",
                "constant indices, or elements that are numbers",
                "Cast the elements to numbers before they are picked."
            )

        Formula.choose node marked cells (node.Scalar(cells, 0.0))
        |> Formula.sum node false [ node.Rank marked - 1 ]

    /// Gather along an axis: [before, axis, behind] becomes [before, indices, behind].
    let along (node: NodeScope) (axis: int) (x: ValueId) (indices: ValueId) : ValueId =
        let shape, own = node.Shape x, node.Shape indices
        let before, behind = Array.take axis shape, Array.skip (axis + 1) shape
        let ones length = Array.create length 1

        let marked =
            marks node shape[axis] indices
            |> Formula.reshape node (Array.concat [ ones before.Length; own; ones behind.Length; [| shape[axis] |] ])

        Formula.toLast node axis x
        |> Formula.reshape node (Array.concat [ before; ones own.Length; behind; [| shape[axis] |] ])
        |> kept node marked

    /// GatherElements: a position along the axis for each element of the result.
    let elements (node: NodeScope) (axis: int) (x: ValueId) (indices: ValueId) : ValueId =
        let own = node.Shape indices

        let shape = node.Shape x

        let cells =
            [ 0 .. own.Length - 1 ]
            |> List.filter (fun at -> at <> axis && own[at] <> shape[at])
            |> List.fold (fun x at -> Formula.slice node at 0 own[at] x) x

        kept node (marks node shape[axis] indices) (Formula.toLast node axis cells |> Formula.unsqueeze node [ axis ])

    /// GatherND without shared axes: tuples of positions in the first axes, which count as one.
    let tuples (node: NodeScope) (x: ValueId) (indices: ValueId) : ValueId =
        let shape, own = node.Shape x, node.Shape indices
        let depth = own[own.Length - 1]
        let strides = Shape.strides shape[.. depth - 1]

        let place =
            List.init depth (fun at ->
                let index = Formula.slice node (own.Length - 1) at (at + 1) indices
                Formula.times node (Formula.wrapped node shape[at] index) (float strides[at]))
            |> List.reduce (Formula.add node)
            |> Formula.squeeze node [ own.Length - 1 ]

        let flat =
            Formula.reshape node (Array.append [| Shape.count shape[.. depth - 1] |] shape[depth..]) x

        along node 0 flat place
