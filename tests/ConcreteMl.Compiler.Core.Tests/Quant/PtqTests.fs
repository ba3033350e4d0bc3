module ConcreteMl.Compiler.Core.Tests.Quant.PtqTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

let private quantized options (graph: Float.Graph) samples : Quant.Graph =
    match Quantize.fit Context.quiet options graph samples with
    | Ok result ->
        Expect.isEmpty (Verify.graph result |> List.map Diagnostic.render) "Verify.graph result |> List.map Diagnostic.render"
        result
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// The error of every output on fresh samples.
let private errors options (network: Network) (shape: int[]) (graph: Float.Graph) =
    let result = quantized options graph (network.Samples(120, shape))
    let test = network.Samples(60, shape)
    let expected = test |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
    let actual, _ = Client.forward result test

    result,
    [
        for output in 0 .. graph.Outputs.Length - 1 -> relativeError expected actual output
    ]

[<Tests>]
let tests =
    testList
        "Quant.Ptq"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 5
                }
                "random dense networks stay near their float model at 8 bits"
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 6 |]
                let hidden = network.Apply(Unary.Relu, network.Dense(x, 9))
                let y = network.Dense(network.Apply(Unary.Tanh, network.Dense(hidden, 7)), 3)

                let result, errors =
                    errors (QuantOptions.uniform 8) network [| 1; 6 |] (network.Build [ y ])

                // a fresh sample may leave the ranges of the calibration samples, about once in a hundred networks
                lookups result = 16 && errors[0] < 0.1

            testCase "votes of a common step are counted exactly, so that scores tie as the model's do"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 17]>
                    g (float[1,4] x) => (float[1,2] y)
                    <float c = {0.0}, float[4,2] w = {1.0, 0.3, 2.0, 0.6, 1.5, -0.1, 3.0, 0.7}>
                    { a = Greater (x, c) b = Cast <to = 1> (a) y = MatMul (b, w) }"""

                let graph =
                    Compile.decode "g" None (System.Text.Encoding.UTF8.GetBytes text)
                    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
                    |> Result.defaultWith (failwithf "%A")

                let network = Network 5

                let result =
                    quantized (QuantOptions.uniform 4) graph (network.Samples(120, [| 1; 4 |]))

                for outputs in fst (Client.forward result (network.Samples(20, [| 1; 4 |]))) do
                    let found = Tensor.toFloat64s outputs.Head

                    let counted =
                        Array.map2 (fun value step -> round (value / step) * step) found [| 0.5; 0.1 |]

                    for value, expected in Array.zip found counted do
                        Expect.floatClose Accuracy.medium value expected "codes 2, 4, 3, 6 of a half, and 3, 6, -1, 7 of a tenth"

            testTheory "units that calibration hardly ever or never switches on take no precision from the others" [ 1; 2; 3 ]
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 6 |]

                let shifts =
                    Tensor.ofFloat32 [| 12 |] [| -50f; -50f; -3f; -3f; -3f; -2.5f; 0f; 0f; 0f; 0f; 0f; 0f |]

                let hidden =
                    network.Apply(Unary.Relu, network.Apply(Binary.Add, network.Dense(x, 12), network.Constant shifts))

                let y = network.Dense(network.Apply(Unary.Relu, network.Dense(hidden, 8)), 3)

                let _, errors =
                    errors (QuantOptions.uniform 6) network [| 1; 6 |] (network.Build [ y ])

                Expect.isLessThan errors[0] 0.1 "errors[0]"

            testTheory "channels of a convolution that never switch on take no precision from the others" [ 1; 2 ]
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 2; 8; 8 |]
                let shifts = Tensor.ofFloat32 [| 5; 1; 1 |] [| -80f; 0f; 0f; -7f; 0f |]

                let first =
                    network.Apply(Unary.Relu, network.Apply(Binary.Add, network.Conv(x, 5, 1), network.Constant shifts))

                let y =
                    network.Dense(network.Flatten(network.Apply(Unary.Relu, network.Conv(first, 3, 1))), 3)

                let _, errors =
                    errors (QuantOptions.uniform 6) network [| 1; 2; 8; 8 |] (network.Build [ y ])

                Expect.isLessThan errors[0] 0.1 "errors[0]"

            testTheory "weights behind a padded pool are fitted to its reals, whose offsets vary over the positions" [ 1; 2 ]
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 2; 6; 6 |]

                let pooled =
                    network.PaddedPool(network.Apply(Unary.Elu 1.0f, network.Conv(x, 6, 1)))

                let y = network.Conv(pooled, 4, 0)

                let _, errors =
                    errors (QuantOptions.uniform 8) network [| 1; 2; 6; 6 |] (network.Build [ y ])

                Expect.isLessThan errors[0] 0.02 "errors[0]"

            testCase "an input that never varies takes no precision from the others"
            <| fun () ->
                let network = Network 5
                let x = network.Input [| 1; 8 |]

                let spread = Tensor.ofFloat32 [| 1; 8 |] [| 0f; 0f; 1f; 1f; 1f; 1f; 1f; 60f |]

                let narrowed =
                    network.Apply(Binary.Div, x, network.Constant(Tensor.ofFloat32 [| 1; 8 |] [| 1f; 1f; 1f; 1f; 1f; 1f; 1f; 60f |]))

                let graph =
                    network.Build [ network.Dense(network.Apply(Unary.Relu, network.Dense(narrowed, 10)), 2) ]

                let spreadOut sample =
                    Array.map2 (fun value spread -> float32 (value * spread)) (Tensor.toFloat64s sample) (Tensor.toFloat64s spread)
                    |> Tensor.ofFloat32 [| 1; 8 |]

                let samples count =
                    network.Samples(count, [| 1; 8 |]) |> List.map (List.map spreadOut)

                let result = quantized (QuantOptions.uniform 6) graph (samples 120)
                let test = samples 60
                let expected = test |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
                let actual, _ = Client.forward result test
                Expect.isLessThan (relativeError expected actual 0) 0.1 "relativeError expected actual 0"

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 4
                }
                "random convolutional networks stay near their float model at 6 bits, rounded too"
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 2; 6; 6 |]
                let first = network.AveragePool(network.Apply(Unary.Relu, network.Conv(x, 3, 1)))

                let y =
                    network.Dense(network.Flatten(network.Apply(Unary.Sigmoid, network.Conv(first, 2, 1))), 3)

                let graph = network.Build [ y ]
                let plain, errors' = errors (QuantOptions.uniform 6) network [| 1; 2; 6; 6 |] graph

                let rounding =
                    { QuantOptions.uniform 6 with
                        Rounding = Some(6, RoundingMethod.Exact)
                    }

                let rounded, rough = errors rounding network [| 1; 2; 6; 6 |] graph

                lookups plain = 126
                && lookups rounded >= 126
                && errors'[0] < 0.15
                && rough[0] < 0.25
                && rounded.Nodes
                   |> Array.forall (fun node ->
                       match node.Op with
                       | QuantOp.Lookup _ -> (rounded.TypeOf node.Operands[0]).Bits <= 6
                       | _ -> true)

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 4
                }
                "values that meet in sums need no lookup of their own"
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 5 |]
                let hidden = network.Apply(Unary.Relu, network.Dense(x, 8))
                let sum = network.Apply(Binary.Add, hidden, network.Dense(hidden, 8))

                let other =
                    network.Apply(Binary.Sub, network.Dense(sum, 8), network.Dense(hidden, 8))

                let y = network.Dense(network.Apply(Unary.Relu, other), 2)

                let result, errors =
                    errors (QuantOptions.uniform 6) network [| 1; 5 |] (network.Build [ y ])

                lookups result <= 24 && errors[0] < 0.2

            testTheory "a sum meets where one side, or both, are broadcast against scales that differ by element" [ 1; 2; 3 ]
            <| fun (seed: int) ->
                let network = Network seed
                let x = network.Input [| 1; 6 |]
                let row = network.Dense(x, 5)

                let total =
                    network.Node(
                        Op.ReduceSum(true, false),
                        [ x; network.Constant(Tensor.ofInt64 [| 1 |] [| 1L |]) ],
                        [| 1; 1 |],
                        "/ReduceSum"
                    )

                let one = network.Apply(Binary.Sub, row, network.Apply(Unary.Tanh, total))

                let column =
                    network.Node(
                        Op.Reshape false,
                        [ network.Dense(x, 4); network.Constant(Tensor.ofInt64 [| 2 |] [| 4L; 1L |]) ],
                        [| 4; 1 |],
                        "/Reshape"
                    )

                let both = network.Apply(Binary.Add, row, column)

                let _, errors =
                    errors (QuantOptions.uniform 6) network [| 1; 6 |] (network.Build [ one; both ])

                Expect.all errors (fun each -> each < 0.1) "errors"

            testCase "an element-wise subgraph that forks and rejoins is one lookup"
            <| fun () ->
                let network = Network 3
                let x = network.Input [| 1; 4 |]
                let z = network.Dense(x, 5)
                let gated = network.Apply(Binary.Mul, z, network.Apply(Unary.Sigmoid, z))
                let less = network.Apply(Binary.Sub, gated, network.Apply(Unary.Tanh, z))
                let slopes = network.Constant(network.Normal(1.0, [| 5 |]))
                let y = network.Dense(network.Apply(Binary.Mul, less, slopes), 2)

                let result, errors =
                    errors (QuantOptions.uniform 8) network [| 1; 4 |] (network.Build [ y ])

                Expect.equal (lookups result) 5 "lookups result"
                Expect.isLessThan errors[0] 0.03 "errors[0]"

            testCase "outputs may be constant, an input, affine, univariate, and used inside"
            <| fun () ->
                let network = Network 4
                let x = network.Input [| 1; 4 |]
                let z = network.Dense(x, 4)
                let hidden = network.Apply(Unary.Relu, z)
                let constant = network.Constant(network.Normal(1.0, [| 1; 3 |]))

                let scaled =
                    network.Apply(Binary.Mul, z, network.Constant(Tensor.ofFloat32 [| 4 |] [| 2.0f; 0.0f; -1.0f; 0.5f |]))

                let graph = network.Build [ constant; x; scaled; hidden; network.Dense(hidden, 2) ]
                let _, errors = errors (QuantOptions.uniform 8) network [| 1; 4 |] graph
                Expect.isLessThan (List.max errors) 0.03 "List.max errors"
                Expect.isLessThan errors[0] (1e-6) "errors[0]"

            testCase "a network without lookups is integers alone"
            <| fun () ->
                let network = Network 5
                let x = network.Input [| 1; 4 |]

                let result, errors =
                    errors (QuantOptions.uniform 8) network [| 1; 4 |] (network.Build [ network.Dense(x, 3) ])

                Expect.equal (lookups result) 0 "lookups result"
                Expect.isLessThan errors[0] 0.02 "errors[0]"

            testCase "the same input makes the same graph"
            <| fun () ->
                let make () =
                    let network = Network 6
                    let x = network.Input [| 1; 5 |]
                    let y = network.Dense(network.Apply(Unary.Relu, network.Dense(x, 6)), 2)
                    quantized (QuantOptions.uniform 4) (network.Build [ y ]) (network.Samples(50, [| 1; 5 |]))

                let first, second = make (), make ()

                Expect.isTrue
                    (first.Nodes = second.Nodes
                     && first.Types = second.Types
                     && first.Inputs = second.Inputs
                     && first.Outputs = second.Outputs)
                    "as expected"

            testCase "everything that cannot run is reported at once, by node"
            <| fun () ->
                let network = Network 7
                let x = network.Input [| 1; 4 |]
                let a, b = network.Dense(x, 4), network.Dense(x, 4)
                let product = network.Apply(Binary.Mul, a, b)
                let largest = network.Apply(Binary.Max, a, b)
                let graph = network.Build [ network.Dense(product, 2); network.Dense(largest, 2) ]

                match Quantize.fit Context.quiet (QuantOptions.uniform 6) graph (network.Samples(30, [| 1; 4 |])) with
                | Ok _ -> failtest "accepted"
                | Error findings ->
                    let found = findings |> List.map (fun finding -> finding.Code, finding.Node)

                    Expect.isTrue
                        (found = [ "CML3010", Some "/Mul"; "CML3010", Some "/Max" ])
                        "(found = [ 'CML3010', Some '/Mul'; 'CML3010', Some '/Max' ])"

            testCase "calibration is checked"
            <| fun () ->
                let network = Network 8
                let x = network.Input [| 1; 4 |]
                let graph = network.Build [ network.Dense(x, 2) ]

                let codes samples =
                    match Quantize.fit Context.quiet (QuantOptions.uniform 6) graph samples with
                    | Ok _ -> []
                    | Error findings -> findings |> List.map _.Code |> List.distinct

                let sample (values: float32[]) =
                    [ Tensor.ofFloat32 [| 1; values.Length |] values ]

                Expect.isTrue (codes [] = [ "CML3002" ]) "(codes [] = [ 'CML3002' ])"
                Expect.isTrue (codes [ sample [| 1.0f; 2.0f |] ] = [ "CML3003" ]) "(codes [ sample [| 1.0f; 2.0f |] ] = [ 'CML3003' ])"

                Expect.isTrue
                    (codes [ sample [| 1.0f; 2.0f; nanf; 0.0f |] ] = [ "CML3004" ])
                    "(codes [ sample [| 1.0f; 2.0f; nanf; 0.0f |] ] = [ 'CML3004' ])"

                Expect.isEmpty (codes [ sample [| 1.0f; 1.0f; 1.0f; 1.0f |] ]) "codes [ sample [| 1.0f; 1.0f; 1.0f; 1.0f |] ]"

            testCase "a grid that does not contain 0 keeps its offset"
            <| fun () ->
                let values = Array.init 64 (fun index -> if index % 3 = 0 then 1.0 else 0.3658816)
                let step = Planned.ScaleSearch.best 8 false None values

                for value in values do
                    let code = Planned.ScaleSearch.code 8 step value

                    Expect.isLessThanOrEqual
                        (abs (step.Scale * float code + step.Offset - (value)))
                        (1e-6)
                        "step.Scale * float code + step.Offset"

            // a lookup beyond its window reads the negated entry of the other end
            testTheory "codes of a grid lie about 0" [ (0.0, 1.0); (0.0, 16.0); (3.0, 7.0) ]
            <| fun (low: float, high: float) ->
                let values = Array.init 90 (fun index -> if index % 3 = 0 then low else high)
                let step = Planned.ScaleSearch.best 6 false None values
                let code = Planned.ScaleSearch.code 6 step
                Expect.isLessThan (abs (code low + code high)) 2L "abs (code low + code high)"

            testCase "samples without a number and grids as fine as numbers leave a finite step"
            <| fun () ->
                for values in [ [| 0.5; nan; 1.0 |]; [| infinity; 0.5; 2.0 |]; [| nan |]; [| 0.0; 1e300 |] ] do
                    let step =
                        Planned.ScaleSearch.onGrids 4 false [| 5e-324, 0.0; 0.25, nan; 0.25, 0.5 |] values

                    Expect.isTrue (System.Double.IsFinite step.Scale && System.Double.IsFinite step.Offset) "finite"

            testCase "weights of two bits have the code that has no positive one"
            <| fun () ->
                let random = System.Random 5

                let moments =
                    Planned.Moments.ofRows 4 (Array.init 50 (fun _ -> Array.init 4 (fun _ -> random.NextDouble())))

                let solved bits (weights: float[]) =
                    Planned.WeightSearch.solve moments (Planned.Moments.apply moments weights) bits 0.0 None weights

                Expect.equal (solved 2 [| -1.0; 0.5; 0.5; -0.5 |]).Codes [| -2L; 1L; 1L; -1L |] "two bits hold these exactly"
                Expect.isGreaterThan (Array.min (solved 3 [| -1.0; 0.75; 0.25; -0.5 |]).Codes) -4L "three bits leave it out"
        ]
