/// Steps of random graphs that are layers of networks.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Layers

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes
open ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Functions

let private weights (draft: Draft) (x: Drawn) (shape: int list) = draft.Draw(x.Element, shape, Kind.Any)

let private flag (draft: Draft) name =
    Build.int name (int64 (draft.Random.Next 2))

let private ints name (values: int list) = Build.ints name (List.map int64 values)

/// Optional operands at the end: some of them, in order.
let private upTo (draft: Draft) (operands: Drawn list) =
    List.truncate (draft.Random.Next(0, operands.Length + 1)) operands

let private product (draft: Draft) =
    draft.TryPick(fun x -> isFloat x && x.Rank >= 1 && not (draft.IsOpen(Array.last x.Shape)))
    |> Option.bind (fun x ->
        let inner = Array.last x.Shape
        let outer = draft.Random.Next(1, 5)

        let fits (y: Drawn) =
            y.Element = x.Element && y.Rank >= 2 && y.Shape[y.Rank - 2] = inner

        match draft.Random.Next 6 with
        | 0
        | 1 -> plain draft "MatMul" [ x; weights draft x [ inner; outer ] ] []
        | 2 -> draft.TryPick fits |> Option.bind (fun y -> plain draft "MatMul" [ x; y ] [])
        | 3 when x.Rank >= 2 ->
            let turned =
                Array.append x.Shape[.. x.Rank - 3] [| x.Shape[x.Rank - 1]; x.Shape[x.Rank - 2] |]

            let perm = [ yield! [ 0 .. x.Rank - 3 ]; x.Rank - 1; x.Rank - 2 ]

            if turned.Length > 0 && draft.Once 2 then
                plain draft "Transpose" [ x ] [ ints "perm" perm ]
                |> Option.bind (fun y -> plain draft "MatMul" [ x; y.Head ] [])
            else
                draft.TryNode(
                    "com.microsoft",
                    "FusedMatMul",
                    [ Some x; Some x ],
                    [ Build.int "transB" 1L; Build.float "alpha" (number draft 0.25 1.0) ],
                    1
                )
        | 4 when x.Rank = 3 ->
            plain
                draft
                "Einsum"
                [ x; weights draft x [ inner; outer ] ]
                [
                    Build.text "equation" (draft.Choose [ "bij,jk->bik"; "bij,jk->bki"; "abj,jk->abk" ])
                ]
        | _ when x.Rank = 2 ->
            let transposed = draft.Once 2
            let shape = if transposed then [ outer; inner ] else [ inner; outer ]

            let bias =
                upTo draft [ weights draft x (draft.Choose [ [ outer ]; [ 1; outer ]; []; [ 1 ] ]) ]

            plain
                draft
                "Gemm"
                ([ x; weights draft x shape ] @ bias)
                [
                    Build.float "alpha" (number draft 0.25 2.0)
                    Build.float "beta" (number draft -1.0 2.0)
                    Build.int "transB" (if transposed then 1L else 0L)
                ]
        | _ -> None)

/// Attributes of a window that fits: kernel, strides and padding. No stride is longer than the kernel: of a transposed convolution
/// with auto_pad ONNX Runtime leaves out the end then, where ONNX says input · stride.
let private window (draft: Draft) (sizes: int[]) =
    let kernel = [ for size in sizes -> draft.Random.Next(1, 1 + min 3 size) ]

    let padding =
        match draft.Random.Next 4 with
        | 0 -> [ Build.text "auto_pad" (draft.Choose [ "SAME_UPPER"; "SAME_LOWER"; "VALID" ]) ]
        | 1 -> []
        | _ ->
            let side () =
                kernel |> List.map (fun size -> draft.Random.Next(0, size))

            [ ints "pads" (side () @ side ()) ]

    kernel,
    [
        ints "kernel_shape" kernel
        ints "strides" [ for size in kernel -> draft.Random.Next(1, 1 + min 2 size) ]
    ]
    @ padding

