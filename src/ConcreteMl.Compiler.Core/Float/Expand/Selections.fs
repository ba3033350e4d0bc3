namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that count, rank or accumulate along an axis.
[<RequireQualifiedAccess>]
module Selections =

    /// The numbers 0 to count − 1 along the last axis of a value of rank 1.
    let private counting (node: NodeScope) count =
        node.Constant(Tensor.ofInt64 [| count |] (Array.init count int64))

    /// One more axis, with `yes` where it stands at the index and `no` elsewhere.
    let private marked (node: NodeScope) axis depth (indices: ValueId) yes no =
        let rank = node.Rank indices
        let axis = if axis < 0 then axis + rank + 1 else axis

        // The new axis, with one axis of length 1 for each that follows it.
        let cells =
            if axis = rank then
                counting node depth
            else
                counting node depth |> Formula.unsqueeze node [ 1 .. rank - axis ]

        let here =
            Formula.binary Binary.Equal node (Formula.unsqueeze node [ axis ] indices) cells

        Formula.choose node here yes no

    /// Indices count from the end where they are negative; what lies beyond the depth marks nothing.
    let private oneHot (node: NodeScope) =
        let depth = (Elements.integers (node.ConstantValue(1, "depth")))[0]
        let values = node.Input 2
        let indices = node.Input 0 |> Formula.cast Element.Int64 node

        let wrapped = Formula.wrapped node depth indices

        let value at =
            Formula.slice node 0 at (at + 1) values |> Formula.reshape node []

        [| marked node (node.Int("axis", -1)) depth wrapped (value 1) (value 0) |]

    let private hardmax (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x
        let one, zero = node.Scalar(x, 1.0), node.Scalar(x, 0.0)

        if node.Opset >= 13 then
            let axis = node.Axis(rank, node.Int("axis", -1))
            let best = node.Add(Op.ArgMax(axis, false, false), [ x ])
            [| marked node axis (Formula.size node axis x) best one zero |]
        else
            let shape = node.Shape x
            let axis = node.Axis(rank, node.Int("axis", 1))
            let width = Shape.count shape[axis..]
            let rows = Formula.reshape node [ -1; width ] x
            let best = node.Add(Op.ArgMax(1, false, false), [ rows ])
            [| marked node 1 width best one zero |> Formula.reshape node shape |]

    /// Sums of all cells up to each one: a product with a triangle, or a chain of sums for integers.
    let private cumulative (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x

        let axis =
            node.Axis(shape.Length, (Elements.integers (node.ConstantValue(1, "axis")))[0])

        let size = shape[axis]
        let exclusive, reverse = node.Flag("exclusive", false), node.Flag("reverse", false)

        let counts row column =
            let near = if exclusive then column < row else column <= row
            let far = if exclusive then column > row else column >= row
            if reverse then far else near

        if Element.isFloat (node.Type x).Element then
            let triangle =
                Array2D.init size size (fun row column -> if counts row column then 1.0 else 0.0)

            [| Formula.mixAxis node axis triangle x |]
        else
            let cell at = Formula.slice node axis at (at + 1) x

            let sumOf row =
                match [ 0 .. size - 1 ] |> List.filter (counts row) with
                | [] -> Formula.mul node (cell row) (node.Scalar(x, 0.0))
                | cells -> cells |> List.map cell |> List.reduce (Formula.add node)

            [| List.init size sumOf |> Formula.concat node axis |]

    /// Products of all cells up to each one.
    let private cumulativeProduct (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x
        let axis = node.Axis(rank, (Elements.integers (node.ConstantValue(1, "axis")))[0])
        let size = Formula.size node axis x
        let exclusive = node.Flag("exclusive", false)

        let order =
            [ 0 .. size - 1 ] |> (if node.Flag("reverse", false) then List.rev else id)

        let cell at = Formula.slice node axis at (at + 1) x

        let one =
            node.Add(
                Op.Expand,
                [
                    node.Scalar(x, 1.0)
                    node.Integers(node.Shape x |> Array.mapi (fun at size -> if at = axis then 1 else size))
                ]
            )

        // Before each cell what came so far, and after it that times the cell.
        let products =
            order |> List.scan (fun product at -> Formula.mul node product (cell at)) one

        let shown =
            if exclusive then
                List.take size products
            else
                List.tail products

        [|
            List.zip order shown
            |> List.sortBy fst
            |> List.map snd
            |> Formula.concat node axis
        |]

    /// Axes were an attribute before opset 18.
    let private overAxes (node: NodeScope) (compute: int[] -> ValueId -> ValueId) =
        let x = node.Input 0
        let rank = node.Rank x
        let keepDims = node.Flag("keepdims", true)

        match node.IntsOrInput(18, "axes", 1) with
        | (None | Some [||]) when node.Flag("noop_with_empty_axes", false) -> [| x |]
        | axes ->
            let axes =
                match axes with
                | None
                | Some [||] -> [| 0 .. rank - 1 |]
                | Some axes -> axes |> Array.map (fun axis -> node.Axis(rank, axis))

            let whole = compute axes x

            if keepDims then
                [| whole |]
            else
                [| Formula.squeeze node axes whole |]

    /// All cells of some axes joined to one; of no cells, the number that changes nothing.
    let private joined join (neutral: float) (node: NodeScope) (axes: int[]) x =
        let shape = node.Shape x

        if Array.contains 0 shape then
            let result =
                shape |> Array.mapi (fun at size -> if Array.contains at axes then 1 else size)

            Formula.constant node x result (Array.create (Shape.count result) neutral)
        else
            Array.fold (fun value axis -> Formula.halves node (join node) axis value) x axes

    let private reduceProd (node: NodeScope) =
        overAxes node (joined Formula.mul 1.0 node)

    /// The largest plus the logarithm of the sum of exponentials of what lies below it.
    let private reduceLogSumExp (node: NodeScope) =
        overAxes node (fun axes x ->
            let element = (node.Type x).Element

            let x =
                if Element.isFloat element then
                    x
                else
                    Formula.cast Element.Float64 node x

            let top = joined (Formula.binary Binary.Max) -infinity node axes x

            let result =
                if Array.contains 0 (node.Shape x) then
                    top
                else
                    Formula.sub node x top
                    |> Formula.unary Unary.Exp node
                    |> Formula.sum node true axes
                    |> Formula.unary Unary.Log node
                    |> Formula.add node top

            // of integers it is that of reals, whose fraction is dropped
            if Element.isFloat element then
                result
            else
                Formula.cast element node result)

    /// Of integers, booleans and nothing; floats have pools.
    let private extreme (operation: Binary) (logic: Binary) (neutral: float) (plain: Importer) : Importer =
        fun node ->
            let x = node.Input 0
            let isEmpty = ValueType.tryShape (node.Type x) |> Option.exists (Array.contains 0)

            match (node.Type x).Element with
            | Element.Bool -> overAxes node (joined (Formula.binary logic) (if neutral < 0.0 then 0.0 else 1.0) node)
            | element when not (Element.isFloat element) || isEmpty -> overAxes node (joined (Formula.binary operation) neutral node)
            | _ -> plain node

    let private scalar (node: NodeScope) index role = node.ConstantValue(index, role)

    /// Constants from a first number in steps.
    let private range (node: NodeScope) =
        let start, limit, delta =
            scalar node 0 "start", scalar node 1 "limit", scalar node 2 "delta"

        if Element.isFloat start.Element then
            let first, last, step =
                (Tensor.toFloat64s start)[0], (Tensor.toFloat64s limit)[0], (Tensor.toFloat64s delta)[0]

            let count = max 0 (int (ceil ((last - first) / step)))

            [|
                node.Constant(Elements.ofFloat64s start.Element [| count |] (Array.init count (fun at -> first + float at * step)))
            |]
        else
            let first, last, step =
                (Tensor.toInt64s start)[0], (Tensor.toInt64s limit)[0], (Tensor.toInt64s delta)[0]

            if step = 0L then
                node.RefuseAttribute("steps of 0", "steps that are not 0")

            let count = max 0L ((last - first + step - int64 (sign step)) / step) |> int

            [|
                node.Constant(Elements.ofInt64s start.Element [| count |] (Array.init count (fun at -> first + int64 at * step)))
            |]

    /// Ones on a diagonal, in the shape of the operand.
    let private eyeLike (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Shape x

        let element = node.Element("dtype", (node.Type x).Element)

        let k = node.Int("k", 0)

        let values =
            Array.init (Shape.count shape) (fun at -> if at % shape[1] - at / shape[1] = k then 1.0 else 0.0)

        [| node.Constant(Elements.ofFloat64s element shape values) |]

    /// Values at the places that indices name, of a result of zeros: the sum over all cells of value times "it is here".
    let private maxUnpool (node: NodeScope) =
        let x, indices = node.Input 0, node.Input 1
        let shape = node.Shape x
        let kernel = node.TryInts "kernel_shape" |> Option.defaultValue [||]
        let window = ImportPool.window node kernel
        let rank = kernel.Length

        let spatial =
            match node.TryConstantValue(2, "output_shape") with
            | Some shape -> (Elements.integers shape)[2..]
            | None ->
                Array.init rank (fun axis ->
                    (shape[axis + 2] - 1) * window.Strides[axis] + kernel[axis]
                    - window.Pads[axis]
                    - window.Pads[rank + axis])

        let planes = shape[0] * shape[1]
        let cells = Shape.count shape[2..]

        // Indices count through the whole tensor, of the shape that the pads and strides alone give.
        let inferred =
            Array.init rank (fun axis ->
                (shape[axis + 2] - 1) * window.Strides[axis] + kernel[axis]
                - window.Pads[axis]
                - window.Pads[rank + axis])

        let size = Shape.count inferred
        let rows = Formula.reshape node [ planes; 1; cells ] x
        let own = Formula.reshape node [ planes; 1; cells ] indices

        let places =
            node.Constant(Tensor.ofInt64 [| planes; size; 1 |] (Array.init (planes * size) int64))

        let here = Formula.binary Binary.Equal node own places

        let whole =
            Formula.choose node here rows (node.Scalar(x, 0.0))
            |> Formula.sum node false [ 2 ]
            |> Formula.reshape node (Array.append shape[..1] inferred)

        let after = Array.append [| 0; 0 |] (Array.map2 (-) spatial inferred)
        [| Formula.padOrCut node (Array.zeroCreate after.Length) after 0.0 whole |]

    /// The operators of this family by name (domain ai.onnx); some extend an importer of the vocabulary itself.
    let all (plain: Map<string, Importer>) : (string * Importer) list =
        [
            "CumProd", cumulativeProduct
            "CumSum", cumulative
            "EyeLike", eyeLike
            "Hardmax", hardmax
            "MaxUnpool", maxUnpool
            "OneHot", oneHot
            "Range", range
            "ReduceLogSumExp", reduceLogSumExp
            "ReduceMax", extreme Binary.Max Binary.Or -infinity plain["ReduceMax"]
            "ReduceMin", extreme Binary.Min Binary.And infinity plain["ReduceMin"]
            "ReduceProd", reduceProd
        ]
