namespace ConcreteMl.Compiler.Core.Quant

open System
open ConcreteMl.Compiler.Core.Base

/// Integer-linear operations on batches of samples, in 64-bit arithmetic without any other reduction.
[<RequireQualifiedAccess>]
module EvalLinear =

    let private move (indices: int[]) (result: int[]) (x: IntegerBatch) =
        let lanes = x.Lanes
        let output = IntegerBatch.zeros result lanes

        indices
        |> Array.iteri (fun element index ->
            if index >= 0 then
                Array.Copy(x.Data, index * lanes, output.Data, element * lanes, lanes))

        output

    let private concat axis (result: int[]) (operands: IntegerBatch list) =
        let operands = Array.ofList operands
        let lanes = operands[0].Lanes
        let output = IntegerBatch.zeros result lanes

        Moves.concat axis (operands |> Array.map _.Shape) result
        |> Array.iteri (fun element (operand, index) ->
            Array.Copy(operands[operand].Data, index * lanes, output.Data, element * lanes, lanes))

        output

    let private shift (offsets: Tensor) (x: IntegerBatch) =
        let values = Tensor.toInt64s offsets
        let own = Moves.broadcast offsets.Shape x.Shape

        { x with
            Data = Array.init x.Data.Length (fun index -> x.Data[index] + values[own[index / x.Lanes]])
        }

    /// The result of an operation; `result` is its shape as `LinearShape.infer` gives it.
    let run (linear: Linear) (result: int[]) (operands: IntegerBatch list) : IntegerBatch =
        let x = List.head operands

        match linear with
        | Linear.MatMul weights -> EvalKernels.matMul weights result x
        | Linear.Conv(weights, geometry, group) -> EvalKernels.conv weights geometry group result x
        | Linear.SumPool(kernel, geometry) -> EvalKernels.sumPool kernel geometry result x
        | Linear.Shift offsets -> shift offsets x
        | Linear.Concat axis -> concat axis result operands
        | Linear.Move(Move.Reshape _) -> { x with Shape = result }
        | Linear.Move own -> move (Moves.indices own x.Shape result) result x
        | _ ->
            let operands = Array.ofList operands
            EvalKernels.byTerms (Terms.ofLinear linear (operands |> Array.map _.Shape) result) result operands
