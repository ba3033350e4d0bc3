/// Linear layers and movements of random models.
module ConcreteMl.Compiler.Core.Tests.RandomModels.Layers

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Onnx.Proto

/// Weights of a layer; some layers are pruned, so that whole channels may be 0.
let private weights (net: ModelBuilder) (shape: int[]) fanIn =
    let pruned = if net.Once 12 then 0.8 else 0.0

    let draw () =
        if net.Random.NextDouble() < pruned then
            0.0
        else
            net.Normal(1.0 / sqrt (float fanIn))

    net.Constant(shape, draw)

let private bias (net: ModelBuilder) size =
    net.Constant([| size |], (fun () -> net.Normal 0.3))

let private gemm (net: ModelBuilder) (x: Value) size =
    let inner = x.Shape[1]
    let transposed = net.Once 2
    let shape = if transposed then [| size; inner |] else [| inner; size |]

    let attributes =
        [
            Build.int "transB" (if transposed then 1L else 0L)
            if net.Once 3 then
                Build.float "alpha" (float32 (net.Between(0.5, 1.5)))
            if net.Once 3 then
                Build.float "beta" (float32 (net.Between(0.5, 1.5)))
        ]

    let operands =
        [ x; weights net shape inner ]
        @ [
            if not (net.Once 3) then
                bias net size
        ]

    net.Node("Gemm", operands, [| 1; size |], attributes)

/// A product with a constant matrix along the last axis.
let private matMul (net: ModelBuilder) (x: Value) size =
    let inner = Array.last x.Shape
    let shape = Array.append x.Shape[.. x.Shape.Length - 2] [| size |]

    let product =
        net.Node("MatMul", [ x; weights net [| inner; size |] inner ], shape, [])

    if net.Once 2 then
        net.Node("Add", [ product; bias net size ])
    else
        product

type private Window =
    {
        Kernel: int
        Stride: int
        Dilation: int
        Before: int
        After: int
        AutoPad: string
    }

let private drawWindow (net: ModelBuilder) size mostDilation =
    let kernel = net.Random.Next(1, min 4 (size + 1))

    let dilation =
        if (kernel - 1) * 2 < size then
            net.Random.Next(1, mostDilation + 1)
        else
            1

    {
        Kernel = kernel
        Stride = net.Random.Next(1, 3)
        Dilation = dilation
        Before = net.Random.Next kernel
        After = net.Random.Next kernel
        AutoPad = ""
    }

let private extent size (window: Window) =
    let reach = window.Dilation * (window.Kernel - 1) + 1

    match window.AutoPad with
    | "SAME_UPPER"
    | "SAME_LOWER" -> (size + window.Stride - 1) / window.Stride
    | "VALID" -> (size - reach) / window.Stride + 1
    | _ -> (size + window.Before + window.After - reach) / window.Stride + 1

let private windowAttributes dilates (windows: Window[]) : AttributeProto list =
    let each choose =
        windows |> Array.map (choose >> int64) |> List.ofArray

    [
        Build.ints "kernel_shape" (each _.Kernel)
        Build.ints "strides" (each _.Stride)
        if dilates then
            Build.ints "dilations" (each _.Dilation)
        if windows[0].AutoPad = "" then
            Build.ints "pads" (each _.Before @ each _.After)
        else
            Build.text "auto_pad" windows[0].AutoPad
    ]

let private windowsOf (net: ModelBuilder) (x: Value) mostDilation =
    let autoPad =
        if net.Once 2 then
            net.Choose [ "SAME_UPPER"; "SAME_LOWER"; "VALID" ]
        else
            ""

    x.Shape
    |> Array.skip 2
    |> Array.map (fun size ->
        { drawWindow net size mostDilation with
            AutoPad = autoPad
        })

let private convolve (net: ModelBuilder) (x: Value) channels (windows: Window[]) =
    let group =
        if net.Once 3 && x.Shape[1] > 1 && channels % x.Shape[1] = 0 then
            x.Shape[1]
        else
            1

    let inner = x.Shape[1] / group
    let kernel = windows |> Array.map _.Kernel

    let filter =
        weights net (Array.append [| channels; inner |] kernel) (inner * Shape.count kernel)

    let operands =
        [ x; filter ]
        @ [
            if net.Once 2 then
                bias net channels
        ]

    let shape =
        Array.append [| 1; channels |] (Array.map2 extent (Array.skip 2 x.Shape) windows)

    net.Node("Conv", operands, shape, Build.int "group" (int64 group) :: windowAttributes true windows)

let private normalize (net: ModelBuilder) (x: Value) =
    let each draw = net.Constant([| x.Shape[1] |], draw)

    let parameters =
        [
            each (fun () -> net.Between(0.5, 1.5))
            each (fun () -> net.Normal 0.3)
            each (fun () -> net.Normal 0.3)
            each (fun () -> net.Between(0.5, 1.5))
        ]

    net.Node("BatchNormalization", x :: parameters, x.Shape, [])

