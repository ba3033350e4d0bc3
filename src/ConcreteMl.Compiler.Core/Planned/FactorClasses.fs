namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Which elements of factors share a step: those that meet in sums, directly or through others. In a product of matrices these are the
/// elements of one place along the axis that is summed, in a product element by element single ones.
[<RequireQualifiedAccess>]
module internal FactorClasses =

    /// The root of an operand, and the root's element that each of its elements is; −1 for none.
    let rec places (plan: Plan) index : int * int[] =
        let node = plan.Nodes[index]

        match node.Op with
        | Some(PlanOp.Move move) ->
            let below = node.Operands[0]
            let root, own = places plan below

            root,
            Moves.indices move plan.Nodes[below].Shape node.Shape
            |> Array.map (fun source -> if source < 0 then -1 else own[source])
        | Some(PlanOp.Affine _) -> places plan node.Operands[0]
        | _ -> index, [| 0 .. Shape.count node.Shape - 1 |]

    /// The root's element in each element of a sum.
    let private spread (plan: Plan) (shape: int[]) operand : int * int[] =
        let root, own = places plan operand

        root,
        Moves.broadcast plan.Nodes[operand].Shape shape
        |> Array.map (fun element -> own[element])

    /// The class of every element of the roots of a sum's two operands; −1 for elements that do not reach it.
    let ofSum (plan: Plan) sum : Map<int, int[]> =
        let node = plan.Nodes[sum]
        let count root = Shape.count plan.Nodes[root].Shape
        let first, left = spread plan node.Shape node.Operands[0]
        let second, right = spread plan node.Shape node.Operands[1]

        let met =
            Array.zip left right
            |> Array.filter (fun (left, right) -> left >= 0 && right >= 0)

        // A value that meets itself has one class on both sides.
        let selves =
            if first = second then
                met |> Array.map (fun (_, right) -> right, right)
            else
                [||]

        let merged = Merge.ofRelations (count first) [ Array.append met selves ]
        let labels = Array.create (count first) -1

        let others =
            if first = second then
                labels
            else
                Array.create (count second) -1

        for left, right in met do
            labels[left] <- merged[left]
            others[right] <- merged[left]

        Map [ first, labels; second, others ]
