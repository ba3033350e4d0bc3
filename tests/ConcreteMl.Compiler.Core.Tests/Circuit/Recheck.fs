/// Checks chosen parameters by other means than those that chose them.
module ConcreteMl.Compiler.Core.Tests.Circuit.Recheck

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe

/// The digits of a rounding, or a lookup as one of its width and with no digit.
let private bootstrapsOf (graph: Graph) index =
    match graph.Nodes[index].Op with
    | Op.Lookup(_, Some plan)
    | Op.LookupMany(_, Some plan) -> [ plan.Class.Value, 1 ]
    | Op.Round(_, _, Some plan) ->
        [
            for digit in plan.Digits do
                digit.Class.Value, Schedule.bootstraps digit.Bits
        ]
    | other -> failwithf "no plan in %A" other

/// Checks every decision against the run time's own noise formulas and the noises pushed through one by one.
let decisions (chosen: Chosen.Chosen) =
    let graph = chosen.Graph
    let parameters = Option.get chosen.Parameters
    let model = NoiseModel.Measured
    let noises = UnitNoises.push graph

    let rotation own =
        model.BlindRotationVariance(parameters.BigKey, parameters.Classes[own])

    let variance index =
        if index < 0 then
            parameters.BigKey.Variance
        else
            bootstrapsOf graph index
            |> List.sumBy (fun (own, count) -> float count * rotation own)

    let budget bits =
        NoiseFormulas.budget bits (chosen.PErrorBound * 1.0001)

    for index in 0 .. graph.Nodes.Length - 1 do
        let node = graph.Nodes[index]

        let decidingMany own tables =
            model.KeySwitchVariance(parameters.BigKey, parameters.Classes[own])
            + model.ModulusSwitchVariance(parameters.BigKey, parameters.Classes[own], tables)

        let deciding own = decidingMany own 1

        match node.Op with
        | Op.Lookup(_, plan)
        | Op.LookupMany(_, plan) ->
            let own = plan.Value.Class.Value
            let step = (graph.TypeOf node.Operands[0]).Step
            let bits = step.Bits
            let tables = node.Results.Length

            let operand = UnitNoises.largest noises variance node.Operands[0]
            let lookup = parameters.Classes[own]

            if isNull (box lookup.Wide) then
                Expect.isLessThanOrEqual (operand + decidingMany own tables) (step.Widening * step.Widening * budget bits) "total"
            else
                for bit in 0 .. bits - 1 do
                    let raised =
                        Math.Pow(4.0, float (bits - bit)) * (operand + float bit * rotation own)

                    Expect.isLessThanOrEqual (raised + model.WideBitVariance(parameters.BigKey, lookup)) (budget 0) "bit"

                for result in node.Results do
                    let low, high = (graph.TypeOf result).Range

                    Expect.isLessThanOrEqual
                        (model.WideSelectionVariance(parameters.BigKey, lookup, bits) + deciding own)
                        (budget (int (Math.Ceiling(Math.Log2(float (high - low + 1L))))))
                        "entry"

            let cells =
                CenteredModulusSwitch.LogModulus(parameters.BigKey, parameters.Classes[own], tables)
                - 1

            if isNull (box lookup.Wide) then
                Expect.isGreaterThanOrEqual cells step.LeastLogSize "cells"
        | Op.Round(drop, RoundingMethod.Exact, plan) ->
            let bits = (graph.TypeOf node.Operands[0]).Bits
            let mutable lowest = 0
            let mutable taken = 0.0

            for digit in plan.Value.Digits do
                let highest = lowest + digit.Bits - 1

                let read =
                    node.Operands[if highest + 1 < node.Operands.Length then
                                      highest + 1
                                  else
                                      0]

                for _ in 1 .. Schedule.bootstraps digit.Bits do
                    let incoming = UnitNoises.largest noises variance read + taken
                    let raised = Math.Pow(4.0, float (bits - highest)) * incoming

                    Expect.isLessThanOrEqual
                        (raised + deciding digit.Class.Value)
                        (budget (digit.Bits - 1))
                        "raised + deciding digit.Class.Value"

                    taken <- taken + rotation digit.Class.Value

                lowest <- lowest + digit.Bits

            Expect.equal lowest drop "lowest"
        | _ -> ()

    for port in graph.Outputs do
        let step = (graph.TypeOf port.Value).Step

        Expect.isLessThanOrEqual
            (UnitNoises.largest noises variance port.Value)
            (step.Widening * step.Widening * budget step.Bits)
            "UnitNoises.largest noises variance port.Value"
