namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned.Plan

/// Plans the float stage's shape operations and sums along axes.
[<RequireQualifiedAccess>]
module PlanMoves =

    let private index (ValueId value) = value

    /// Constant whole-number operands of a node from `first` on; None when one is encrypted.
    let private integersFrom first (builder: PlanBuilder) (node: FloatNode) =
        let found =
            node.Operands[first..]
            |> Array.map (fun operand ->
                builder.Sources.Constants[index operand]
                |> Option.map (Tensor.toInt64s >> Array.map int))

        if Array.forall Option.isSome found then
            Some(Array.map Option.get found)
        else
            None

    let private refuse (builder: PlanBuilder) (node: FloatNode) message =
        builder.Refuse("CML3012", node.Origin, message, "constants there", "compute it outside of the model, or make it a constant")

    /// Applies a movement to the node's first operand.
    let private moved (builder: PlanBuilder) (node: FloatNode) movement =
        let operand = integers builder Need.Inside (index node.Operands[0])
        let result = index node.Results[0]
        move builder movement operand builder.Sources.Graph.Types[result].Element node.Origin

    /// Any movement that keeps the order of elements.
    let reshape (builder: PlanBuilder) (node: FloatNode) =
        moved builder node (Move.Reshape builder.Sources.Shapes[index node.Results[0]])

    /// Axes in another order; without a permutation, reversed.
    let transpose (builder: PlanBuilder) (node: FloatNode) (permutation: int[]) =
        let rank = builder.Sources.Shapes[index node.Operands[0]].Length

        moved
            builder
            node
            (Move.Transpose(
                if permutation.Length = 0 then
                    Array.rev [| 0 .. rank - 1 |]
                else
                    permutation
            ))

    /// An operand broadcast to the result's shape.
    let expand (builder: PlanBuilder) (node: FloatNode) =
        moved builder node (Move.Broadcast builder.Sources.Shapes[index node.Results[0]])

    /// The axis in [0, rank) that a possibly negative one names.
    let private fromFront rank axis = if axis < 0 then axis + rank else axis

    /// Starts, sizes and steps of all axes, from what a Slice states of some: starts, ends, axes and steps.
    let private sliceOf (shape: int[]) (result: int[]) (parameters: int[][]) =
        let rank = shape.Length

        let starts, sizes, steps =
            Array.zeroCreate rank, Array.copy shape, Array.create rank 1

        let axes =
            parameters
            |> Array.tryItem 2
            |> Option.defaultValue [| 0 .. parameters[0].Length - 1 |]

        for position, axis in axes |> Array.map (fromFront rank) |> Array.indexed do
            let size = shape[axis]
            starts[axis] <- Math.Clamp(fromFront size parameters[0].[position], 0, size - 1)
            sizes[axis] <- result[axis]

            for own in Option.toList (Array.tryItem 3 parameters) do
                steps[axis] <- own[position]

        Move.Slice(starts, sizes, steps)

    /// A part of the operand between constant bounds.
    let slice (builder: PlanBuilder) (node: FloatNode) =
        let shape = builder.Sources.Shapes[index node.Operands[0]]

        match integersFrom 1 builder node with
        | None ->
            refuse builder node "the bounds of a slice are encrypted"
            integers builder Need.Inside (index node.Operands[0])
        | Some parameters -> moved builder node (sliceOf shape builder.Sources.Shapes[index node.Results[0]] parameters)

    /// Cells of one axis by constant indices.
    let gather (builder: PlanBuilder) (node: FloatNode) axis =
        let x, picks = index node.Operands[0], index node.Operands[1]

        match builder.Sources.Constants[x], builder.Sources.Constants[picks] with
        | None, Some picks ->
            let shape = builder.Sources.Shapes[x]
            let axis = if axis < 0 then axis + shape.Length else axis

            let wrapped =
                Tensor.toInt64s picks
                |> Array.map (fun pick -> if pick < 0L then pick + int64 shape[axis] else pick)

            moved builder node (Move.Gather(axis, Tensor.ofInt64 picks.Shape wrapped))
        | _ ->
            refuse builder node "the indices of a Gather are encrypted"
            integers builder Need.Inside (if builder.Sources.Constants[x].IsNone then x else picks)

    /// Operands side by side.
    let concat (builder: PlanBuilder) (node: FloatNode) axis =
        let result = index node.Results[0]
        let shape = builder.Sources.Shapes[result]

        let operands =
            node.Operands
            |> Array.map (index >> integers builder Need.Inside)
            |> List.ofArray

        let axis = if axis < 0 then axis + shape.Length else axis

        builder.Add(PlanOp.Concat axis, operands, shape, builder.Sources.Graph.Types[result].Element, node.Origin)

    /// The source position of each padded position along one axis, by padding mode.
    let private reflected mode size before after : int64[] =
        [|
            for position in -before .. size + after - 1 ->
                match mode with
                | "reflect" when size > 1 ->
                    let period = 2 * (size - 1)
                    let own = (position % period + period) % period
                    int64 (if own < size then own else period - own)
                | "wrap" -> int64 ((position % size + size) % size)
                | _ -> int64 (min (max position 0) (size - 1))
        |]

    /// Padding with a value other than 0. Real numbers are moved so that it is 0, and back; an integer so moved may leave its type, as 0 - 128
    /// does of uint8, and gets the value added where it is padded.
    let private padConstant (builder: PlanBuilder) (node: FloatNode) (before: int[]) (after: int[]) (fill: float) =
        let x, result = index node.Operands[0], index node.Results[0]
        let real = builder.Sources.Graph.Types[result].Element
        let own, shape = builder.Sources.Shapes[x], builder.Sources.Shapes[result]
        let pad = Move.Pad(before, after)

        let padded planned =
            move builder pad planned real node.Origin

        let shifted (amounts: Tensor) (shape: int[]) planned =
            builder.Add(PlanOp.Affine(Region.plus real shape amounts), [ planned ], shape, real, node.Origin)

        let all amount =
            shifted (Tensor.ofFloat64 [||] [| amount |])

        let border =
            Moves.indices pad own shape
            |> Array.map (fun source -> if source < 0 then fill else 0.0)
            |> Tensor.ofFloat64 shape

        let operand = integers builder Need.Inside x

        if fill = 0.0 then
            padded operand
        elif Element.isFloat real then
            operand |> all -fill own |> padded |> all fill shape
        else
            operand |> padded |> shifted border shape

    /// Pads of all axes, before and after, from those of some.
    let private padsOf rank (pads: int[]) (axes: int[]) =
        let before, after = Array.zeroCreate rank, Array.zeroCreate rank

        for position, axis in Array.indexed axes do
            before[axis] <- pads[position]
            after[axis] <- pads[position + axes.Length]

        before, after

    /// Padding with the operand's own elements, axis by axis.
    let private padReflected (builder: PlanBuilder) (node: FloatNode) mode (before: int[]) (after: int[]) =
        let x = index node.Operands[0]
        let shape = builder.Sources.Shapes[x]
        let real = builder.Sources.Graph.Types[x].Element
        let mutable planned = integers builder Need.Inside x

        for axis in 0 .. shape.Length - 1 do
            if before[axis] + after[axis] > 0 then
                let picks = reflected mode shape[axis] before[axis] after[axis]
                planned <- move builder (Move.Gather(axis, Tensor.ofInt64 [| picks.Length |] picks)) planned real node.Origin

        planned

    /// Padding with known pads, value and axes.
    let private padWith (builder: PlanBuilder) (node: FloatNode) mode hasValue (constants: Tensor[]) =
        let x = index node.Operands[0]
        let rank = builder.Sources.Shapes[x].Length
        let pads = Tensor.toInt64s constants[0] |> Array.map int

        let fill =
            if hasValue then
                (Tensor.toFloat64s constants[1])[0]
            else
                0.0

        let axes =
            match Array.tryItem (if hasValue then 2 else 1) constants with
            | Some axes -> Tensor.toInt64s axes |> Array.map (int >> fromFront rank)
            | None -> [| 0 .. rank - 1 |]

        let before, after = padsOf rank pads axes

        if Array.exists (fun pad -> pad < 0) (Array.append before after) then
            builder.Refuse("CML3011", node.Origin, "a negative pad", "pads of at least 0", "crop with a Slice")
            integers builder Need.Inside x
        elif mode = "constant" then
            padConstant builder node before after fill
        else
            padReflected builder node mode before after

    /// Padding with a constant, or with the operand's own elements.
    let pad (builder: PlanBuilder) (node: FloatNode) mode hasValue =
        let constants =
            node.Operands[1..]
            |> Array.map (fun operand -> builder.Sources.Constants[index operand])

        if Array.exists Option.isNone constants then
            refuse builder node "the pads are encrypted"
            integers builder Need.Inside (index node.Operands[0])
        else
            padWith builder node mode hasValue (Array.choose id constants)

    /// The axes of a sum: none where it is asked for none and `noop` says so, all where nothing is asked.
    let private summedAxes rank noop (parameters: int[][]) =
        match Array.tryHead parameters with
        | Some axes when axes.Length > 0 -> axes |> Array.map (fromFront rank) |> Array.sort
        | _ when noop -> [||]
        | _ -> [| 0 .. rank - 1 |]

    /// A sum along constant axes; without axes along all, or, by `noop`, along none.
    let reduceSum (builder: PlanBuilder) (node: FloatNode) keep noop =
        let x, result = index node.Operands[0], index node.Results[0]

        match integersFrom 1 builder node with
        | None ->
            refuse builder node "the axes of a sum are encrypted"
            integers builder Need.Inside x
        | Some parameters ->
            let axes = summedAxes builder.Sources.Shapes[x].Length noop parameters
            let operand = integers builder Need.Inside x

            if axes.Length = 0 then
                operand
            else
                let real = builder.Sources.Graph.Types[result].Element
                builder.Add(PlanOp.ReduceSum(axes, keep), [ operand ], builder.Sources.Shapes[result], real, node.Origin)
