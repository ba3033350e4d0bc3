namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Products, convolutions, pools, normalization and reductions.
[<RequireQualifiedAccess>]
module internal LinearRules =

    type private Window =
        {
            Kernel: int64[]
            Strides: int64[]
            Dilations: int64[]
            Pads: int64[]
            AutoPad: string
            Ceil: bool
        }

    /// No window parameter is reasonably larger; keeps the arithmetic below from overflowing.
    let private largest = 1L <<< 31

    let private window (site: Site) (kernel: int64[]) =
        let rank = kernel.Length

        let values name count fallback =
            match Site.ints name site with
            | Some values when values.Length = count -> values
            | Some values -> Dimensions.contradict $"{name} has {values.Length} entries where {count} are needed"
            | None -> Array.create count fallback

        let result =
            {
                Kernel = kernel
                Strides = values "strides" rank 1L
                Dilations = values "dilations" rank 1L
                Pads = values "pads" (2 * rank) 0L
                AutoPad = Attributes.text "auto_pad" "NOTSET" site.Node
                Ceil = Site.int "ceil_mode" 0L site <> 0L
            }

        if Array.exists (fun value -> value < 1L || value > largest) (Array.concat [ kernel; result.Strides; result.Dilations ]) then
            Dimensions.contradict "kernel, strides and dilations must be at least 1"

        if Array.exists (fun value -> value > largest || value < -largest) result.Pads then
            Dimensions.contradict "pads are too large"

        result

    /// Positions of a window along one axis. With `ceil_mode` a window must still start inside the data or the front pad.
    let private positions (window: Window) axis (dim: Dimension) =
        let rank = window.Kernel.Length
        let stride = window.Strides[axis]
        let extent = (window.Kernel[axis] - 1L) * window.Dilations[axis] + 1L

        match dim, window.AutoPad with
        | Dimension.Known size, ("SAME_UPPER" | "SAME_LOWER") -> Dimension.Known((size + stride - 1L) / stride)
        | _, ("SAME_UPPER" | "SAME_LOWER") when stride = 1L -> dim
        | Dimension.Known size, autoPad ->
            let front, back =
                if autoPad = "VALID" then
                    0L, 0L
                else
                    window.Pads[axis], window.Pads[axis + rank]

            let room = size + front + back - extent

            if room < 0L then
                Dimensions.contradict $"a window of {extent} does not fit into {size + front + back} elements"

            if window.Ceil then
                let count = (room + stride - 1L) / stride + 1L

                Dimension.Known(
                    if (count - 1L) * stride >= size + front then
                        count - 1L
                    else
                        count
                )
            else
                Dimension.Known(room / stride + 1L)
        | _ -> Dimension.Unknown

    let private slide (window: Window) (spatial: Dimension[]) =
        if spatial.Length <> window.Kernel.Length then
            Dimensions.contradict $"a kernel of rank {window.Kernel.Length} meets data with {spatial.Length} spatial axes"

        spatial |> Array.mapi (positions window)

    let private knownAll (dims: Dimension[]) =
        dims
        |> Array.map (function
            | Dimension.Known size -> size
            | _ -> -1L)
        |> fun sizes ->
            if Array.exists (fun size -> size < 0L) sizes then
                None
            else
                Some sizes

    let private checkChannels (site: Site) (data: Dimension[]) (weights: Dimension[]) =
        let group = Site.int "group" 1L site

        if group < 1L then
            Dimensions.contradict $"group is {group}"

        match data[1], weights[1], weights[0] with
        | Dimension.Known channels, Dimension.Known perGroup, _ when channels <> Dimensions.multiply perGroup group ->
            Dimensions.contradict
                $"the data {Dimensions.print data} has {channels} channels where the weights {Dimensions.print weights} need {perGroup * group}"
        | _, _, Dimension.Known outputs when outputs % group <> 0L ->
            Dimensions.contradict $"{outputs} output channels do not divide into {group} groups"
        | _ -> ()

    /// A convolution of operand 0 with the weights in `weightsAt`; the result has the element type of operand `like`.
    let private convolution (weightsAt: int) (like: int) (site: Site) =
        match Site.dims 0 site, Site.dims weightsAt site with
        | Some data, Some weights ->
            if data.Length < 3 || weights.Length <> data.Length then
                Dimensions.contradict $"data {Dimensions.print data} and weights {Dimensions.print weights} do not make a convolution"

            checkChannels site data weights

            let spatial =
                match Site.ints "kernel_shape" site, knownAll weights[2..] with
                | Some kernel, _
                | None, Some kernel -> slide (window site kernel) data[2..]
                | None, None -> Array.create (data.Length - 2) Dimension.Unknown

            [ Site.like like (Some(Array.append [| data[0]; weights[0] |] spatial)) site ]
        | _ -> [ Site.like like None site ]

    let private pool (site: Site) =
        let dims =
            match Site.dims 0 site, Site.ints "kernel_shape" site with
            | Some data, Some kernel when data.Length >= 2 -> Some(Array.append data[..1] (slide (window site kernel) data[2..]))
            | Some data, _ when data.Length < 2 -> Dimensions.contradict $"data {Dimensions.print data} has no spatial axes"
            | _ -> None

        [
            Site.like 0 dims site
            if site.Node.OpType = "MaxPool" then
                Inferred.tensor (Ok Element.Int64) dims
        ]

    let private globalPool (site: Site) =
        let dims =
            Site.dims 0 site
            |> Option.map (Array.mapi (fun axis dim -> if axis < 2 then dim else Dimension.Known 1L))

        [ Site.like 0 dims site ]

    let private inner left right (shapes: unit -> string) =
        if Dimensions.tryUnify left right = None then
            Dimensions.contradict (shapes ())

    let private gemm (site: Site) =
        let matrix index flag =
            match Site.dims index site with
            | Some [| rows; columns |] ->
                Some(
                    if Site.int flag 0L site <> 0L then
                        columns, rows
                    else
                        rows, columns
                )
            | Some dims -> Dimensions.contradict $"operand {index} {Dimensions.print dims} is no matrix"
            | None -> None

        match matrix 0 "transA", matrix 1 "transB" with
        | Some(rows, left), Some(right, columns) ->
            inner left right (fun () ->
                $"the matrices {Dimensions.print [| rows; left |]} and {Dimensions.print [| right; columns |]} cannot be multiplied")

            [ Site.like 0 (Some [| rows; columns |]) site ]
        | _ -> [ Site.like 0 None site ]

    /// NumPy's matmul: vectors count as one row or one column, leading axes broadcast.
    let private product (left: Dimension[]) (right: Dimension[]) =
        if left.Length = 0 || right.Length = 0 then
            Dimensions.contradict "a scalar is no matrix"

        let l =
            if left.Length = 1 then
                [| Dimension.Known 1L; left[0] |]
            else
                left

        let r =
            if right.Length = 1 then
                [| right[0]; Dimension.Known 1L |]
            else
                right

        inner l[l.Length - 1] r[r.Length - 2] (fun () ->
            $"the matrices {Dimensions.print left} and {Dimensions.print right} cannot be multiplied")

        Array.concat
            [
                Dimensions.broadcast l[.. l.Length - 3] r[.. r.Length - 3]
                if left.Length > 1 then
                    [| l[l.Length - 2] |]
                if right.Length > 1 then
                    [| r[r.Length - 1] |]
            ]

    let private matMul right like (site: Site) =
        [
            Site.like like (Option.map2 product (Site.dims 0 site) (Site.dims right site)) site
        ]

    let private batchNormalization (site: Site) =
        [
            Site.like 0 (Site.dims 0 site) site
            for index in [ 3; 4; 3; 4 ] do
                Site.like index (Site.dims index site) site
        ]

    let private reduceAxes (keep: bool) (dims: Dimension[]) (axes: int64[]) =
        let reduced = axes |> Array.map (Dimensions.axis dims.Length)

        dims
        |> Array.mapi (fun axis dim ->
            match Array.contains axis reduced, keep with
            | true, true -> Some(Dimension.Known 1L)
            | true, false -> None
            | false, _ -> Some dim)
        |> Array.choose id

    let private reduce (site: Site) =
        let keep = Site.int "keepdims" 1L site <> 0L

        let all (dims: Dimension[]) =
            if Site.int "noop_with_empty_axes" 0L site <> 0L then
                dims
            else
                reduceAxes keep dims (Array.init dims.Length int64)

        let result =
            match Site.dims 0 site, Site.integers "axes" 1 site with
            | None, _ -> None
            | Some dims, (None | Some(Ok [||])) -> Some(all dims)
            | Some dims, Some(Ok axes) -> Some(reduceAxes keep dims axes)
            | Some dims, Some(Error _) when keep -> Some(Array.map (fun _ -> Dimension.Unknown) dims)
            | Some dims, Some(Error(Some count)) when count > 0 && count <= dims.Length ->
                Some(Array.create (dims.Length - count) Dimension.Unknown)
            | Some _, Some(Error _) -> None

        [ Site.like 0 result site ]

    let private arg (site: Site) =
        let keep = Site.int "keepdims" 1L site <> 0L

        let dims =
            Site.dims 0 site
            |> Option.map (fun dims -> reduceAxes keep dims [| Site.int "axis" 0L site |])

        [ Inferred.tensor (Ok Element.Int64) dims ]

    let private reductions =
        "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"

    let all: (string * (Site -> Inferred list)) list =
        [
            "Conv", convolution 1 0
            "QLinearConv", convolution 3 7
            "AveragePool", pool
            "MaxPool", pool
            "GlobalAveragePool", globalPool
            "GlobalMaxPool", globalPool
            "Gemm", gemm
            "MatMul", matMul 1 0
            "QLinearMatMul", matMul 3 7
            "BatchNormalization", batchNormalization
            "ArgMax", arg
            "ArgMin", arg
            yield! reductions.Split ' ' |> Seq.map (fun name -> name, reduce)
        ]
