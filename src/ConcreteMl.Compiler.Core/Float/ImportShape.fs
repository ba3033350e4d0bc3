namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators that move elements, compute with shapes, or hold constants.
[<RequireQualifiedAccess>]
module ImportShape =

    /// In inference nothing is dropped; the mask is all true.
    let private dropout (node: NodeScope) =
        let x = node.Input 0

        if node.Opset >= 12 then
            let isZero tensor = (Tensor.toFloat64s tensor)[0] = 0.0

            match node.TryConstantValue(2, "training_mode") with
            | Some training when
                not (isZero training)
                && node.TryConstantValue(1, "ratio") |> Option.forall (isZero >> not)
                ->
                node.Refuse("CML1107", "the dropout is in training mode", "inference", "Export the model in evaluation mode.")
            | _ -> ()

        if node.Node.Outputs.Length > 1 && node.Node.Outputs[1] <> "" then
            let kept =
                if node.Opset >= 10 then
                    Tensor.ofBool [||] [| true |]
                else
                    Elements.ofFloat64s (node.Type x).Element [||] [| 1.0 |]

            [|
                x
                node.Add(Op.Expand, [ node.Constant kept; node.Add(Op.Shape(0, None), [ x ]) ])
            |]
        else
            [| x |]

    let private constant (node: NodeScope) =
        let tensor =
            match Onnx.Attributes.all node.Node |> List.filter (fun (name, _) -> name <> "name") with
            | [ ("value" | "sparse_value"), Onnx.Attribute.Tensor { Value = Ok tensor } ] -> tensor
            | [ ("value" | "sparse_value"), Onnx.Attribute.Tensor { Value = Error name } ] ->
                node.Refuse("CML1102", $"a constant of {name}", "booleans, integers or floats of 16, 32 or 64 bits", "Remove the constant.")
            | [ "value_float", Onnx.Attribute.Float value ] -> Tensor.scalar32 value
            | [ "value_floats", Onnx.Attribute.Floats values ] -> Tensor.ofFloat32 [| values.Length |] values
            | [ "value_int", Onnx.Attribute.Int value ] -> Tensor.ofInt64 [||] [| value |]
            | [ "value_ints", Onnx.Attribute.Ints values ] -> Tensor.ofInt64 [| values.Length |] values
            | attributes ->
                let names = attributes |> List.map fst |> String.concat ", "
                node.RefuseAttribute($"the constant is given by {names}", "value, value_float(s) or value_int(s)")

        [| node.Constant tensor |]

    let private constantOfShape (node: NodeScope) =
        let value =
            match Onnx.Attributes.tryTensor "value" node.Node with
            | Some { Value = Ok tensor } when tensor.Count = 1 -> tensor.Reshape [||]
            | Some { Value = Ok tensor } -> node.RefuseAttribute($"a value of {tensor.Count} elements", "one element")
            | Some { Value = Error name } ->
                node.Refuse("CML1102", $"a value of {name}", "booleans, integers or floats of 16, 32 or 64 bits", "Use another type.")
            | None -> Tensor.scalar32 0.0f

        [| node.Add(Op.ConstantOfShape value, [ node.Input 0 ]) |]

    let private concat (node: NodeScope) =
        if node.Opset >= 4 && not (node.Has "axis") then
            node.RefuseAttribute("no axis", "the attribute axis")

        match node.Inputs with
        | [ single ] -> [| single |]
        | inputs -> [| node.Add(Op.Concat(node.Int("axis", 1)), inputs) |]

    let private expand (node: NodeScope) =
        [| node.Add(Op.Expand, [ node.Input 0; node.Input 1 ]) |]

    let private flatten (node: NodeScope) =
        [| node.Add(Op.Flatten(node.Int("axis", 1)), [ node.Input 0 ]) |]

    let private gather (node: NodeScope) =
        [| node.Add(Op.Gather(node.Int("axis", 0)), [ node.Input 0; node.Input 1 ]) |]

    let private mode (node: NodeScope) =
        match node.Text("mode", "constant") with
        | "constant"
        | "reflect"
        | "edge"
        | "wrap" as mode -> mode
        | other -> node.RefuseAttribute($"mode = {other}", "constant, reflect, edge or wrap")

    /// Negative pads cut cells off before anything is added: what is left of the operand, and of the pads.
    let private cut (node: NodeScope) x pads (axes: ValueId option) : ValueId * ValueId =
        match node.TryValue pads, Option.map node.TryValue axes with
        | Some counts, None -> Some(Elements.integers counts, [| 0 .. counts.Count / 2 - 1 |])
        | Some counts, Some(Some axes) -> Some(Elements.integers counts, Elements.integers axes)
        | _ -> None
        |> function
            | Some(counts, axes) when counts.Length = 2 * axes.Length && Array.exists (fun count -> count < 0) counts ->
                let remain x at =
                    let axis = node.Axis(node.Rank x, axes[at])
                    let before, after = min 0 counts[at], min 0 counts[axes.Length + at]

                    if before = 0 && after = 0 then
                        x
                    else
                        let last = node.Size((node.Dims x)[axis]) + after
                        node.Add(Op.Slice, [ x; node.Integers [ -before ]; node.Integers [ last ]; node.Integers [ axis ] ])

                let left = Seq.fold remain x [ 0 .. axes.Length - 1 ]
                left, node.Integers(counts |> Array.map (max 0))
            | _ -> x, pads

    /// Pads and value were attributes before opset 11 (`paddings` in opset 1); axes came with 18.
    let private pad (node: NodeScope) =
        let x = node.Input 0

        if node.Opset < 11 then
            let attribute = if node.Opset < 2 then "paddings" else "pads"

            match node.TryInts attribute with
            | None -> node.RefuseAttribute($"no {attribute}", $"the attribute {attribute}")
            | Some pads ->
                let value = node.Scalar(x, float (node.Float("value", 0.0f)))
                let x, pads = cut node x (node.Integers pads) None
                [| node.Add(Op.Pad(mode node, true), [ x; pads; value ]) |]
        else
            let value, axes = node.TryInput 2, node.TryInput 3
            let x, pads = cut node x (node.Input 1) axes
            let operands = [ x; pads ] @ Option.toList value @ Option.toList axes
            [| node.Add(Op.Pad(mode node, value.IsSome), operands) |]

    /// The shape was an attribute before opset 5.
    let private reshape (node: NodeScope) =
        let shape =
            if node.Opset < 5 then
                match node.TryInts "shape" with
                | Some shape -> node.Integers shape
                | None -> node.RefuseAttribute("no shape", "the attribute shape")
            else
                node.Input 1

        [|
            node.Add(Op.Reshape(node.Flag("allowzero", false)), [ node.Input 0; shape ])
        |]

    let private shape (node: NodeScope) =
        let last = if node.Has "end" then Some(node.Int("end", 0)) else None
        [| node.Add(Op.Shape(node.Int("start", 0), last), [ node.Input 0 ]) |]

    let private size (node: NodeScope) =
        [|
            node.Constant(Tensor.ofInt64 [||] [| int64 (Shape.count (node.Shape(node.Input 0))) |])
        |]

    /// Starts, ends and axes were attributes before opset 10, without steps.
    let private slice (node: NodeScope) =
        if node.Opset < 10 then
            match Onnx.Attributes.tryInts "starts" node.Node, Onnx.Attributes.tryInts "ends" node.Node with
            | Some starts, Some ends ->
                let longs (values: int64[]) =
                    node.Constant(Tensor.ofInt64 [| values.Length |] values)

                let axes = node.TryInts "axes" |> Option.defaultValue [| 0 .. starts.Length - 1 |]

                [|
                    node.Add(Op.Slice, [ node.Input 0; longs starts; longs ends; node.Integers axes ])
                |]
            | _ -> node.RefuseAttribute("no starts or no ends", "the attributes starts and ends")
        else
            match node.TryInput 3, node.TryInput 4 with
            | None, Some steps ->
                let count = node.Shape(node.Input 1) |> Shape.count

                [|
                    node.Add(
                        Op.Slice,
                        [
                            node.Input 0
                            node.Input 1
                            node.Input 2
                            node.Integers [ 0 .. count - 1 ]
                            steps
                        ]
                    )
                |]
            | axes, steps ->
                let operands =
                    [ node.Input 0; node.Input 1; node.Input 2 ]
                    @ Option.toList axes
                    @ Option.toList steps

                [| node.Add(Op.Slice, operands) |]

    /// Parts of given or (nearly) equal length, each a slice.
    let private split (node: NodeScope) =
        let x = node.Input 0
        let shape = node.Dims x
        let axis = node.Axis(shape.Length, node.Int("axis", 0))
        let parts = node.Node.Outputs.Length

        let sizes =
            match
                (if node.Opset = 1 && node.Arity > 1 then
                     node.TryConstantValue(1, "split") |> Option.map Elements.integers
                 else
                     node.IntsOrInput(13, "split", 1)),
                shape[axis]
            with
            | Some sizes, _ -> sizes
            | None, size ->
                let size = node.Size size

                if parts > size then
                    node.Refuse(
                        "CML1105",
                        $"{size} elements along axis {axis} are split into {parts} parts",
                        "at most as many parts as elements",
                        "Split another axis than that of the samples, of which each is computed alone."
                    )

                let whole = (size + parts - 1) / parts
                Array.init parts (fun part -> min whole (size - part * whole) |> max 0)

        let ends = Array.scan (+) 0 sizes

        Array.init parts (fun part ->
            let at (position: int) = node.Integers [ position ]
            node.Add(Op.Slice, [ x; at ends[part]; at ends[part + 1]; at axis ]))

    /// Axes were an attribute before opset 13.
    let private squeeze (node: NodeScope) =
        if node.Opset < 13 then
            match node.TryInts "axes" with
            | Some axes -> [| node.Add(Op.Squeeze, [ node.Input 0; node.Integers axes ]) |]
            | None -> [| node.Add(Op.Squeeze, [ node.Input 0 ]) |]
        else
            [| node.Add(Op.Squeeze, node.Inputs) |]

    let private unsqueeze (node: NodeScope) =
        if node.Opset < 13 then
            match node.TryInts "axes" with
            | Some axes -> [| node.Add(Op.Unsqueeze, [ node.Input 0; node.Integers axes ]) |]
            | None -> node.RefuseAttribute("no axes", "the attribute axes")
        else
            [| node.Add(Op.Unsqueeze, [ node.Input 0; node.Input 1 ]) |]

    let private transpose (node: NodeScope) =
        let permutation = node.TryInts "perm" |> Option.defaultValue [||]
        [| node.Add(Op.Transpose permutation, [ node.Input 0 ]) |]

    /// Copies side by side, one axis after the other.
    let private repeat (node: NodeScope) (x: ValueId) (repeats: int[]) =
        let along x (axis, count) =
            match count with
            | 1 -> x
            | 0 -> node.RefuseAttribute("no copies at all", "at least one copy along each axis")
            | count -> node.Add(Op.Concat axis, List.replicate count x)

        repeats |> Array.indexed |> Array.fold along x

    let private tile (node: NodeScope) =
        if node.Opset < 6 then
            let tiles = Elements.integers (node.ConstantValue(1, "tiles"))
            let axis = Elements.integers (node.ConstantValue(2, "axis"))
            let x = node.Input 0

            [|
                repeat node x (Array.init (node.Rank x) (fun at -> if at = axis[0] then tiles[0] else 1))
            |]
        else
            [|
                repeat node (node.Input 0) (Elements.integers (node.ConstantValue(1, "repeats")))
            |]

    /// Blocks of channels become blocks of pixels: a reshape to six axes, a transpose, a reshape.
    let private depthToSpace (node: NodeScope) =
        let x = node.Input 0
        let block = node.Int("blocksize", 1)

        // The batch stays open: a 0 in a reshape copies it.
        match node.Dims x |> Array.skip 1 |> Array.map node.Size with
        | [| c; h; w |] when block > 0 && c % (block * block) = 0 ->
            let n = 0
            let depth = c / (block * block)

            let split, order =
                match node.Text("mode", "DCR") with
                | "CRD" -> [ n; depth; block; block; h; w ], [| 0; 1; 4; 2; 5; 3 |]
                | "DCR" -> [ n; block; block; depth; h; w ], [| 0; 3; 4; 1; 5; 2 |]
                | other -> node.RefuseAttribute($"mode = {other}", "DCR or CRD")

            let blocks = node.Add(Op.Reshape false, [ x; node.Integers split ])
            let moved = node.Add(Op.Transpose order, [ blocks ])

            [|
                node.Add(Op.Reshape false, [ moved; node.Integers [ n; depth; h * block; w * block ] ])
            |]
        | shape -> node.RefuseAttribute($"blocks of {block} in {Shape.print shape}", "four axes with channels that fill the blocks")

    let private spaceToDepth (node: NodeScope) =
        let x = node.Input 0
        let block = node.Int("blocksize", 1)

        match node.Dims x |> Array.skip 1 |> Array.map node.Size with
        | [| c; h; w |] when block > 0 && h % block = 0 && w % block = 0 ->
            let n = 0
            let split = [ n; c; h / block; block; w / block; block ]
            let blocks = node.Add(Op.Reshape false, [ x; node.Integers split ])

            let order =
                match node.Text("mode", "DCR") with
                | "DCR" -> [| 0; 3; 5; 1; 2; 4 |]
                | "CRD" -> [| 0; 1; 3; 5; 2; 4 |]
                | other -> node.RefuseAttribute($"mode = {other}", "DCR or CRD")

            let moved = node.Add(Op.Transpose order, [ blocks ])

            [|
                node.Add(Op.Reshape false, [ moved; node.Integers [ n; c * block * block; h / block; w / block ] ])
            |]
        | shape -> node.RefuseAttribute($"blocks of {block} in {Shape.print shape}", "four axes that the blocks fill")

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [
            "Concat", concat
            "Constant", constant
            "ConstantOfShape", constantOfShape
            "DepthToSpace", depthToSpace
            "Dropout", dropout
            "Expand", expand
            "Flatten", flatten
            "Gather", gather
            "Pad", pad
            "Reshape", reshape
            "Shape", shape
            "Size", size
            "Slice", slice
            "SpaceToDepth", spaceToDepth
            "Split", split
            "Squeeze", squeeze
            "Tile", tile
            "Transpose", transpose
            "Unsqueeze", unsqueeze
        ]
