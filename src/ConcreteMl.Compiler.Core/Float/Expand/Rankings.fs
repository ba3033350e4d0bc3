namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that rank elements along an axis.
[<RequireQualifiedAccess>]
module Rankings =

    /// The places 0 to count − 1 along the last axis of a value of rank 1.
    let private places (node: NodeScope) count =
        node.Constant(Tensor.ofInt64 [| count |] (Array.init count int64))

    /// The rank of each element along the last axis: how many come before it, equals in their order. Each pair is compared once: what
    /// it says counts for its second element, and the opposite for its first.
    let private ranks (node: NodeScope) largest count x =
        let shape = node.Shape x
        let last = shape.Length - 1
        let pick positions = Formula.pick node last positions

        let pairs =
            Array.allPairs [| 0 .. count - 1 |] [| 0 .. count - 1 |]
            |> Array.filter (fun (first, second) -> first < second)

        let comes =
            if largest then
                Binary.GreaterOrEqual
            else
                Binary.LessOrEqual

        let isFirst =
            Formula.binary comes node (pick (Array.map fst pairs) x) (pick (Array.map snd pairs) x)
            |> Formula.cast Element.Int64 node

        let place (first, second) =
            first * (2 * count - first - 1) / 2 + second - first - 1

        // By element, how many of these pairs their first elements win: rows of one length, of which a mask hides the rest.
        let wins (pairsOf: int -> (int * int)[]) =
            let rows = Array.init count (pairsOf >> Array.map place)

            let filled (rest: 'Cell) (own: int -> 'Cell) =
                rows
                |> Array.collect (fun row -> Array.append (Array.map own row) (Array.create (count - 1 - row.Length) rest))

            let said =
                pick (filled 0 id) isFirst
                |> Formula.reshape node (Array.concat [ shape[.. last - 1]; [| count; count - 1 |] ])

            let isOwn =
                node.Constant(Tensor.ofBool [| count; count - 1 |] (filled false (fun _ -> true)))

            Formula.choose node isOwn said (node.Scalar(said, 0.0))
            |> Formula.sum node false [ last + 1 ]

        let behindOthers =
            wins (fun second -> Array.init second (fun first -> first, second))

        let beforeOthers =
            wins (fun first -> Array.init (count - 1 - first) (fun at -> first, first + 1 + at))

        let asFirst = Array.init count (fun element -> float (count - 1 - element))

        Formula.sub node behindOthers beforeOthers
        |> fun balance -> Formula.add node balance (Formula.constant node balance [| count |] asFirst)

    /// The k first elements and their indices. Each place takes the sum of what has its rank, so that it works on values that
    /// nobody sees; k = 1 is a maximum.
    let private topK (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x
        let axis = node.Axis(shape.Length, node.Int("axis", -1))
        let count = shape[axis]
        let largest = node.Flag("largest", true)

        let k =
            if node.Opset < 10 then
                node.Int("k", 1)
            else
                (Elements.integers (node.ConstantValue(1, "k")))[0]

        if k < 0 || k > count then
            node.RefuseAttribute($"k = {k} of {count}", "a number from 0 to the length of the axis")

        let turned = Formula.toLast node axis x

        // Row r holds what has the rank r: comparisons with 0 to k − 1.
        let isThere =
            (if count > 1 then
                 ranks node largest count turned
             else
                 let lines = node.Shape turned
                 node.Constant(Tensor.ofInt64 lines (Array.zeroCreate (Shape.count lines))))
            |> Formula.unsqueeze node [ shape.Length - 1 ]
            |> fun own -> Formula.binary Binary.Equal node own (places node k |> Formula.unsqueeze node [ 1 ])

        let taken (values: ValueId) =
            Formula.cast (node.Type values).Element node isThere
            |> Formula.mul node (Formula.unsqueeze node [ node.Rank values - 1 ] values)
            |> Formula.sum node false [ shape.Length ]
            |> Formula.fromLast node axis

        [| taken turned; taken (places node count) |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "TopK", topK ]
