/// Dense networks as circuits, for tests of what is chosen for them.
module ConcreteMl.Compiler.Core.Tests.Circuit.DenseNetworks

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
type private QuantType = ConcreteMl.Compiler.Core.Quant.ValueType

let lower graph =
    match Lower.run Context.quiet graph with
    | Ok circuit -> circuit
    | Error findings -> failwithf "%A" findings

/// A signed type of so many bits.
let typed shape bits : QuantType =
    {
        Shape = shape
        Bits = bits
        Range = -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L
        Uniform = None
    }

/// A table that falls back to 0.
let zeroTable bits outBits : Table =
    {
        Entries = Tensor.ofIntegers [| 1; 1 <<< bits |] (Array.init (1 <<< bits) (fun i -> int64 (i % (1 <<< (outBits - 1)))))
        Index = Tensor.ofIntegers [||] [| 0L |]
        Function = "relu"
        Window = None
    }

/// Dense layers with relu: widths of the layers, bits of codes and weights, accumulators of `wide` bits, rounded when asked.
let network (sizes: int list) codes weights wide (rounding: (int * RoundingMethod) option) =
    let random = Random 7
    let builder = GraphBuilder<QuantOp, QuantType>("network")

    let mutable x =
        builder.Input("x", typed [| 1; sizes.Head |] codes, RandomGraphs.coding 0L 1L)

    for inner, outer in List.pairwise sizes do
        let limit = (1 <<< (weights - 1)) - 1

        let product =
            builder.Value(
                QuantOp.Linear(Linear.MatMul(RandomGraphs.integers random [| inner; outer |] limit)),
                [ x ],
                typed [| 1; outer |] wide,
                [ $"/fc{outer}/Gemm" ]
            )

        let operand, bits =
            match rounding with
            | Some(bits, way) when bits < wide ->
                builder.Value(QuantOp.Round(wide - bits, way), [ product ], typed [| 1; outer |] bits, [ $"/fc{outer}/Gemm" ]), bits
            | _ -> product, wide

        x <- builder.Value(QuantOp.Lookup(zeroTable bits codes), [ operand ], typed [| 1; outer |] codes, [ $"/relu{outer}/Relu" ])

    builder.Build
        [
            {
                Name = "y"
                Value = x
                Coding = Some(RandomGraphs.coding -100L 100L)
            }
        ]
    |> lower

/// The circuit with lookups that read codes from −window to window − 1.
let windowed window (graph: Graph) : Graph =
    { graph with
        Nodes =
            graph.Nodes
            |> Array.map (fun node ->
                match node.Op with
                | Op.Lookup(table, plan) ->
                    { node with
                        Op = Op.Lookup({ table with Window = Some window }, plan)
                    }
                | _ -> node)
    }
