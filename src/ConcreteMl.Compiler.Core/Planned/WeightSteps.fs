namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// The steps of weights that come from a quantizer in the file.
[<RequireQualifiedAccess>]
module WeightSteps =

    open ConcreteMl.Compiler.Core.Float

    let private broadcast (shape: int[]) (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor

        if tensor.Count = 1 then
            Array.create (Shape.count shape) values[0]
        else
            Moves.broadcast tensor.Shape shape |> Array.map (fun element -> values[element])

    let private transposed (tensor: Tensor) =
        let rank = tensor.Shape.Length
        let permutation = Array.append [| 0 .. rank - 3 |] [| rank - 1; rank - 2 |]
        let shape = permutation |> Array.map (fun axis -> tensor.Shape[axis])
        let values = Tensor.toFloat64s tensor

        Moves.indices (Move.Transpose permutation) tensor.Shape shape
        |> Array.map (fun element -> values[element])

    let private index (ValueId value) = value

    /// One step for every element of a constant.
    let private spread (sources: Sources) value scale =
        let shape = sources.Constants[value].Value.Shape
        Tensor.ofFloat64 shape (broadcast shape scale)

    let private isWhole (tensor: Tensor) =
        Tensor.toFloat64s tensor
        |> Array.forall (fun code -> code = System.Math.Round code)

    /// The scale of every element of constant weights that come from a Quant node, through movements only.
    let rec private scales (sources: Sources) value : Tensor option =
        let constant (node: FloatNode) position =
            sources.Constants[index node.Operands[position]]

        match sources.Producers[value] with
        | None -> None
        | Some node ->
            match node.Op with
            | Op.Quant _ -> constant node 1 |> Option.map (spread sources value)
            | Op.Binary Binary.Mul ->
                // A dequantized constant: whole numbers times a scale.
                match constant node 0, constant node 1 with
                | Some codes, Some scale when isWhole codes -> Some(spread sources value scale)
                | _ -> None
            | Op.Transpose _
            | Op.Reshape _
            | Op.Flatten _
            | Op.Squeeze
            | Op.Unsqueeze ->
                scales sources (index node.Operands[0])
                |> Option.map (fun scales ->
                    let rest =
                        List.init (node.Operands.Length - 1) (fun other -> (constant node (other + 1)).Value)

                    Eval.op node.Op (scales :: rest) |> List.head)
            | _ -> None

    /// The step of every weight in the order in which the plan holds them, times the product's factor; None without a quantizer.
    /// `transposed` tells that the file holds them the other way round.
    let ofFile (sources: Sources) (value: int, isTransposed: bool) (factor: float) : Tensor option =
        scales sources value
        |> Option.map (fun found ->
            let rank = found.Shape.Length

            let shape, ordered =
                if isTransposed && rank > 1 then
                    Array.concat [ found.Shape[.. rank - 3]; [| found.Shape[rank - 1]; found.Shape[rank - 2] |] ], transposed found
                else
                    found.Shape, Tensor.toFloat64s found

            Tensor.ofFloat64 shape (ordered |> Array.map (fun scale -> scale * factor)))
