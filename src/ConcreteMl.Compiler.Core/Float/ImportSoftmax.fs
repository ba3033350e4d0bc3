namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Softmax and its logarithm, shifted by the largest element so that no exponential overflows.
[<RequireQualifiedAccess>]
module ImportSoftmax =

    let private slice (node: NodeScope) x axis first last =
        let at (position: int) = node.Integers [ position ]
        node.Add(Op.Slice, [ x; at first; at last; at axis ])

    /// The largest element along an axis of `size` elements, which stays with length 1: halves are compared, overlapping
    /// where the size is odd.
    let rec private largest (node: NodeScope) x axis size =
        if size <= 1 then
            x
        else
            let half = (size + 1) / 2
            let low, high = slice node x axis 0 half, slice node x axis (size - half) size
            largest node (node.Add(Op.Binary Binary.Max, [ low; high ])) axis half

    /// x less its largest element, and the sum of the exponentials of that.
    let private shifted (node: NodeScope) x axis =
        let dims = node.Dims x
        let top = largest node x axis (node.Size dims[axis])
        let difference = node.Add(Op.Binary Binary.Sub, [ x; top ])
        let exponential = node.Add(Op.Unary Unary.Exp, [ difference ])

        let sum =
            node.Add(Op.ReduceSum(true, false), [ exponential; node.Integers [ axis ] ])

        difference, exponential, sum

    /// Before opset 13 the axes from `axis` on counted as one: the operand was read as a matrix.
    let private overAxis (node: NodeScope) (compute: ValueId -> int -> ValueId) =
        let x = node.Input 0
        let rank = node.Rank x

        if node.Opset >= 13 then
            compute x (node.Axis(rank, node.Int("axis", -1)))
        else
            let axis = node.Axis(rank, node.Int("axis", 1))

            if axis = rank - 1 then
                compute x axis
            else
                let matrix = node.Add(Op.Flatten axis, [ x ])
                let shape = node.Add(Op.Shape(0, None), [ x ])
                node.Add(Op.Reshape true, [ compute matrix 1; shape ])

    /// exp(x − max) / Σ exp(x − max) along an axis.
    let along (node: NodeScope) axis x : ValueId =
        let _, exponential, sum = shifted node x axis
        node.Add(Op.Binary Binary.Div, [ exponential; sum ])

    /// x − max − log Σ exp(x − max) along an axis.
    let logarithm (node: NodeScope) axis x : ValueId =
        let difference, _, sum = shifted node x axis
        node.Add(Op.Binary Binary.Sub, [ difference; node.Add(Op.Unary Unary.Log, [ sum ]) ])

    let private softmax (node: NodeScope) =
        [| overAxis node (fun x axis -> along node axis x) |]

    let private logSoftmax (node: NodeScope) =
        [| overAxis node (fun x axis -> logarithm node axis x) |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "LogSoftmax", logSoftmax; "Softmax", softmax ]
