namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Pools and reductions.
[<RequireQualifiedAccess>]
module ImportPool =

    /// The window that a node's attributes describe, ONNX's defaults filled in.
    let window (node: NodeScope) (kernel: int[]) : Window =
        let rank = kernel.Length

        let values attribute length fallback =
            match node.TryInts attribute with
            | None -> Array.create length fallback
            | Some given when given.Length = length -> given
            | Some given -> node.RefuseAttribute($"{attribute} has {given.Length} entries", $"{length} entries for a kernel of {rank} axes")

        let autoPad =
            match node.Text("auto_pad", "NOTSET") with
            | "SAME_UPPER" -> AutoPad.SameUpper
            | "SAME_LOWER" -> AutoPad.SameLower
            | "VALID" -> AutoPad.Valid
            | "NOTSET"
            | "" -> AutoPad.Explicit
            | other -> node.RefuseAttribute($"auto_pad = {other}", "NOTSET, SAME_UPPER, SAME_LOWER or VALID")

        let result =
            {
                Kernel = kernel
                Strides = values "strides" rank 1
                Dilations = values "dilations" rank 1
                Pads = values "pads" (2 * rank) 0
                AutoPad = autoPad
                CeilMode = node.Flag("ceil_mode", false)
            }

        let positive = Array.concat [ result.Kernel; result.Strides; result.Dilations ]

        if Array.exists (fun size -> size < 1) positive then
            node.RefuseAttribute("a kernel, stride or dilation below 1", "positive numbers")

        if Array.exists (fun pad -> pad < 0) result.Pads then
            node.RefuseAttribute("negative pads", "pads of 0 or more")

        result

    /// The window of a convolution: its kernel is that of its weights, which the attribute may repeat and not change.
    let weightWindow (node: NodeScope) (weights: ValueId) : Window =
        let kernel = Array.skip (min 2 (node.Rank weights)) (node.Shape weights)

        match node.TryInts "kernel_shape" with
        | Some given when given <> kernel ->
            node.RefuseAttribute(
                $"kernel_shape = %s{Shape.print given} for weights of %s{Shape.print (node.Shape weights)}",
                "the spatial shape of the weights, or no kernel_shape"
            )
        | _ -> window node kernel

    let private kernel (node: NodeScope) =
        match node.TryInts "kernel_shape" with
        | Some kernel -> kernel
        | None -> node.RefuseAttribute("no kernel_shape", "the attribute kernel_shape")

    let private averagePool (node: NodeScope) =
        let includePad = node.Flag("count_include_pad", false)

        [|
            node.Add(Op.AveragePool(window node (kernel node), includePad), [ node.Input 0 ])
        |]

    let private wantsIndices (node: NodeScope) =
        node.Node.Outputs.Length > 1 && node.Node.Outputs[1] <> ""

    let private maxPool (node: NodeScope) =
        let op = Op.MaxPool(window node (kernel node), node.Int("storage_order", 0))
        node.Add(op, [ node.Input 0 ], (if wantsIndices node then 2 else 1))

    let private everywhere (node: NodeScope) : Window =
        let spatial = node.Dims(node.Input 0) |> Array.skip 2 |> Array.map node.Size
        let ones = Array.map (fun _ -> 1) spatial

        {
            Kernel = spatial
            Strides = ones
            Dilations = ones
            Pads = Array.zeroCreate (2 * spatial.Length)
            AutoPad = AutoPad.Explicit
            CeilMode = false
        }

    let private globalPool (op: Window -> Op) : Importer =
        fun node ->
            if node.Rank(node.Input 0) < 3 then
                node.RefuseAttribute("an operand without spatial axes", "batch, channels and at least one spatial axis")

            [| node.Add(op (everywhere node), [ node.Input 0 ]) |]

    /// Axes were attributes before opset `since`.
    let private sumOver since (node: NodeScope) (x: ValueId) =
        let noop = node.Flag("noop_with_empty_axes", false)
        let op = Op.ReduceSum(node.Flag("keepdims", true), noop)

        match node.IntsOrInput(since, "axes", 1) with
        | Some axes -> node.Add(op, [ x; node.Integers axes ])
        | None -> node.Add(op, [ x ])

    let private reduceSum (node: NodeScope) =
        match (if node.Opset >= 13 then node.TryInput 1 else None) with
        | Some axes ->
            // Axes that depend on data are left to a later check: their value may still fold.
            let op =
                Op.ReduceSum(node.Flag("keepdims", true), node.Flag("noop_with_empty_axes", false))

            [| node.Add(op, [ node.Input 0; axes ]) |]
        | None -> [| sumOver 13 node (node.Input 0) |]

    let private reduced (before: NodeScope -> ValueId -> ValueId) (after: NodeScope -> ValueId -> ValueId) : Importer =
        fun node ->
            let x = node.Input 0
            let noop = node.Flag("noop_with_empty_axes", false)

            match node.IntsOrInput(18, "axes", 1) with
            | (None | Some [||]) when noop -> node.RefuseAttribute("noop_with_empty_axes without axes", "axes")
            | _ -> [| before node x |> sumOver 18 node |> after node |]

    let private unary operation (node: NodeScope) x = node.Add(Op.Unary operation, [ x ])

    let private square (node: NodeScope) x =
        node.Add(Op.Binary Binary.Mul, [ x; x ])

    let private same _ x = x

    let private reduceMean: Importer =
        fun node ->
            let x = node.Input 0
            let sum = sumOver 18 node x

            match node.IntsOrInput(18, "axes", 1) with
            | (None | Some [||]) when node.Flag("noop_with_empty_axes", false) -> [| x |]
            | _ ->
                let dims = node.Dims x

                let count =
                    node.IntsOrInput(18, "axes", 1)
                    |> Option.filter (fun axes -> axes.Length > 0)
                    |> Option.defaultValue [| 0 .. dims.Length - 1 |]
                    |> Array.fold (fun count axis -> count * node.Size dims[node.Axis(dims.Length, axis)]) 1

                [| node.Add(Op.Binary Binary.Div, [ sum; node.Scalar(sum, float count) ]) |]

    let private argMax (node: NodeScope) =
        let op =
            Op.ArgMax(node.Int("axis", 0), node.Flag("keepdims", true), node.Flag("select_last_index", false))

        [| node.Add(op, [ node.Input 0 ]) |]

    let private argMin (node: NodeScope) =
        let op =
            Op.ArgMax(node.Int("axis", 0), node.Flag("keepdims", true), node.Flag("select_last_index", false))

        // The smallest of integers is the largest of their complements −1 − x, which never overflow; unsigned ones are widened before.
        let x = node.Input 0

        let opposite =
            match (node.Type x).Element with
            | Element.UInt64 -> node.Refuse("CML1101", "ArgMin of uint64", "ArgMin of other numbers", "Cast the operand to int64 before.")
            | element when Element.isInteger element ->
                let wide = unary (Unary.Cast Element.Int64) node x
                node.Add(Op.Binary Binary.Sub, [ node.Scalar(wide, -1.0); wide ])
            | _ -> unary Unary.Neg node x

        [| node.Add(op, [ opposite ]) |]

    /// The largest element over some axes: they go last, become one, and are pooled.
    let largest (node: NodeScope) keepDims (axes: int[]) (x: ValueId) : ValueId =
        let shape = node.Shape x
        let reduced = axes |> Array.map (fun axis -> node.Axis(shape.Length, axis))
        let isReduced axis = Array.contains axis reduced
        let others, moved = Array.partition (isReduced >> not) [| 0 .. shape.Length - 1 |]

        let size (chosen: int[]) =
            chosen |> Array.map (fun axis -> shape[axis]) |> Shape.count

        if size moved = 0 || (node.Type x).Element = Element.Bool then
            node.RefuseAttribute("the largest of nothing, or of booleans", "at least one number")

        let order = Array.append others moved
        let turned = node.Add(Op.Transpose order, [ x ])

        let rows =
            node.Add(Op.Reshape false, [ turned; node.Integers [ 1; size others; size moved ] ])

        let window =
            {
                Kernel = [| size moved |]
                Strides = [| 1 |]
                Dilations = [| 1 |]
                Pads = [| 0; 0 |]
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        let result =
            [
                for axis in 0 .. shape.Length - 1 do
                    if not (isReduced axis) then
                        shape[axis]
                    elif keepDims then
                        1
            ]

        node.Add(Op.Reshape false, [ node.Add(Op.MaxPool(window, 0), [ rows ]); node.Integers result ])

    /// Axes were attributes before opset 18.
    let private reduceLargest (before: NodeScope -> ValueId -> ValueId) : Importer =
        fun node ->
            let x = node.Input 0
            let keepDims = node.Flag("keepdims", true)

            match node.IntsOrInput(18, "axes", 1) with
            | (None | Some [||]) when node.Flag("noop_with_empty_axes", false) -> [| x |]
            | None
            | Some [||] ->
                [|
                    before node x |> largest node keepDims [| 0 .. node.Rank x - 1 |] |> before node
                |]
            | Some axes -> [| before node x |> largest node keepDims axes |> before node |]

    /// The smallest is the opposite of the largest opposite; of unsigned integers there are no opposites.
    let private opposite (node: NodeScope) x =
        match (node.Type x).Element with
        | Element.Float16
        | Element.BFloat16
        | Element.Float32
        | Element.Float64 -> unary Unary.Neg node x
        | element -> node.RefuseAttribute($"the smallest of {element}", "floats")

    /// Roots and logarithms of integers are those of reals, whose fractions are dropped; the sums below those of 16 bits have 32.
    let private asReal (node: NodeScope) x =
        match (node.Type x).Element with
        | Element.Float16
        | Element.BFloat16 -> unary (Unary.Cast Element.Float32) node x
        | element when Element.isFloat element -> x
        | _ -> unary (Unary.Cast Element.Float64) node x

    let private asInput (node: NodeScope) x =
        let element = (node.Type(node.Input 0)).Element

        if (node.Type x).Element = element then
            x
        else
            unary (Unary.Cast element) node x

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [
            "ArgMax", argMax
            "ArgMin", argMin
            "AveragePool", averagePool
            "GlobalAveragePool", globalPool (fun window -> Op.AveragePool(window, false))
            "GlobalMaxPool", globalPool (fun window -> Op.MaxPool(window, 0))
            "MaxPool", maxPool
            "ReduceL1", reduced (unary Unary.Abs) same
            "ReduceL2", reduced (fun node x -> square node (asReal node x)) (fun node x -> asInput node (unary Unary.Sqrt node x))
            "ReduceLogSum", reduced asReal (fun node x -> asInput node (unary Unary.Log node x))
            "ReduceMax", reduceLargest same
            "ReduceMean", reduceMean
            "ReduceMin", reduceLargest opposite
            "ReduceSum", reduceSum
            "ReduceSumSquare", reduced square same
        ]
