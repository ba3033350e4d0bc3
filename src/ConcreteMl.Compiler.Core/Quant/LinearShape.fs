namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// Result shapes of the integer-linear operations, with the reason when operands do not fit.
[<RequireQualifiedAccess>]
module LinearShape =

    /// Cells of a sliding window's output along one axis; not positive when the window does not fit.
    let windowed size kernel stride dilation before after =
        let extent = dilation * (kernel - 1) + 1

        if size + before + after < extent then
            0
        else
            (size + before + after - extent) / stride + 1

    let private window (shape: int[]) (kernel: int[]) (geometry: Geometry) : Result<int[], string> =
        let spatial = shape.Length - 2

        let lengths =
            [
                kernel.Length
                geometry.Strides.Length
                geometry.Dilations.Length
                geometry.PadsBegin.Length
                geometry.PadsEnd.Length
            ]

        if spatial < 1 || lengths |> List.exists ((<>) spatial) then
            Error $"a window over {kernel.Length} axes does not slide over {Shape.print shape}"
        elif Array.exists (fun step -> step < 1) (Array.concat [ kernel; geometry.Strides; geometry.Dilations ]) then
            Error "kernel, strides and dilations are at least 1"
        elif Array.exists (fun pad -> pad < 0) (Array.append geometry.PadsBegin geometry.PadsEnd) then
            Error "pads are not negative"
        else
            let cells =
                Array.init spatial (fun axis ->
                    windowed
                        shape[axis + 2]
                        kernel[axis]
                        geometry.Strides[axis]
                        geometry.Dilations[axis]
                        geometry.PadsBegin[axis]
                        geometry.PadsEnd[axis])

            if Array.exists (fun count -> count < 1) cells then
                Error $"the window does not fit into {Shape.print shape}"
            else
                Ok cells

    let private matMul (weights: int[]) (x: int[]) : Result<int[], string> =
        if x.Length < 1 || weights.Length < 2 then
            Error "a matrix product needs an operand of rank 1 or more and weights of rank 2 or more"
        elif x[x.Length - 1] <> weights[weights.Length - 2] then
            Error $"{Shape.print x} times {Shape.print weights}: the inner sizes differ"
        elif x.Length = 1 then
            Ok(Array.append weights[.. weights.Length - 3] [| weights[weights.Length - 1] |])
        else
            match Shape.tryBroadcast x[.. x.Length - 3] weights[.. weights.Length - 3] with
            | Some batch -> Ok(Array.append batch [| x[x.Length - 2]; weights[weights.Length - 1] |])
            | None -> Error $"{Shape.print x} times {Shape.print weights}: the batch axes do not broadcast"

    let private conv (weights: int[]) geometry group (x: int[]) : Result<int[], string> =
        if x.Length <> weights.Length || x.Length < 3 then
            Error $"weights {Shape.print weights} do not fit {Shape.print x}"
        elif group < 1 || x[1] <> weights[1] * group || weights[0] % group <> 0 then
            Error $"{group} groups of {Shape.print weights} do not cover {x[1]} channels"
        else
            window x weights[2..] geometry
            |> Result.map (Array.append [| x[0]; weights[0] |])

    let private broadcastInto (constants: int[]) (x: int[]) : Result<int[], string> =
        match Shape.tryBroadcast constants x with
        | Some result when result = x -> Ok x
        | _ -> Error $"constants {Shape.print constants} do not broadcast to {Shape.print x}"

    let private slice (starts: int[]) (sizes: int[]) (steps: int[]) (x: int[]) : Result<int[], string> =
        if
            starts.Length <> x.Length
            || sizes.Length <> x.Length
            || steps.Length <> x.Length
        then
            Error "a slice names every axis"
        else
            let inside axis =
                let last = starts[axis] + (sizes[axis] - 1) * steps[axis]

                sizes[axis] >= 1
                && steps[axis] <> 0
                && starts[axis] >= 0
                && starts[axis] < x[axis]
                && last >= 0
                && last < x[axis]

            if Seq.forall inside (seq { 0 .. x.Length - 1 }) then
                Ok sizes
            else
                Error $"the slice leaves {Shape.print x}"

    let private concat axis (operands: int[] list) : Result<int[], string> =
        let first = List.head operands

        let agrees (shape: int[]) =
            shape.Length = first.Length
            && Seq.forall (fun other -> other = axis || shape[other] = first[other]) (seq { 0 .. first.Length - 1 })

        if axis < 0 || axis >= first.Length || not (List.forall agrees operands) then
            Error "the operands do not fit beside each other"
        else
            Ok(
                first
                |> Array.mapi (fun index size ->
                    if index = axis then
                        operands |> List.sumBy (fun shape -> shape[axis])
                    else
                        size)
            )

    let private reduce (axes: int[]) keep (x: int[]) : Result<int[], string> =
        if axes |> Array.exists (fun axis -> axis < 0 || axis >= x.Length) then
            Error $"an axis lies outside {Shape.print x}"
        else
            let kept =
                x
                |> Array.mapi (fun axis size -> axis, (if Array.contains axis axes then 1 else size))

            Ok(
                kept
                |> Array.filter (fun (axis, _) -> keep || not (Array.contains axis axes))
                |> Array.map snd
            )

    let private gather axis (indices: Tensor) (x: int[]) : Result<int[], string> =
        if axis < 0 || axis >= x.Length then
            Error $"axis {axis} lies outside {Shape.print x}"
        elif
            Tensor.toInt64s indices
            |> Array.exists (fun index -> index < 0L || index >= int64 x[axis])
        then
            Error $"an index lies outside {Shape.print x}"
        else
            Ok(Array.concat [ x[.. axis - 1]; indices.Shape; x[axis + 1 ..] ])

    /// The result shape of a movement of an operand of this shape, or why there is none.
    let ofMove (move: Move) (x: int[]) : Result<int[], string> =
        match move with
        | Move.Reshape shape when Shape.count shape = Shape.count x -> Ok shape
        | Move.Reshape shape -> Error $"{Shape.print x} has no {Shape.count shape} elements"
        | Move.Transpose permutation when Array.sort permutation = [| 0 .. x.Length - 1 |] ->
            Ok(permutation |> Array.map (fun axis -> x[axis]))
        | Move.Transpose _ -> Error $"no permutation of {x.Length} axes"
        | Move.Slice(starts, sizes, steps) -> slice starts sizes steps x
        | Move.Pad(before, after) when
            before.Length = x.Length
            && after.Length = x.Length
            && Array.forall (fun pad -> pad >= 0) (Array.append before after)
            ->
            Ok(x |> Array.mapi (fun axis size -> size + before[axis] + after[axis]))
        | Move.Pad _ -> Error $"pads do not fit {Shape.print x}"
        | Move.Gather(axis, indices) -> gather axis indices x
        | Move.Broadcast shape when Shape.tryBroadcast x shape = Some shape -> Ok shape
        | Move.Broadcast shape -> Error $"{Shape.print x} does not broadcast to {Shape.print shape}"

    let private unary (linear: Linear) (x: int[]) : Result<int[], string> =
        match linear with
        | Linear.MatMul weights -> matMul weights.Shape x
        | Linear.Conv(weights, geometry, group) -> conv weights.Shape geometry group x
        | Linear.SumPool(kernel, geometry) -> window x kernel geometry |> Result.map (Array.append x[..1])
        | Linear.ReduceSum(axes, keep) -> reduce axes keep x
        | Linear.RunningSum _ when x.Length > 0 -> Ok x
        | Linear.RunningSum _ -> Error "a running sum needs an axis"
        | Linear.Scale constants
        | Linear.Shift constants -> broadcastInto constants.Shape x
        | Linear.Move move -> ofMove move x
        | Linear.Combine _
        | Linear.Concat _ -> Error "takes several operands"

    /// The result shape of an operation on operands of these shapes, or why there is none.
    let infer (linear: Linear) (operands: int[] list) : Result<int[], string> =
        match linear, operands with
        | Linear.Concat axis, _ :: _ -> concat axis operands
        | Linear.Combine multipliers, first :: rest when multipliers.Length = operands.Length ->
            let join shape other =
                Result.bind
                    (fun shape ->
                        match Shape.tryBroadcast shape other with
                        | Some joined -> Ok joined
                        | None -> Error $"{Shape.print shape} and {Shape.print other} do not broadcast")
                    shape

            List.fold join (Ok first) rest
        | Linear.Combine multipliers, _ -> Error $"{multipliers.Length} multipliers for {operands.Length} operands"
        | _, [ x ] -> unary linear x
        | _ -> Error $"{operands.Length} operands, expected 1"
