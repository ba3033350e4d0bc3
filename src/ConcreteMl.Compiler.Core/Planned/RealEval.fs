namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// What a planned graph computes before codes are chosen: real numbers, in the element types and with the kernels of the float stage.
[<RequireQualifiedAccess>]
module RealEval =

    open ConcreteMl.Compiler.Core.Float

    let private floats = ConcreteMl.Compiler.Core.Float.Eval.op

    let private one op operands = floats op operands |> List.head

    let private like (x: Tensor) shape (values: float[]) =
        Elements.ofFloat64s x.Element shape values

    let private integers (values: int[]) =
        Tensor.ofInt64 [| values.Length |] (values |> Array.map int64)

    /// The product as the file has it: its own factor, and weights in its own order.
    let private matMul (weights: Weights) (x: Tensor) : Tensor =
        let unscaled value =
            if weights.Factor = 0.0 then 0.0 else value / weights.Factor

        let values =
            Tensor.toFloat64s weights.Values
            |> Array.map unscaled
            |> like x weights.Values.Shape

        let bias =
            weights.Bias
            |> Option.map (fun bias -> like x [| bias.Length |] bias)
            |> Option.toList

        if x.Rank = 2 && values.Rank = 2 then
            let turn =
                if weights.Transposed then
                    one (Op.Transpose [| 1; 0 |])
                else
                    List.head

            one (Op.Gemm(float32 weights.Factor, 1.0f, false, weights.Transposed)) (x :: turn [ values ] :: bias)
        else
            bias
            |> List.fold (fun sum bias -> one (Op.Binary Binary.Add) [ sum; bias ]) (one Op.MatMul [ x; values ])

    let private window (kernel: int[]) (geometry: Geometry) : Window =
        {
            Kernel = kernel
            Strides = geometry.Strides
            Dilations = geometry.Dilations
            Pads = Array.append geometry.PadsBegin geometry.PadsEnd
            AutoPad = AutoPad.Explicit
            CeilMode = false
        }

    let private conv (weights: Weights) (geometry: Geometry) group (x: Tensor) : Tensor =
        let values = like x weights.Values.Shape (Tensor.toFloat64s weights.Values)

        let bias =
            weights.Bias
            |> Option.map (fun bias -> like x [| bias.Length |] bias)
            |> Option.toList

        one (Op.Conv(window weights.Values.Shape[2..] geometry, group)) (x :: values :: bias)

    let private sumPool (kernel: int[]) (geometry: Geometry) (divisors: float[]) (shape: int[]) (x: Tensor) : Tensor =
        let table = Windows.positions (window kernel geometry) x.Shape[2..] shape[2..]
        let cells = Shape.count kernel
        let area = Shape.count x.Shape[2..]
        let windows = table.Length / cells
        let source = Tensor.toFloat64s x

        divisors
        |> Array.mapi (fun at divisor ->
            let start, own = at / windows * area, at % windows
            let mutable sum = 0.0

            for cell in own * cells .. (own + 1) * cells - 1 do
                if table[cell] >= 0 then
                    sum <- sum + source[start + table[cell]]

            sum / divisor)
        |> like x shape

    let private moved (move: Move) (shape: int[]) (x: Tensor) : Tensor =
        let indices = Moves.indices move x.Shape shape
        let data = System.Array.CreateInstance(Element.storage x.Element, indices.Length)

        indices
        |> Array.iteri (fun element source ->
            if source >= 0 then
                System.Array.Copy(x.Data, source, data, element, 1))

        Tensor.create x.Element shape data

    /// The result of one operation, of a type, on real operands. Raises `EvalException` for operands that it is not defined on.
    /// A cast between real types adds no operation to a plan: operands enter in the result's element type.
    let op (operation: PlanOp) (result: Type) (operands: Tensor list) : Tensor =
        let operands =
            match operation with
            | PlanOp.Affine _
            | PlanOp.Lookup _ -> operands
            | _ -> List.map (Region.entering result.Real) operands

        match operation, operands with
        | PlanOp.MatMul weights, [ x ] -> matMul weights x
        | PlanOp.Conv(weights, geometry, group), [ x ] -> conv weights geometry group x
        | PlanOp.SumPool(kernel, geometry, divisors), [ x ] -> sumPool kernel geometry divisors result.Shape x
        | PlanOp.ReduceSum(axes, keep), [ x ] -> one (Op.ReduceSum(keep, false)) [ x; integers axes ]
        | PlanOp.Combine signs, [ left; right ] -> one (Op.Binary(if signs[1] < 0 then Binary.Sub else Binary.Add)) [ left; right ]
        | PlanOp.Move move, [ x ] -> moved move result.Shape x
        | PlanOp.Concat axis, _ :: _ -> one (Op.Concat axis) operands
        | PlanOp.Centre, [ x ] -> x
        | PlanOp.Affine region, [ x ]
        | PlanOp.Lookup(region, _), [ x ] -> Region.whole region x
        | PlanOp.Constant reals, [] -> Elements.ofFloat64s result.Real reals.Shape (Tensor.toFloat64s reals)
        | PlanOp.Integers _, _
        | PlanOp.Coded _, _ -> Plan.chosen ()
        | _ -> Elements.fail $"{operands.Length} operands do not fit the operation"

    /// Tensors alike in shape and elements as one, with a first axis in front.
    let private joined (rank: int) (lanes: Tensor[]) : Tensor =
        let first = lanes[0]
        let padding = Array.create (max 0 (rank - first.Rank)) 1

        let data =
            System.Array.CreateInstance(Element.storage first.Element, first.Count * lanes.Length)

        lanes
        |> Array.iteri (fun lane tensor -> System.Array.Copy(tensor.Data, 0, data, lane * first.Count, first.Count))

        Tensor.create first.Element (Array.concat [ [| lanes.Length |]; padding; first.Shape ]) data

    /// The parts of a tensor along its first axis.
    let private parted (all: Tensor) count : Tensor[] =
        let size = all.Count / count

        Array.init count (fun lane ->
            let own = System.Array.CreateInstance(Element.storage all.Element, size)
            System.Array.Copy(all.Data, lane * size, own, 0, size)
            Tensor.create all.Element all.Shape[1..] own)

    /// A function of single elements on the values of several samples: a long function costs its steps once, not once a sample.
    let private overAll (region: Region) (lanes: Tensor[]) : Tensor[] =
        let first = lanes[0]

        let isAlike (lane: Tensor) =
            lane.Element = first.Element && lane.Shape = first.Shape

        if
            lanes.Length = 1
            || not (Region.isElementwise region && Array.forall isAlike lanes)
        then
            lanes |> Array.map (Region.whole region)
        else
            parted (Region.whole region (joined region.Shape.Length lanes)) lanes.Length

    /// Every value of a graph, by id, for each of several samples (at least one).
    let traces (graph: PlanGraph) (samples: Tensor list[]) : Tensor[][] =
        let values: Tensor[][] = Array.zeroCreate graph.Types.Length

        graph.Inputs
        |> Array.iteri (fun input _ -> values[input] <- samples |> Array.map (List.item input))

        for node in graph.Nodes do
            let (ValueId result) = node.Results[0]

            let operands = node.Operands |> Array.map (fun (ValueId index) -> values[index])

            values[result] <-
                match node.Op, operands with
                | (PlanOp.Affine region | PlanOp.Lookup(region, _)), [| lanes |] -> overAll region lanes
                | _ -> Array.init samples.Length (fun lane -> op node.Op graph.Types[result] [ for operand in operands -> operand[lane] ])

        values

    /// Every value of a graph, by id, for one sample.
    let trace (graph: PlanGraph) (inputs: Tensor list) : Tensor[] =
        traces graph [| inputs |] |> Array.map Array.head

    /// The outputs for one sample, in the order of the graph's ports.
    let outputs (graph: PlanGraph) (inputs: Tensor list) : Tensor list =
        let values = trace graph inputs

        graph.Outputs
        |> Array.map (fun { Value = ValueId index } -> values[index])
        |> List.ofArray
