/// Random float graphs whose operations all fit, for properties of passes.
module ConcreteMl.Compiler.Core.Tests.Float.RandomGraphs

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Deterministic numbers in [−1, 1).
let numbers (seed: int) (shape: int[]) =
    let random = Random seed
    Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> random.NextSingle() * 2.0f - 1.0f))

type private Growth(seed: int) =
    let random = Random seed
    let builder = GraphBuilder<Op, ValueType>("random")
    let mutable count = 0

    /// A graph holds quantizers or normalizations, not both: folding a normalization rounds, and a quantizer makes a step of it.
    member _.Quantizes = seed % 2 = 0
    member _.Random = random
    member _.Builder = builder
    member _.Choose(options: 'T list) = options[random.Next options.Length]

    member _.Shape(value: ValueId) =
        Option.get (ValueType.tryShape (builder.TypeOf value))

    member _.Constant(tensor: Tensor) =
        builder.Value(Op.Constant tensor, [], ValueType.ofTensor tensor, [])

    member this.Integers(values: int seq) =
        let values = values |> Seq.map int64 |> Array.ofSeq
        this.Constant(Tensor.ofInt64 [| values.Length |] values)

    member this.Numbers(shape: int[]) =
        this.Constant(numbers (random.Next()) shape)

    member _.Add(op: Op, operands: (ValueId * Tensor option) list) =
        count <- count + 1

        let known =
            operands
            |> List.map (fun (value, constant) ->
                {
                    Type = builder.TypeOf value
                    Value = constant |> Option.map (fun tensor -> lazy tensor)
                })

        match TypeInference.infer op known with
        | Ok(first :: _) -> builder.Value(op, List.map fst operands, first, [ $"node{count}" ])
        | Ok []
        | Error _ -> failwith $"{op} does not fit"

let private longs (values: int seq) =
    let values = values |> Seq.map int64 |> Array.ofSeq
    Tensor.ofInt64 [| values.Length |] values

let private withConstant (growth: Growth) op x tensor =
    growth.Add(op, [ x, None; growth.Constant tensor, Some tensor ])

let private elementwise (growth: Growth) (x: ValueId) =
    let unary =
        growth.Choose
            [
                Unary.Relu
                Unary.Sigmoid
                Unary.Tanh
                Unary.Abs
                Unary.LeakyRelu 0.1f
                Unary.Cast Element.Float32
            ]

    let binary = growth.Choose [ Binary.Add; Binary.Sub; Binary.Mul; Binary.Max ]
    let shape = growth.Shape x

    match growth.Random.Next(if growth.Quantizes then 6 else 5) with
    | 0
    | 1 -> growth.Add(Op.Unary unary, [ x, None ])
    | 2 -> growth.Add(Op.Binary binary, [ x, None; growth.Numbers [||], None ])
    | 3 ->
        let thinned =
            shape |> Array.map (fun size -> if growth.Random.Next 2 = 0 then 1 else size)

        growth.Add(Op.Binary binary, [ x, None; growth.Numbers thinned, None ])
    | 4 ->
        let other = growth.Add(Op.Unary unary, [ x, None ])
        growth.Add(Op.Binary binary, [ x, None; other, None ])
    | _ ->
        let step = growth.Constant(Tensor.scalar32 0.25f)
        let zero = growth.Constant(Tensor.scalar32 0.0f)
        let bits = growth.Constant(Tensor.scalar32 4.0f)

        let quant =
            {
                Signed = true
                Narrow = false
                RoundingMode = "ROUND"
            }

        growth.Add(Op.Quant quant, [ x, None; step, None; zero, None; bits, None ])

let private shuffled (random: Random) rank =
    let axes = [| 0 .. rank - 1 |]
    random.Shuffle axes
    axes

let private movement (growth: Growth) (x: ValueId) =
    let shape = growth.Shape x

    match growth.Random.Next 5 with
    | 0 -> growth.Add(Op.Transpose(shuffled growth.Random shape.Length), [ x, None ])
    | 1 -> withConstant growth (Op.Reshape false) x (longs (Array.rev shape))
    | 2 -> growth.Add(Op.Flatten(growth.Random.Next(shape.Length + 1)), [ x, None ])
    | 3 -> withConstant growth Op.Unsqueeze x (longs [ growth.Random.Next(shape.Length + 1) ])
    | _ -> withConstant growth (Op.Reshape false) x (longs shape)

/// A layer for the shape at hand: a dense one, or a convolution; half of them normalized.
let private layer (growth: Growth) (x: ValueId) =
    let shape = growth.Shape x

    let result =
        match shape.Length with
        | 2 when growth.Random.Next 2 = 0 ->
            growth.Add(
                Op.Gemm(1.0f, 0.5f, false, true),
                [
                    x, None
                    growth.Numbers [| 3; shape[1] |], None
                    growth.Numbers [| 3 |], None
                ]
            )
        | 3
        | 4 ->
            let spatial = shape.Length - 2

            let window =
                {
                    Kernel = Array.map (fun size -> min 2 size) (Array.skip 2 shape)
                    Strides = Array.create spatial 1
                    Dilations = Array.create spatial 1
                    Pads = Array.zeroCreate (2 * spatial)
                    AutoPad = growth.Choose [ AutoPad.SameUpper; AutoPad.SameLower; AutoPad.Valid ]
                    CeilMode = false
                }

            let weights = growth.Numbers(Array.append [| 2; shape[1] |] window.Kernel)
            growth.Add(Op.Conv(window, 1), [ x, None; weights, None ])
        | _ -> growth.Add(Op.MatMul, [ x, None; growth.Numbers [| Array.last shape; 2 |], None ])

    let after = growth.Shape result

    if after.Length >= 2 && not growth.Quantizes && growth.Random.Next 2 = 0 then
        let channels = [| after[1] |]

        let variance =
            Elements.ofFloat64s Element.Float32 channels (Array.create channels[0] 0.5)

        let parameters =
            [
                growth.Numbers channels
                growth.Numbers channels
                growth.Numbers channels
                growth.Constant variance
            ]

        growth.Add(Op.BatchNormalization 1e-5f, (result :: parameters) |> List.map (fun value -> value, None))
    else
        result

/// A graph of `steps` random steps; some values are outputs beside the last.
let graph (seed: int) (steps: int) : Graph =
    let growth = Growth seed

    let shape =
        Array.append [| 1 |] (Array.init (growth.Random.Next(1, 4)) (fun _ -> growth.Random.Next(1, 4)))

    let mutable value =
        growth.Builder.Input("x", ValueType.ofShape Element.Float32 shape)

    let mutable outputs = []

    for _ in 1..steps do
        if growth.Random.Next 8 = 0 then
            outputs <- value :: outputs

        value <-
            match growth.Random.Next 8 with
            | 0 -> layer growth value
            | 1
            | 2
            | 3 when (growth.Shape value).Length < 6 -> movement growth value
            | _ -> elementwise growth value

    value :: outputs
    |> List.rev
    |> List.mapi (fun at value ->
        {
            Name = $"y{at}"
            Value = value
            Coding = None
        })
    |> growth.Builder.Build

/// An input for a random graph.
let input (seed: int) (graph: Graph) =
    graph.Inputs
    |> Array.mapi (fun at port -> numbers (seed + at) (Option.get (ValueType.tryShape (graph.TypeOf port.Value))))
    |> List.ofArray
