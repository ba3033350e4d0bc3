module ConcreteMl.Compiler.Core.Tests.Quant.PtqTests

open NUnit.Framework
open FsCheck.NUnit
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

let private quantized options (graph: Float.Graph) samples : Quant.Graph =
    match Ptq.quantize Context.quiet options graph samples with
    | Ok result ->
        Assert.That(Verify.graph result |> List.map Diagnostic.render, Is.Empty)
        result
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private lookups (graph: Quant.Graph) =
    graph.Nodes
    |> Array.sumBy (fun node ->
        match node.Op with
        | QuantOp.Lookup _ -> Shape.count (graph.TypeOf node.Results[0]).Shape
        | _ -> 0)

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

[<Property(MaxTest = 5)>]
let ``random dense networks stay near their float model at 8 bits`` (seed: int) =
    let network = Network seed
    let x = network.Input [| 1; 6 |]
    let hidden = network.Apply(Unary.Relu, network.Dense(x, 9))
    let y = network.Dense(network.Apply(Unary.Tanh, network.Dense(hidden, 7)), 3)

    let result, errors =
        errors (QuantOptions.uniform 8) network [| 1; 6 |] (network.Build [ y ])

    // a fresh sample may leave the ranges of the calibration samples, about once in a hundred networks
    lookups result = 16 && errors[0] < 0.1

[<TestCase(1)>]
[<TestCase(2)>]
[<TestCase(3)>]
let ``units that calibration hardly ever or never switches on take no precision from the others`` (seed: int) =
    let network = Network seed
    let x = network.Input [| 1; 6 |]

    let shifts =
        Tensor.ofFloat32 [| 12 |] [| -50f; -50f; -3f; -3f; -3f; -2.5f; 0f; 0f; 0f; 0f; 0f; 0f |]

    let hidden =
        network.Apply(Unary.Relu, network.Apply(Binary.Add, network.Dense(x, 12), network.Constant shifts))

    let y = network.Dense(network.Apply(Unary.Relu, network.Dense(hidden, 8)), 3)

    let _, errors =
        errors (QuantOptions.uniform 6) network [| 1; 6 |] (network.Build [ y ])

    Assert.That(errors[0], Is.LessThan 0.1)

[<TestCase(1)>]
[<TestCase(2)>]
let ``channels of a convolution that never switch on take no precision from the others`` (seed: int) =
    let network = Network seed
    let x = network.Input [| 1; 2; 8; 8 |]
    let shifts = Tensor.ofFloat32 [| 5; 1; 1 |] [| -80f; 0f; 0f; -7f; 0f |]

    let first =
        network.Apply(Unary.Relu, network.Apply(Binary.Add, network.Conv(x, 5, 1), network.Constant shifts))

    let y =
        network.Dense(network.Flatten(network.Apply(Unary.Relu, network.Conv(first, 3, 1))), 3)

    let _, errors =
        errors (QuantOptions.uniform 6) network [| 1; 2; 8; 8 |] (network.Build [ y ])

    Assert.That(errors[0], Is.LessThan 0.1)

[<TestCase(1)>]
[<TestCase(2)>]
let ``weights behind a padded pool are fitted to its reals, whose offsets vary over the positions`` (seed: int) =
    let network = Network seed
    let x = network.Input [| 1; 2; 6; 6 |]

    let pooled =
        network.PaddedPool(network.Apply(Unary.Elu 1.0f, network.Conv(x, 6, 1)))

    let y = network.Conv(pooled, 4, 0)

    let _, errors =
        errors (QuantOptions.uniform 8) network [| 1; 2; 6; 6 |] (network.Build [ y ])

    Assert.That(errors[0], Is.LessThan 0.02)

[<Test>]
let ``an input that never varies takes no precision from the others`` () =
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
    Assert.That(relativeError expected actual 0, Is.LessThan 0.1)

[<Property(MaxTest = 4)>]
let ``random convolutional networks stay near their float model at 6 bits, rounded too`` (seed: int) =
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

[<Property(MaxTest = 4)>]
let ``values that meet in sums need no lookup of their own`` (seed: int) =
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

[<Test>]
let ``an element-wise subgraph that forks and rejoins is one lookup`` () =
    let network = Network 3
    let x = network.Input [| 1; 4 |]
    let z = network.Dense(x, 5)
    let gated = network.Apply(Binary.Mul, z, network.Apply(Unary.Sigmoid, z))
    let less = network.Apply(Binary.Sub, gated, network.Apply(Unary.Tanh, z))
    let slopes = network.Constant(network.Normal(1.0, [| 5 |]))
    let y = network.Dense(network.Apply(Binary.Mul, less, slopes), 2)

    let result, errors =
        errors (QuantOptions.uniform 8) network [| 1; 4 |] (network.Build [ y ])

    Assert.That(lookups result, Is.EqualTo 5)
    Assert.That(errors[0], Is.LessThan 0.03)

