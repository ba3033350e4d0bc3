module ConcreteMl.Compiler.Core.Tests.Circuit.NoiseTests

open NUnit.Framework
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Pushes unit noises through the circuit, one per lane, with the integer interpreter's own kernels.
let private bruteForce (graph: Graph) : float[] =
    let elements (ValueId value) = Shape.count graph.Types[value].Shape

    let sources (node: Node<Op>) =
        match node.Op with
        | Op.Lookup _ -> elements node.Results[0]
        | Op.Round(drop, RoundingMethod.Exact, _) -> drop * elements node.Results[0]
        | _ -> 0

    let lanes =
        (graph.Inputs |> Array.sumBy (fun port -> elements port.Value))
        + (graph.Nodes |> Array.sumBy sources)

    let mutable next = 0
    let values: IntegerBatch[] = Array.zeroCreate graph.Types.Length
    let get (ValueId value) = values[value]

    let fresh (shape: int[]) perElement (onto: IntegerBatch) =
        let data = Array.copy onto.Data

        for element in 0 .. Shape.count shape - 1 do
            for copy in 0 .. perElement - 1 do
                let lane = next + element * perElement + copy
                data[element * lanes + lane] <- 1L

        next <- next + Shape.count shape * perElement
        { onto with Data = data }

    for port in graph.Inputs do
        let (ValueId value) = port.Value
        values[value] <- fresh graph.Types[value].Shape 1 (IntegerBatch.zeros graph.Types[value].Shape lanes)

    for node in graph.Nodes do
        let (ValueId value) = node.Results[0]
        let shape = graph.Types[value].Shape

        values[value] <-
            match node.Op with
            | Op.Lookup _ -> fresh shape 1 (IntegerBatch.zeros shape lanes)
            | Op.Constant _ -> IntegerBatch.zeros shape lanes
            | Op.Linear(Linear.Shift _) -> get node.Operands[0]
            | Op.Linear linear -> EvalLinear.run linear shape (node.Operands |> Array.map get |> List.ofArray)
            | Op.Round(_, RoundingMethod.Approximate, _) -> get node.Operands[0]
            | Op.Round(drop, RoundingMethod.Exact, _) -> fresh shape drop (get node.Operands[0])
            | Op.Reencode ->
                let operand = get node.Operands[0]
                let steps = (graph.TypeOf node.Operands[0]).Bits - graph.Types[value].Bits

                { operand with
                    Data = operand.Data |> Array.map (fun weight -> weight <<< steps)
                }

    values
    |> Array.map (fun batch ->
        Seq.init (batch.Data.Length / lanes) (fun element ->
            Seq.init lanes (fun lane -> float batch.Data[element * lanes + lane] ** 2.0)
            |> Seq.sum)
        |> Seq.max)

[<Test>]
let ``norms equal those of unit noises pushed through`` () =
    for seed in 1..300 do
        match Lower.run Context.quiet (RandomGraphs.graph seed) with
        | Error findings -> Assert.Fail $"{findings}"
        | Ok circuit ->
            let norms = (Noise.analyse circuit).Norms
            let expected = bruteForce circuit

            for value in 0 .. expected.Length - 1 do
                let found = norms[value]
                let largest = max found.Input (max found.Table found.Rounding)

                let within =
                    expected[value] <= found.Total * 1.000001
                    && largest <= expected[value] * 1.000001

                Assert.That(within, $"seed {seed} value {value}: {expected[value]} {found}")

                if
                    (found.Input = 0.0 && found.Rounding = 0.0)
                    || found.Table = 0.0 && found.Rounding = 0.0
                then
                    Assert.That(found.Total, Is.EqualTo(expected[value]).Within(1e-6).Percent, $"seed {seed} value {value}")