let private convolution (draft: Draft) =
    draft.TryPick(fun x -> isFloat x && (x.Rank = 3 || x.Rank = 4) && not (draft.HasOpen x.Shape[1..]))
    |> Option.bind (fun x ->
        let spatial = x.Rank - 2
        let channels = x.Shape[1]
        let kernel, attributes = window draft x.Shape[2..]

        // with auto_pad, ONNX Runtime's pools do not count dilations
        let dilations =
            if draft.Once 4 && x.Shape[2..] |> Array.forall (fun size -> size >= 5) then
                [ ints "dilations" (List.replicate spatial 2) ]
            else
                []

        let pooled =
            if attributes |> List.exists (fun attribute -> attribute.Name = "auto_pad") then
                []
            else
                dilations

        match draft.Random.Next 6 with
        | 0
        | 1 ->
            let groups = draft.Choose [ 1; 1; channels ]
            let filters = groups * draft.Random.Next(1, 3)
            let w = weights draft x ([ filters; channels / groups ] @ kernel)

            plain
                draft
                "Conv"
                ([ x; w ] @ upTo draft [ weights draft x [ filters ] ])
                (Build.int "group" (int64 groups) :: attributes @ dilations)
        | 2 ->
            let filters = draft.Random.Next(1, 3)
            let w = weights draft x ([ channels; filters ] @ kernel)
            plain draft "ConvTranspose" ([ x; w ] @ upTo draft [ weights draft x [ filters ] ]) (attributes @ dilations)
        | 3 -> plain draft "MaxPool" [ x ] (flag draft "ceil_mode" :: attributes @ pooled)
        | 4 -> plain draft "AveragePool" [ x ] ([ flag draft "ceil_mode"; flag draft "count_include_pad" ] @ attributes)
        | _ when draft.Once 3 -> plain draft "LpPool" [ x ] (Build.int "p" (int64 (draft.Random.Next(1, 3))) :: attributes)
        | _ -> plain draft (draft.Choose [ "GlobalAveragePool"; "GlobalMaxPool"; "GlobalLpPool" ]) [ x ] [])

/// Layers that normalize channels.
let private channels (draft: Draft) =
    draft.TryPick(fun x -> isFloat x && x.Rank >= 2 && not (draft.HasOpen x.Shape[1..]))
    |> Option.bind (fun x ->
        let channels = x.Shape[1]

        let positive shape =
            draft.Draw(x.Element, shape, Kind.Positive)

        let along = weights draft x [ channels ]
        let epsilon = Build.float "epsilon" 0.01f

        // Of channels of one element, ONNX Runtime subtracts products that may be a thousand times the result.
        let isWide = x.Rank >= 3 && Shape.count x.Shape[2..] > 1

        match draft.Random.Next 4 with
        | 0 ->
            plain
                draft
                "BatchNormalization"
                [
                    x
                    along
                    weights draft x [ channels ]
                    weights draft x [ channels ]
                    positive [ channels ]
                ]
                [ epsilon ]
        | 1 when isWide -> plain draft "InstanceNormalization" [ x; along; weights draft x [ channels ] ] [ epsilon ]
        | 2 when isWide ->
            let groups =
                draft.Choose([ 1; 2; channels ] |> List.filter (fun groups -> channels % groups = 0))

            plain draft "GroupNormalization" [ x; along; weights draft x [ channels ] ] [ Build.int "num_groups" (int64 groups); epsilon ]
        | _ ->
            plain
                draft
                "LRN"
                [ x ]
                [
                    Build.int "size" (int64 (draft.Choose [ 1; 3; 5 ]))
                    Build.float "bias" 1.5f
                    Build.float "alpha" 0.5f
                ])

/// Layers that normalize rows, and what exporters fuse with them.
let private rows (draft: Draft) =
    draft.TryPick(fun x -> isFloat x && x.Rank >= 2 && not (draft.HasOpen x.Shape[1..]))
    |> Option.bind (fun x ->
        let epsilon = Build.float "epsilon" 0.01f

        match draft.Random.Next 4 with
        | 0
        | 1 ->
            let from = draft.Random.Next(1, x.Rank)
            let shape = List.ofArray x.Shape[from..]

            let on =
                [
                    Build.int "axis" (int64 (if draft.Once 2 then from else from - x.Rank))
                    epsilon
                ]

            if draft.Once 3 then
                plain draft "RMSNormalization" [ x; weights draft x shape ] on
            else
                plain draft "LayerNormalization" ([ x; weights draft x shape ] @ upTo draft [ weights draft x shape ]) on
        // Of two values the runtime's result is ±1 however close they are; the specification adds 1e-9 to their deviation.
        | 2 when x.Shape[1] > 2 && Array.last x.Shape > 2 ->
            plain draft "MeanVarianceNormalization" [ x ] [ ints "axes" (draft.Choose [ [ 1 ]; [ x.Rank - 1 ] ]) ]
        | _ ->
            let last = Array.last x.Shape

            let skip =
                draft.TryPick(fun y -> y.Element = x.Element && y.Shape = x.Shape)
                |> Option.defaultValue x

            if draft.Once 2 then
                draft.TryNode("com.microsoft", "BiasGelu", [ Some x; Some(weights draft x [ last ]) ], [], 1)
            else
                draft.TryNode(
                    "com.microsoft",
                    "SkipLayerNormalization",
                    [ Some x; Some skip; Some(weights draft x [ last ]) ],
                    [ epsilon ],
                    1
                ))

let all: (int * DrawStep) list =
    [ 5, product; 5, convolution; 2, channels; 2, rows ]
