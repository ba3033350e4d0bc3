namespace ConcreteMl.Compiler.Core.Float

/// Operators that ONNX tried out before its version 10 and ONNX Runtime still reads, as Core ML's converter writes them.
[<RequireQualifiedAccess>]
module Images =

    /// alpha · x + beta.
    let private affine (node: NodeScope) =
        let scaled = Formula.times node (node.Input 0) (float (node.Float("alpha", 1.0f)))
        [| Formula.plus node scaled (float (node.Float("beta", 0.0f))) |]

    let private scale (node: NodeScope) =
        [| Formula.times node (node.Input 0) (float (node.Float("scale", 1.0f))) |]

    /// scale · x + bias of [N, C, H, W], one bias for each channel.
    let private imageScaler (node: NodeScope) =
        let x = node.Input 0
        let bias = node.Float32s "bias"

        match node.Dims x with
        | [| _; Dim.Known channels; _; _ |] when channels = bias.Length ->
            let scaled = Formula.times node x (float (node.Float("scale", 1.0f)))

            [|
                Array.map float bias
                |> Formula.constant node x [| channels; 1; 1 |]
                |> Formula.add node scaled
            |]
        | _ -> node.RefuseAttribute($"{bias.Length} biases", "one for each channel of [N, C, H, W]")

    /// Of [N, C, H, W] without `border` (left, top, right, bottom); with `scale` (height, width), so much from left and top on.
    let private crop (node: NodeScope) =
        let x = node.Input 0

        let whole attribute =
            node.TryInts attribute |> Option.defaultValue [||]

        let border, size = whole "border", whole "scale"

        match node.Dims x, border, size with
        | [| _; _; Dim.Known height; Dim.Known width |], [| left; top; right; bottom |], ([||] | [| _; _ |]) ->
            let last, end' =
                match size with
                | [| high; wide |] -> top + high, left + wide
                | _ -> height - bottom, width - right

            if
                left < 0
                || top < 0
                || left >= end'
                || top >= last
                || end' > width
                || last > height
            then
                node.RefuseAttribute(
                    $"border = {left}, {top}, {right}, {bottom} of {height} x {width} cells",
                    "a part that is not empty and lies inside"
                )
            else
                [| x |> Formula.slice node 2 top last |> Formula.slice node 3 left end' |]
        | _ -> node.RefuseAttribute($"{border.Length} numbers in border, {size.Length} in scale", "4 and 2 or none, of [N, C, H, W]")

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        [ "Affine", affine; "Crop", crop; "ImageScaler", imageScaler; "Scale", scale ]