[<Test>]
let ``outputs may be constant, an input, affine, univariate, and used inside`` () =
    let network = Network 4
    let x = network.Input [| 1; 4 |]
    let z = network.Dense(x, 4)
    let hidden = network.Apply(Unary.Relu, z)
    let constant = network.Constant(network.Normal(1.0, [| 1; 3 |]))

    let scaled =
        network.Apply(Binary.Mul, z, network.Constant(Tensor.ofFloat32 [| 4 |] [| 2.0f; 0.0f; -1.0f; 0.5f |]))

    let graph = network.Build [ constant; x; scaled; hidden; network.Dense(hidden, 2) ]
    let _, errors = errors (QuantOptions.uniform 8) network [| 1; 4 |] graph
    Assert.That(List.max errors, Is.LessThan 0.03)
    Assert.That(errors[0], Is.LessThan 1e-6)

[<Test>]
let ``a network without lookups is integers alone`` () =
    let network = Network 5
    let x = network.Input [| 1; 4 |]

    let result, errors =
        errors (QuantOptions.uniform 8) network [| 1; 4 |] (network.Build [ network.Dense(x, 3) ])

    Assert.That(lookups result, Is.EqualTo 0)
    Assert.That(errors[0], Is.LessThan 0.02)

[<Test>]
let ``the same input makes the same graph`` () =
    let make () =
        let network = Network 6
        let x = network.Input [| 1; 5 |]
        let y = network.Dense(network.Apply(Unary.Relu, network.Dense(x, 6)), 2)
        quantized (QuantOptions.uniform 4) (network.Build [ y ]) (network.Samples(50, [| 1; 5 |]))

    let first, second = make (), make ()

    Assert.That(
        (first.Nodes = second.Nodes
         && first.Types = second.Types
         && first.Inputs = second.Inputs
         && first.Outputs = second.Outputs),
        Is.True
    )

[<Test>]
let ``everything that cannot run is reported at once, by node`` () =
    let network = Network 7
    let x = network.Input [| 1; 4 |]
    let a, b = network.Dense(x, 4), network.Dense(x, 4)
    let product = network.Apply(Binary.Mul, a, b)
    let largest = network.Apply(Binary.Max, a, b)
    let graph = network.Build [ network.Dense(product, 2); network.Dense(largest, 2) ]

    match Ptq.quantize Context.quiet (QuantOptions.uniform 6) graph (network.Samples(30, [| 1; 4 |])) with
    | Ok _ -> Assert.Fail "accepted"
    | Error findings ->
        let found = findings |> List.map (fun finding -> finding.Code, finding.Node)
        Assert.That((found = [ "CML3010", Some "/Mul"; "CML3010", Some "/Max" ]), Is.True)

[<Test>]
let ``calibration is checked`` () =
    let network = Network 8
    let x = network.Input [| 1; 4 |]
    let graph = network.Build [ network.Dense(x, 2) ]

    let codes samples =
        match Ptq.quantize Context.quiet (QuantOptions.uniform 6) graph samples with
        | Ok _ -> []
        | Error findings -> findings |> List.map _.Code |> List.distinct

    let sample (values: float32[]) =
        [ Tensor.ofFloat32 [| 1; values.Length |] values ]

    Assert.That((codes [] = [ "CML3002" ]), Is.True)
    Assert.That((codes [ sample [| 1.0f; 2.0f |] ] = [ "CML3003" ]), Is.True)
    Assert.That((codes [ sample [| 1.0f; 2.0f; nanf; 0.0f |] ] = [ "CML3004" ]), Is.True)
    Assert.That(codes [ sample [| 1.0f; 1.0f; 1.0f; 1.0f |] ], Is.Empty)

/// Linear, quantized ReLU, Linear: every quantizer in its place.
let private trained seed =
    let network = Network seed
    let x = network.Input [| 1; 6 |]

    let weights rows columns =
        network.Quant(network.Constant(network.Normal(0.5, [| rows; columns |])), 0.25f, 4, true)

    let product value rows columns =
        network.Node(Op.MatMul, [ value; weights rows columns ], [| 1; columns |], "/MatMul")

    let hidden =
        network.Quant(network.Apply(Unary.Relu, product (network.Quant(x, 0.125f, 5, true)) 6 7), 0.1875f, 4, false)

    let y = product hidden 7 3
    network, network.Build [ y ]