/// A layer with weights, of any size.
let weighted (net: ModelBuilder) (x: Value) : Value =
    let result =
        match x.Shape.Length with
        | 2 when net.Once 2 -> gemm net x (net.Random.Next(2, 6))
        | 3
        | 4 when net.Random.Next 4 > 0 -> convolve net x (net.Choose [ 1; 2; x.Shape[1]; 2 * x.Shape[1] ] |> min 4) (windowsOf net x 2)
        | _ -> matMul net x (net.Random.Next(1, 5))

    if net.Once 4 then normalize net result else result

/// A layer with weights that keeps the shape.
let private keeping (net: ModelBuilder) (x: Value) =
    if x.Shape.Length > 2 && net.Once 2 then
        let window =
            {
                Kernel = 3
                Stride = 1
                Dilation = 1
                Before = 1
                After = 1
                AutoPad = ""
            }

        convolve net x x.Shape[1] (Array.create (x.Shape.Length - 2) window)
    else
        matMul net x (Array.last x.Shape)

/// Another value of the same shape: an earlier one, or a layer away.
let private partner (net: ModelBuilder) (x: Value) =
    let same =
        net.Values
        |> Seq.filter (fun value -> value.Shape = x.Shape && value.Name <> x.Name)
        |> List.ofSeq

    if same.IsEmpty || net.Once 2 then
        keeping net x
    else
        net.Choose same

/// Two branches that meet in a sum or side by side.
let meeting (net: ModelBuilder) (x: Value) : Value =
    let other = partner net x

    match net.Random.Next 5 with
    | 0 -> net.Node("Sub", [ x; other ])
    | 1 when x.Shape.Length > 1 && Shape.count x.Shape <= 40 ->
        let axis = net.Random.Next(1, x.Shape.Length)

        let shape =
            x.Shape |> Array.mapi (fun at size -> if at = axis then 2 * size else size)

        net.Node("Concat", [ x; other ], shape, [ Build.int "axis" (int64 axis) ])
    | 2 -> net.Node("Add", [ net.Node("Relu", [ x ]); other ])
    | _ -> net.Node("Add", [ x; other ])

/// Two branches of which the larger, the smaller or the product is taken.
let mixing (net: ModelBuilder) (x: Value) : Value =
    net.Node(net.Choose [ "Max"; "Min"; "Mul" ], [ x; partner net x ])

/// Sums and averages over axes and windows.
let summing (net: ModelBuilder) (x: Value) : Value =
    let rank = x.Shape.Length

    if rank > 2 && net.Once 2 then
        let windows = windowsOf net x 1

        let shape =
            Array.append x.Shape[..1] (Array.map2 extent (Array.skip 2 x.Shape) windows)

        let includePads = Build.int "count_include_pad" (if net.Once 2 then 1L else 0L)
        net.Node("AveragePool", [ x ], shape, includePads :: windowAttributes false windows)
    else
        let axis = net.Random.Next(1, rank)
        let keeps = rank = 2 || net.Once 2

        let shape =
            if keeps then
                x.Shape |> Array.mapi (fun at size -> if at = axis then 1 else size)
            else
                Array.removeAt axis x.Shape

        net.Node("ReduceSum", [ x; net.Integers [ axis ] ], shape, [ Build.int "keepdims" (if keeps then 1L else 0L) ])

/// A change of shape or place.
let movement (net: ModelBuilder) (x: Value) : Value =
    let rank = x.Shape.Length
    let size = Shape.count x.Shape

    match net.Random.Next 7 with
    | 0 -> net.Node("Flatten", [ x ], [| 1; size |], [])
    | 1 ->
        let rest = [| 1 .. rank - 1 |]
        net.Random.Shuffle rest
        let order = Array.append [| 0 |] rest

        net.Node(
            "Transpose",
            [ x ],
            order |> Array.map (fun axis -> x.Shape[axis]),
            [ Build.ints "perm" (order |> Array.map int64 |> List.ofArray) ]
        )
    | 2 when rank < 4 ->
        let axis = net.Random.Next(1, rank + 1)
        net.Node("Unsqueeze", [ x; net.Integers [ axis ] ], Array.insertAt axis 1 x.Shape, [])
    | 3 when rank > 2 && Array.contains 1 x.Shape[1..] ->
        let axis = 1 + Array.findIndex ((=) 1) x.Shape[1..]
        net.Node("Squeeze", [ x; net.Integers [ axis ] ], Array.removeAt axis x.Shape, [])
    | 4 ->
        let axis = net.Random.Next(1, rank)
        let first = net.Random.Next x.Shape[axis]

        let shape =
            x.Shape |> Array.mapi (fun at size -> if at = axis then size - first else size)

        net.Node("Slice", [ x; net.Integers [ first ]; net.Integers [ 1000 ]; net.Integers [ axis ] ], shape, [])
    | 5 ->
        let axis = net.Random.Next(1, rank)

        let picks =
            List.init (net.Random.Next(1, 4)) (fun _ -> net.Random.Next x.Shape[axis])

        let shape =
            x.Shape |> Array.mapi (fun at size -> if at = axis then picks.Length else size)

        net.Node("Gather", [ x; net.Integers picks ], shape, [ Build.int "axis" (int64 axis) ])
    | _ ->
        let shape = Array.append [| 1 |] (Array.rev x.Shape[1..])
        net.Node("Reshape", [ x; net.Integers(Array.append [| -1 |] shape[1..]) ], shape, [])
