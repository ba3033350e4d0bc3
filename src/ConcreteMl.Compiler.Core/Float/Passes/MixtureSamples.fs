namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// What samples show of the operands of mixtures.
type internal MixtureSamples =
    {
        /// By the result of a product, the largest absolute values of its two factors; 1 where nothing is known.
        Magnitudes: ValueId -> float * float
        /// What truths are added to; None where nothing is known.
        Reach: Choices.Operand -> Reach option
    }

/// Looks at samples.
[<RequireQualifiedAccess>]
module internal MixtureSamples =

    let private most (values: float[]) =
        values
        |> Array.map abs
        |> Array.filter System.Double.IsFinite
        |> Array.fold max 0.0

    /// The largest absolute values of a node's two factors.
    let private factors (node: Node<Op>) (trace: Tensor[]) : (float * float) option =
        let own at =
            let (ValueId index) = node.Operands[at]
            Tensor.toFloat64s trace[index]

        match node.Op with
        | Op.Binary(Binary.Mul | Binary.PRelu)
        | Op.MatMul
        | Op.Gemm _ -> Some(most (own 0), most (own 1))
        | Op.Binary Binary.Div -> Some(most (own 0), most (own 1 |> Array.map (fun value -> 1.0 / value)))
        | Op.Where -> Some(1.0, most (own 1) + most (own 2))
        | _ -> None

    let private known (found: Dictionary<'Key, 'Value>) key =
        match found.TryGetValue key with
        | true, value -> Some value
        | _ -> None

    /// What these samples show of the choices among them, and of products.
    let ofSamples (site: MixtureSite) (choices: Choices.Choice list) (samples: Tensor list list) : MixtureSamples =
        let largest = Dictionary<ValueId, float * float>()
        let reaches = Dictionary<Choices.Operand, Reach option>()

        let seeFactors result (a, b) =
            let mostA, mostB = known largest result |> Option.defaultValue (0.0, 0.0)
            largest[result] <- (max a mostA, max b mostB)

        let seeOperand (operand, values) =
            let own = Reach.ofValues values

            reaches[operand] <-
                match known reaches operand with
                | Some before -> Option.map2 Reach.union before own
                | None -> own

        for sample in samples do
            let trace = Eval.trace site.Graph sample

            for node in site.Graph.Nodes do
                factors node trace |> Option.iter (seeFactors node.Results[0])

            choices
            |> List.collect (Choices.operands site trace)
            |> List.distinctBy fst
            |> List.iter seeOperand

        let positive value = if value > 0.0 then value else 1.0

        {
            Magnitudes =
                fun result ->
                    match known largest result with
                    | Some(a, b) -> positive a, positive b
                    | None -> 1.0, 1.0
            Reach = fun operand -> known reaches operand |> Option.flatten
        }
