/// Weighted operations that only add and subtract need no lookup before them.
module ConcreteMl.Compiler.Core.Tests.Quant.PlainSumTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private rows, inner, columns = 6, 6, 5

/// How many lookups a network of one output has, and its error on fresh samples.
let private measuredAt bits (network: Network) shape output =
    let graph = network.Build [ output ]

    match Quantize.fit Context.quiet (QuantOptions.uniform bits) graph (network.Samples(120, shape)) with
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok result ->
        let test = network.Samples(60, shape)
        let expected = test |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)
        let actual, _ = Client.forward result test
        lookups result, relativeError expected actual 0

let private measured network shape output = measuredAt 6 network shape output

/// x [1, 6, 6] times a matrix.
let private started (network: Network) =
    let x = network.Input [| 1; rows; inner |]
    let weights = network.Constant(network.Normal(0.4, [| inner; columns |]))
    network.Node(Op.MatMul, [ x; weights ], [| 1; rows; columns |], "/MatMul")

let private matrix (network: Network) first second (entry: int -> int -> float32) =
    network.Constant(Tensor.ofFloat32 [| first; second |] (Array.init (first * second) (fun at -> entry (at / second) (at % second))))

/// Sums of all rows up to each one, times a magnitude.
let private running (network: Network) magnitude x =
    let triangle =
        matrix network rows rows (fun row column -> if column <= row then magnitude else 0f)

    network.Node(Op.MatMul, [ triangle; x ], [| 1; rows; columns |], "/Running")

/// Differences of neighbours along the last axis.
let private differences (network: Network) x =
    let signs =
        matrix network columns (columns - 1) (fun row column ->
            if row = column then 0.5f
            elif row = column + 1 then -0.5f
            else 0f)

    network.Node(Op.MatMul, [ x; signs ], [| 1; rows; columns - 1 |], "/Differences")

let private sum (network: Network) axis shape x =
    network.Node(Op.ReduceSum(false, false), [ x; network.Constant(Tensor.ofInt64 [| 1 |] [| int64 axis |]) ], shape, "/Sum")

/// The lower triangle of the rows; the rest is zero.
let private masked (network: Network) x =
    let kept =
        Tensor.ofBool [| rows; columns |] (Array.init (rows * columns) (fun at -> at % columns <= at / columns))

    network.Node(Op.Where, [ network.Constant kept; x; network.Scalar 0f ], [| 1; rows; columns |], "/Masked")

let private product (network: Network) x =
    let weights = network.Constant(network.Normal(0.4, [| columns; 3 |]))
    network.Node(Op.MatMul, [ x; weights ], [| 1; rows; 3 |], "/Last")

/// A mean over 3 by 3 cells, channel by channel, as a convolution.
let private pooled (network: Network) x =
    let window =
        {
            Kernel = [| 3; 3 |]
            Strides = [| 1; 1 |]
            Dilations = [| 1; 1 |]
            Pads = [| 1; 1; 1; 1 |]
            AutoPad = AutoPad.Explicit
            CeilMode = false
        }

    let weights =
        network.Constant(Tensor.ofFloat32 [| 4; 1; 3; 3 |] (Array.create 36 (1f / 9f)))

    network.Node(Op.Conv(window, 4), [ x; weights ], [| 1; 4; 6; 6 |], "/Pool")

/// What stands behind a product, and the lookups that it needs.
let private behindProduct: (string * int * (Network -> ValueId -> ValueId)) list =
    [
        "running sums", 0, (fun network -> running network 1f)
        "running sums of a magnitude, and a function", rows * columns, (fun network x -> network.Apply(Unary.Tanh, running network 0.25f x))
        "differences along the columns", 0, differences
        "a sum along the columns", 0, (fun network -> sum network 2 [| 1; rows |])
        "a sum of what a mask leaves", 0, (fun network x -> masked network x |> sum network 1 [| 1; columns |])
        "running sums of what a function gives, and a product",
        rows * columns,
        (fun network x -> network.Apply(Unary.Relu, x) |> running network 1f |> product network)
        "running sums beside what they are made of",
        rows * columns,
        (fun network x -> network.Apply(Unary.Relu, network.Apply(Binary.Add, running network 1f x, x)))
    ]

[<Tests>]
let tests =
    testList
        "Quant.PlainSums"
        [
            testTheory
                "sums of one magnitude behind a product need no lookup of their own"
                (List.map (fun (name, _, _) -> name) behindProduct)
            <| fun name ->
                let _, expected, behind = behindProduct |> List.find (fun (own, _, _) -> own = name)

                let network = Network 4
                let output = started network |> behind network
                let count, error = measured network [| 1; rows; inner |] output
                Expect.equal count expected $"lookups of {name}"
                Expect.isLessThan error 0.06 $"error of {name}"

            testCase "a mean by a convolution behind a convolution needs no lookup, at its borders too"
            <| fun () ->
                let network = Network 4
                let x = network.Input [| 1; 2; 6; 6 |]
                let output = network.Conv(x, 4, 1) |> pooled network
                let count, error = measured network [| 1; 2; 6; 6 |] output
                Expect.equal count 0 "lookups"
                Expect.isLessThan error 0.06 "error"

            testCase "what is subtracted its mean of many is finer with more bits"
            <| fun () ->
                let centred bits =
                    let network = Network 4
                    let x = network.Input [| 1; 8 |]
                    let dense = network.Dense(x, 48)
                    let axis = network.Constant(Tensor.ofInt64 [| 1 |] [| 1L |])

                    let sum =
                        network.Node(Op.ReduceSum(true, false), [ dense; axis ], [| 1; 1 |], "/Sum")

                    let mean = network.Apply(Binary.Div, sum, network.Scalar 48f)
                    let output = network.Apply(Unary.Relu, network.Apply(Binary.Sub, dense, mean))
                    snd (measuredAt bits network [| 1; 8 |] output)

                let six, eight = centred 6, centred 8
                Expect.isLessThan six 0.04 "error at 6 bits"
                Expect.isLessThan eight 0.02 "error at 8 bits"

            testCase "columns that name one element each take its codes as they are"
            <| fun () ->
                let network = Network 4
                let x = network.Input [| 1; rows; inner |]

                let picks =
                    matrix network inner columns (fun row column -> if row = (3 * column) % inner then 1f else 0f)

                let picked =
                    network.Node(Op.MatMul, [ x; picks ], [| 1; rows; columns |], "/Picked")

                match
                    Quantize.fit
                        Context.quiet
                        (QuantOptions.uniform 6)
                        (network.Build [ picked ])
                        (network.Samples(120, [| 1; rows; inner |]))
                with
                | Ok result -> Expect.isLessThanOrEqual (result.TypeOf result.Outputs[0].Value).Bits 6 "bits"
                | Error findings -> failtestf "%A" findings
        ]
