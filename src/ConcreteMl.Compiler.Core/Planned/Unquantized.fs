namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base

/// A network with quantizers of its own as it would be without them: what its own error is measured against.
[<RequireQualifiedAccess>]
module Unquantized =

    open ConcreteMl.Compiler.Core.Float

    /// Bits that are added to a quantizer: its error falls to 2^-8 of its own, and the codes of 16 bits stay exact in float32.
    let private added = 8

    /// The quantizer of the same ends and 2^8 times the codes: scale, zero point and bits.
    let private finer (quant: FakeQuant) (quantizer: FileQuantizer) : Tensor * Tensor * Tensor =
        let bits = quantizer.Bits + added
        let low, high = EvalQuant.range quant (float bits)
        let step = float (quantizer.High - quantizer.Low) / float (high - low)

        let map change (tensor: Tensor) =
            Tensor.ofFloat32 tensor.Shape (Tensor.toFloat64s tensor |> Array.map (change >> float32))

        map (fun scale -> scale * step) quantizer.Scale,
        map (fun zero -> float low - (float quantizer.Low - zero) / step) quantizer.Zero,
        Tensor.scalar32 (float32 bits)

    /// Saturation stays: exporters leave ReLU and Clip to quantizers that do the same. A quantizer of a single bit is no approximation of
    /// a number but the activation itself.
    let private step (op: FloatOp, operands: RegionOperand[]) =
        match op, operands with
        | Op.Quant quant, [| x; RegionOperand.Constant scale; RegionOperand.Constant zero; RegionOperand.Constant bits |] ->
            match FileQuantizers.read quant scale zero bits with
            | Ok quantizer when quantizer.Bits > 1 ->
                let scale, zero, bits = finer quant quantizer

                op,
                [|
                    x
                    RegionOperand.Constant scale
                    RegionOperand.Constant zero
                    RegionOperand.Constant bits
                |]
            | Ok _
            | Error _ -> op, operands
        | _ -> op, operands

    /// The graph on real numbers that no quantizer rounds. Its weights are the file's, on their own grids.
    let graph (graph: PlanGraph) : PlanGraph =
        let unquantized (node: Node<PlanOp>) =
            match node.Op with
            | PlanOp.Lookup(region, atOutput) ->
                let steps = Array.map step region.Steps

                { node with
                    Op = PlanOp.Lookup({ region with Steps = steps }, atOutput)
                }
            | _ -> node

        { graph with
            Nodes = Array.map unquantized graph.Nodes
        }
