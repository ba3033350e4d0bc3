namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Operators that cut tensors or extend them, and the sources of constants and shapes.
[<RequireQualifiedAccess>]
module internal SliceRules =

    /// First position, step and number of positions of a slice of `size` elements.
    let private range (size: int64) (start: int64) (stop: int64) (step: int64) =
        let wrap position =
            if position < 0L then
                max (position + size) -1L
            else
                min position size

        if step > 0L then
            let first = max 0L (wrap start)
            let last = max 0L (wrap stop)
            first, (max 0L (last - first) + step - 1L) / step
        else
            let first = min (size - 1L) (wrap start)
            let last = if stop < -size then -1L else min (size - 1L) (wrap stop)
            first, (max 0L (first - last) + -step - 1L) / -step

    let private cut (dim: Dimension) (start: int64) (stop: int64) (step: int64) =
        if step = 0L || step = Int64.MinValue then
            Dimensions.contradict $"a slice has the step {step}"

        match dim with
        | Dimension.Known size -> Dimension.Known(snd (range size start stop step))
        | _ when start = 0L && stop >= int64 Int32.MaxValue && step = 1L -> dim
        | _ -> Dimension.Unknown

    let private sliceDims (dims: Dimension[]) (starts: int64[]) (ends: int64[]) (axes: int64[]) (steps: int64[]) =
        if
            starts.Length <> ends.Length
            || axes.Length <> starts.Length
            || steps.Length <> starts.Length
        then
            Dimensions.contradict "starts, ends, axes and steps differ in length"

        let result = Array.copy dims

        for index in 0 .. starts.Length - 1 do
            let axis = Dimensions.axis dims.Length axes[index]
            result[axis] <- cut dims[axis] starts[index] ends[index] steps[index]

        result

    /// Which axes a slice touches when its limits are not known.
    let private sliceUnknown (dims: Dimension[]) axes =
        match axes with
        | Some(Ok axes) ->
            let axes = axes |> Array.map (Dimensions.axis dims.Length)

            dims
            |> Array.mapi (fun axis dim -> if Array.contains axis axes then Dimension.Unknown else dim)
        | _ -> Array.map (fun _ -> Dimension.Unknown) dims

    let private sliceItems (site: Site) (starts: int64[]) (ends: int64[]) (axes: int64[]) (steps: int64[]) =
        match Site.items 0 site, Inferred.tryShape (Site.operand 0 site) with
        | Some items, Some shape ->
            let result = Array.copy shape
            let strides = Shape.strides shape
            let mutable offset = 0

            for index in 0 .. starts.Length - 1 do
                let axis = Dimensions.axis shape.Length axes[index]
                let first, count = range (int64 shape[axis]) starts[index] ends[index] steps[index]
                result[axis] <- int count
                offset <- offset + int first * strides[axis]
                // A single position needs no stride, and then the step may be out of an int's range.
                strides[axis] <- if count > 1L then strides[axis] * int steps[index] else 0

            Some(Inferred.strided items offset result strides)
        | _ -> None

    let private slice (site: Site) =
        let starts = Site.integers "starts" 1 site
        let ends = Site.integers "ends" 2 site
        let axes = Site.integers "axes" 3 site
        let steps = Site.integers "steps" 4 site

        let filled (count: int) given (fallback: int -> int64) =
            match given with
            | Some(Ok values) -> Some values
            | None -> Some(Array.init count fallback)
            | Some(Error _) -> None

        match Site.dims 0 site, starts, ends with
        | Some dims, Some(Ok starts), Some(Ok ends) ->
            match filled starts.Length axes int64, filled starts.Length steps (fun _ -> 1L) with
            | Some axes, Some steps ->
                let result = sliceDims dims starts ends axes steps

                let items = sliceItems site starts ends axes steps
                [ Inferred.withItems items (Site.like 0 (Some result) site) ]
            | _ -> [ Site.like 0 (Some(sliceUnknown dims axes)) site ]
        | Some dims, _, _ -> [ Site.like 0 (Some(sliceUnknown dims axes)) site ]
        | None, _, _ -> [ Site.like 0 None site ]

    let private padOperand (site: Site) =
        match Site.ints "paddings" site with
        | Some values -> Some(Ok values)
        | None -> Site.integers "pads" 1 site

    let private pad (site: Site) =
        let extend (dims: Dimension[]) (axes: int[]) (pads: int64[]) =
            if pads.Length <> 2 * axes.Length then
                Dimensions.contradict $"there are {pads.Length} pads for {axes.Length} axes"

            let result = Array.copy dims

            axes
            |> Array.iteri (fun index axis ->
                result[axis] <- Dimensions.sum dims[axis] (Dimension.Known(pads[index] + pads[index + axes.Length]))

                match result[axis] with
                | Dimension.Known size when size < 0L ->
                    Dimensions.contradict $"axis {axis} of {Dimensions.print dims} shrinks below nothing"
                | _ -> ())

            result

        let dims =
            match Site.dims 0 site, padOperand site, Site.integers "axes" 3 site with
            | Some dims, Some(Ok pads), None -> Some(extend dims (Array.init dims.Length id) pads)
            | Some dims, Some(Ok pads), Some(Ok axes) -> Some(extend dims (Array.map (Dimensions.axis dims.Length) axes) pads)
            | Some dims, _, _ -> Some(Array.map (fun _ -> Dimension.Unknown) dims)
            | None, _, _ -> None

        [ Site.like 0 dims site ]

    /// The sizes of the parts when they are not given: equal ones, the last perhaps smaller (from version 18).
    let private equalParts (site: Site) (count: int) (dim: Dimension) =
        match dim with
        | Dimension.Known size when site.Version < 18 && size % int64 count <> 0L ->
            Dimensions.contradict $"{size} elements do not split into {count} equal parts"
        | Dimension.Known size ->
            let part = (size + int64 count - 1L) / int64 count
            Array.init count (fun index -> Dimension.Known(max 0L (min part (size - int64 index * part))))
        | _ -> Array.create count Dimension.Unknown

    let private split (site: Site) =
        let count = site.Node.Outputs.Length

        let parts (dims: Dimension[]) axis =
            match Site.integers "split" 1 site with
            | None -> equalParts site count dims[axis]
            | Some(Ok sizes) when sizes.Length <> count -> Dimensions.contradict $"{sizes.Length} sizes are given for {count} parts"
            | Some(Ok sizes) ->
                match dims[axis] with
                | Dimension.Known size when Array.sum sizes <> size ->
                    Dimensions.contradict $"the parts hold {Array.sum sizes} of {size} elements"
                | _ -> sizes |> Array.map Dimension.Known
            | Some(Error _) -> Array.create count Dimension.Unknown

        match Site.dims 0 site with
        | Some dims when count > 0 ->
            let axis = Dimensions.axis dims.Length (Site.int "axis" 0L site)

            parts dims axis
            |> Array.map (fun part -> Site.like 0 (Some(Array.updateAt axis part dims)) site)
            |> List.ofArray
        | _ -> List.replicate count (Site.like 0 None site)

    let private shape (site: Site) =
        match Site.dims 0 site with
        | Some dims ->
            let limit value =
                let value = if value < 0L then value + int64 dims.Length else value
                int (max 0L (min (int64 dims.Length) value))

            let first = limit (Site.int "start" 0L site)
            let last = limit (Site.int "end" (int64 dims.Length) site)
            let items = if first < last then dims[first .. last - 1] else [||]

            Inferred.tensor (Ok Element.Int64) (Some [| Dimension.Known(int64 items.Length) |])
            |> Inferred.withItems (Some items)
            |> List.singleton
        | None -> [ Inferred.tensor (Ok Element.Int64) (Some [| Dimension.Unknown |]) ]

    let private size (site: Site) =
        Inferred.tensor (Ok Element.Int64) (Some [||])
        |> Inferred.withItems (Site.dims 0 site |> Option.map (fun dims -> [| Dimensions.product dims |]))
        |> List.singleton

    let private constantOfShape (site: Site) =
        let value =
            match Attributes.tryTensor "value" site.Node with
            | Some tensor -> Inferred.ofNamed tensor
            | None -> Inferred.tensor (Ok Element.Float32) None

        let dims =
            match Site.items 0 site, Site.dims 0 site with
            | Some items, _ ->
                if
                    items
                    |> Array.exists (function
                        | Dimension.Known size -> size < 0L
                        | _ -> false)
                then
                    Dimensions.contradict $"the shape {Dimensions.print items} is requested"

                Some items
            | None, Some [| Dimension.Known rank |] when rank >= 0L && rank <= 64L -> Some(Array.create (int rank) Dimension.Unknown)
            | _ -> None

        let items =
            match value.Items, dims |> Option.map Dimensions.product with
            | Some [| item |], Some(Dimension.Known count) when count >= 0L && count <= 4096L -> Some(Array.create (int count) item)
            | _ -> None

        match Inferred.elementOf value with
        | Some element -> [ Inferred.withItems items (Inferred.tensor element dims) ]
        | None -> [ Inferred.missing ]

    let private constant (site: Site) =
        let vector (values: 'T[]) = [| values.Length |]

        site.Node.Attributes
        |> List.tryPick (fun (name, value) ->
            match name, value with
            | ("value" | "sparse_value"), Attribute.Tensor tensor -> Some(Inferred.ofNamed tensor)
            | "value_int", Attribute.Int value -> Some(Inferred.ofTensor (Tensor.ofInt64 [||] [| value |]))
            | "value_ints", Attribute.Ints values -> Some(Inferred.ofTensor (Tensor.ofInt64 (vector values) values))
            | "value_float", Attribute.Float value -> Some(Inferred.ofTensor (Tensor.scalar32 value))
            | "value_floats", Attribute.Floats values -> Some(Inferred.ofTensor (Tensor.ofFloat32 (vector values) values))
            | "value_string", _ -> Some(Inferred.tensor (Error "string") (Some [||]))
            | "value_strings", Attribute.Texts texts ->
                Some(Inferred.tensor (Error "string") (Some [| Dimension.Known(int64 texts.Length) |]))
            | _ -> None)
        |> Option.defaultValue Inferred.missing
        |> List.singleton

    let all: (string * (Site -> Inferred list)) list =
        [
            "Slice", slice
            "Pad", pad
            "Split", split
            "Shape", shape
            "Size", size
            "ConstantOfShape", constantOfShape
            "Constant", constant
        ]