[<Property(MaxTest = 10)>]
let ``an imported quantized network computes what its file says`` (seed: int) =
    let network, graph = trained seed
    let samples = network.Samples(100, [| 1; 6 |])

    match QatImport.import Context.quiet (QuantOptions.uniform 6) graph samples with
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok result ->
        let expected = samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
        let actual, trace = Client.forward result samples

        List.isEmpty (Verify.graph result)
        && trace.Overflows = 0L
        && lookups result = 7
        && relativeError expected actual 0 < 1e-5

[<Test>]
let ``quantizers and the flag for them belong together`` () =
    let network, graph = trained 1
    let samples = network.Samples(30, [| 1; 6 |])
    let plain = Network 2
    let x = plain.Input [| 1; 6 |]

    let without =
        plain.Build [ plain.Dense(plain.Apply(Unary.Relu, plain.Dense(x, 4)), 2) ]

    let half = Network 3
    let input = half.Input [| 1; 6 |]

    let missing =
        half.Build
            [
                half.Dense(half.Apply(Unary.Relu, half.Dense(half.Quant(input, 0.1f, 5, true), 4)), 2)
            ]

    let codes result =
        match result with
        | Ok _ -> []
        | Error findings -> findings |> List.map (fun finding -> finding.Code) |> List.distinct

    let options = QuantOptions.uniform 6
    Assert.That((codes (Ptq.quantize Context.quiet options graph samples) = [ "CML3020" ]), Is.True)
    Assert.That((codes (QatImport.import Context.quiet options without samples) = [ "CML3021" ]), Is.True)
    Assert.That((codes (QatImport.import Context.quiet options missing samples) = [ "CML3023" ]), Is.True)

/// QuantizeLinear, clip to four bits, DequantizeLinear, as the importer spells them.
let private spelled (network: Network) (x: ValueId) (shape: int[]) scale =
    let node op operands name = network.Node(op, operands, shape, name)

    let byte (value: sbyte) =
        network.Constant(Tensor.create Element.Int8 [||] [| value |])

    let rounded =
        node (Op.Unary Unary.Round) [ node (Op.Binary Binary.Div) [ x; network.Scalar scale ] "/q" ] "/q"

    let clipped =
        node (Op.Clip(true, true)) [ rounded; network.Scalar -128.0f; network.Scalar 127.0f ] "/q"

    let narrow =
        node (Op.Clip(true, true)) [ node (Op.Unary(Unary.Cast Element.Int8)) [ clipped ] "/q"; byte -8y; byte 7y ] "/q"

    node
        (Op.Binary Binary.Mul)
        [
            node (Op.Unary(Unary.Cast Element.Float32)) [ narrow ] "/d"
            network.Scalar scale
        ]
        "/d"

[<Test>]
let ``quantizers spelled as pairs with a clip become Quant nodes`` () =
    let network = Network 11
    let x = network.Input [| 1; 4 |]
    let graph = network.Build [ spelled network x [| 1; 4 |] 0.25f ]
    let found = ConcreteMl.Compiler.Core.Quant.Planning.QdqPattern.rewrite graph

    let quants =
        found.Nodes
        |> Array.choose (fun node ->
            match node.Op with
            | Op.Quant quant -> Some(quant.Signed, quant.Narrow)
            | _ -> None)

    Assert.That((quants = [| true, false |]), Is.True)
    let sample = [ Tensor.ofFloat32 [| 1; 4 |] [| -3.0f; 0.3f; 0.126f; 9.0f |] ]

    let values (graph: Float.Graph) =
        (ConcreteMl.Compiler.Core.Float.Eval.graph graph sample).Head

    Assert.That((values found = values graph), Is.True)

[<Test>]
let ``a grid that does not contain 0 keeps its offset`` () =
    let values = Array.init 64 (fun index -> if index % 3 = 0 then 1.0 else 0.3658816)
    let step = Planning.ScaleSearch.best 8 false None values

    for value in values do
        let code = Planning.ScaleSearch.code 8 step value
        Assert.That(step.Scale * float code + step.Offset, Is.EqualTo(value).Within 1e-6)

[<TestCase(0.0, 1.0)>]
[<TestCase(0.0, 16.0)>]
[<TestCase(3.0, 7.0)>]
// a lookup beyond its window reads the negated entry of the other end
let ``codes of a grid lie about 0`` (low: float) (high: float) =
    let values = Array.init 90 (fun index -> if index % 3 = 0 then low else high)
    let step = Planning.ScaleSearch.best 6 false None values
    let code = Planning.ScaleSearch.code 6 step
    Assert.That(abs (code low + code high), Is.LessThan 2L)
