/// The weights of all fresh noises in all values (those of one rounding as one), found by pushing unit noises through the integer interpreter's own kernels.
module ConcreteMl.Compiler.Core.Tests.Circuit.UnitNoises

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

type UnitNoises =
    {
        /// For each value, lane l of element e: the weight of noise l.
        Values: IntegerBatch[]
        /// The node that each noise comes from; −1 for inputs.
        Nodes: int[]
        /// The blind rotation, or fresh ciphertext, that each noise comes from: several tables share theirs.
        Rotations: int[]
    }

let push (graph: Graph) : UnitNoises =
    let elements (ValueId value) = Shape.count graph.Types[value].Shape

    let sources (node: Node<Op>) =
        match node.Op with
        | Op.Lookup _
        | Op.LookupMany _ -> node.Results |> Array.sumBy elements
        | Op.Round(_, RoundingMethod.Exact, _) -> elements node.Results[0]
        | _ -> 0

    let lanes =
        (graph.Inputs |> Array.sumBy (fun port -> elements port.Value))
        + (graph.Nodes |> Array.sumBy sources)

    let mutable next = 0
    let nodes = System.Collections.Generic.List<int>()
    let rotations = System.Collections.Generic.List<int>()
    let values: IntegerBatch[] = Array.zeroCreate graph.Types.Length
    let get (ValueId value) = values[value]

    let freshFrom rotation index (shape: int[]) (onto: IntegerBatch) =
        let data = Array.copy onto.Data

        for element in 0 .. Shape.count shape - 1 do
            data[element * lanes + next + element] <- 1L

        next <- next + Shape.count shape
        nodes.AddRange(Array.create (Shape.count shape) index)
        rotations.AddRange(Array.init (Shape.count shape) ((+) rotation))
        { onto with Data = data }

    let fresh index shape onto = freshFrom next index shape onto

    for port in graph.Inputs do
        let (ValueId value) = port.Value
        values[value] <- fresh -1 graph.Types[value].Shape (IntegerBatch.zeros graph.Types[value].Shape lanes)

    for index in 0 .. graph.Nodes.Length - 1 do
        let node = graph.Nodes[index]
        let (ValueId value) = node.Results[0]
        let shape = graph.Types[value].Shape

        values[value] <-
            match node.Op with
            | Op.LookupMany _ ->
                let rotation = next

                for ValueId other in node.Results do
                    values[other] <- freshFrom rotation index shape (IntegerBatch.zeros shape lanes)

                values[value]
            | Op.Lookup _ -> fresh index shape (IntegerBatch.zeros shape lanes)
            | Op.Constant _ -> IntegerBatch.zeros shape lanes
            | Op.Linear(Linear.Shift _) -> get node.Operands[0]
            | Op.Linear linear -> EvalLinear.run linear shape (node.Operands |> Array.map get |> List.ofArray)
            | Op.Round(_, RoundingMethod.Approximate, _) -> get node.Operands[0]
            | Op.Round(_, RoundingMethod.Exact, _) -> fresh index shape (get node.Operands[0])
            | Op.Reencode ->
                let operand = get node.Operands[0]
                let steps = (graph.TypeOf node.Operands[0]).Bits - graph.Types[value].Bits

                { operand with
                    Data = operand.Data |> Array.map (fun weight -> weight <<< steps)
                }

    {
        Values = values
        Nodes = nodes.ToArray()
        Rotations = rotations.ToArray()
    }

/// The largest Σ weight² · variance over the elements of a value; noises of one rotation are taken to be as bad as they can be
/// together.
let largest (noises: UnitNoises) (variance: int -> float) (ValueId value) =
    let batch = noises.Values[value]

    Seq.init (batch.Data.Length / max 1 batch.Lanes) (fun element ->
        seq { 0 .. batch.Lanes - 1 }
        |> Seq.filter (fun lane -> batch.Data[element * batch.Lanes + lane] <> 0L)
        |> Seq.groupBy (fun lane -> noises.Rotations[lane])
        |> Seq.sumBy (fun (_, lanes) ->
            let weight =
                lanes
                |> Seq.sumBy (fun lane -> abs (float batch.Data[element * batch.Lanes + lane]))

            weight ** 2.0 * variance noises.Nodes[Seq.head lanes]))
    |> Seq.max
