/// Choices by encrypted conditions cost one lookup of one bit more, and lose next to nothing.
module ConcreteMl.Compiler.Core.Tests.Quant.ChoiceTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Compared

let private wholeNumbers =
    [
        "a choice between two others", "c = Less (x0, x1)\nn = Neg (x2)\ny0 = Where (c, x1, n)"
        "a choice between what is compared", "c = Greater (x0, x1)\ns = Add (x0, x1)\ny0 = Where (c, x0, s)"
        "the product of a truth", "c = Greater (x0, x1)\nt = Cast <to = 1> (c)\ny0 = Mul (x2, t)"
        "choices within choices", "c = Greater (x0, x1)\nd = Less (x1, x2)\ns = Where (d, x2, x0)\ny0 = Where (c, x1, s)"
    ]

/// What is chosen, the network, and a bound of its error at 6 bits: products of squares have .028 and .080, codes of the sides .020 and .037.
let private reals =
    [
        "two functions of one value", "c = Greater (x0, zero)\nt = Tanh (x1)\nm = Mul (x1, tenth)\ny0 = Where (c, t, m)", 0.024
        "the opposite",
        "l = Constant <value = int64[1] {1}> ()\ns = ReduceSum <keepdims = 1> (x0, l)\nc = Greater (s, zero)\nn = Neg (x1)\ny0 = Where (c, x1, n)",
        0.045
    ]

let private constants =
    "zero = Constant <value = float {0.0}> ()\ntenth = Constant <value = float {0.1}> ()\n"

let private net body =
    model "float[1,4] x0, float[1,4] x1, float[1,4] x2" "float[1,4] y0" body

let private shapes = List.replicate 3 [| 1; 4 |]

/// Whole numbers that come as reals.
let private counts seed =
    integers seed 200 12 shapes
    |> List.map (List.map (fun sample -> Tensor.ofFloat32 sample.Shape (Tensor.toFloat64s sample |> Array.map float32)))

[<Tests>]
let tests =
    testList
        "Quant.Choice"
        [
            for name, body in wholeNumbers do
                testCase $"{name} is exact on whole numbers"
                <| fun () ->
                    for bits in [ 6; 8 ] do
                        for expected, met in compared (net body) bits None (counts 1) (counts 2) do
                            Expect.equal met expected $"{bits} bits"

            for name, body, limit in reals do
                testCase $"{name} keeps the codes of its sides"
                <| fun () ->
                    let error =
                        compared (net (constants + body)) 6 None (normals 1 300 shapes) (normals 1 300 shapes)
                        |> relative

                    Expect.isLessThan error limit "error"

            testCase "the largest of whole numbers are exact, and each pair is compared once"
            <| fun () ->
                let net =
                    model
                        "float[1,5] x0"
                        "float[1,2] y0, int64[1,2] y1"
                        "k = Constant <value = int64[1] {2}> ()\ny0, y1 = TopK <axis = 1> (x0, k)"

                let samples seed =
                    integers seed 200 12 [ [| 1; 5 |] ]
                    |> List.map (List.map (fun sample -> Tensor.ofFloat32 sample.Shape (Tensor.toFloat64s sample |> Array.map float32)))

                match Quantize.uncut (QuantOptions.uniform 6) (samples 1) net with
                | Ok(Stage.Quant graph as stage) ->
                    for expected, met in against stage net (samples 2) do
                        Expect.equal met expected "values and indices"

                    let lookups =
                        graph.Nodes
                        |> Array.filter (fun node -> node.Op.IsLookup)
                        |> Array.sumBy (fun node -> Shape.count (graph.TypeOf node.Results[0]).Shape)

                    // ten pairs, and of two places and five elements each: whether it is there, the value, the index
                    Expect.isLessThanOrEqual lookups 40 "lookups"
                | other -> failtest $"%A{other}"

            testCase "a truth meets a value in the value's steps, not by a multiplier"
            <| fun () ->
                let net =
                    [
                        weights "w" 5 [ 5; 8 ]
                        weights "v" 6 [ 3; 4 ]
                        "k = Constant <value = int64[1] {3}> ()"
                        "m = MatMul (x0, w)"
                        "h = Relu (m)"
                        "t, i = TopK <axis = 1> (h, k)"
                        "y0 = MatMul (t, v)"
                    ]
                    |> String.concat "\n"
                    |> model "float[1,5] x0" "float[1,4] y0"

                match Quantize.uncut (QuantOptions.uniform 8) (normals 1 300 [ [| 1; 5 |] ]) net with
                | Ok(Stage.Quant graph) ->
                    for node in graph.Nodes do
                        match node.Op with
                        | Op.Linear(Linear.Combine multipliers) ->
                            Expect.isLessThanOrEqual (multipliers |> Array.map abs |> Array.max) 2L "multipliers"
                        | _ -> ()
                | other -> failtest $"%A{other}"
        ]
