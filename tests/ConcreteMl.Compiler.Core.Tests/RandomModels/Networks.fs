/// Random small networks as ONNX models. Every step draws from its own number, so that a network without one of its steps is still
/// much the same network: that is how failures shrink.
module ConcreteMl.Compiler.Core.Tests.RandomModels.Networks

open System
open FsCheck.FSharp
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Onnx

type Network =
    {
        /// Decides shapes and data.
        Seed: int
        /// The number of each step.
        Steps: int list
        Bits: int
        Rounding: (int * RoundingMethod) option
    }

let private shapes =
    [
        [| 1; 4 |]
        [| 1; 6 |]
        [| 1; 2; 6 |]
        [| 1; 3; 4 |]
        [| 1; 1; 4; 4 |]
        [| 1; 2; 3; 4 |]
    ]

let private step (net: ModelBuilder) number =
    net.Random <- Random number
    let x = net.Pick()

    let result =
        match net.Random.Next 40 with
        | kind when kind < 11 -> Layers.weighted net x
        | kind when kind < 21 -> Functions.any net x
        | kind when kind < 26 -> Functions.fork net x
        | kind when kind < 32 -> Layers.meeting net x
        | kind when kind < 34 -> Layers.summing net x
        | kind when kind < 39 -> Layers.movement net x
        | _ -> Layers.mixing net x

    net.Keep result

/// The ONNX model of a network.
let onnx (network: Network) : Onnx.Model =
    let random = Random network.Seed
    let net = ModelBuilder([ 13; 15; 17; 20 ][random.Next 4], random.Next 4 > 0)
    let shape = shapes[random.Next shapes.Length]
    net.Input shape

    if random.Next 6 = 0 then
        net.Input shape

    network.Steps |> List.iter (step net)
    let last = net.Values[net.Values.Count - 1]
    let other = net.Values[random.Next net.Values.Count]
    let isComputed (value: Value) = value.Name.StartsWith 'v'

    // What no step computes is given as it is.
    let last =
        if isComputed last then
            last
        else
            net.Node("Identity", [ last ])

    let outputs =
        if random.Next 5 = 0 && isComputed other then
            List.distinct [ last; other ]
        else
            [ last ]

    net.Build outputs |> Build.decode

/// Samples of the inputs of a model; different purposes draw differently.
let samples (network: Network) (model: Onnx.Model) (purpose: int) (count: int) : Tensor list list =
    let spread = Random(network.Seed)
    let scale, offset = 0.3 + 2.0 * spread.NextDouble(), spread.NextDouble() - 0.5
    let random = Random(network.Seed + 7919 * purpose)

    let shape (input: Onnx.ValueInfo) =
        match input.Type with
        | Onnx.ValueType.Tensor(_, Some dims) ->
            dims
            |> Array.map (fun dim ->
                match dim with
                | Onnx.Dimension.Known size -> int size
                | _ -> 1)
        | _ -> failwith "an input without a shape"

    [
        for _ in 1..count ->
            [
                for input in model.Graph.Inputs ->
                    let shape = shape input

                    let draw _ =
                        float32 (offset + scale * (2.0 * random.NextDouble() - 1.0))

                    Tensor.ofFloat32 shape (Array.init (Shape.count shape) draw)
            ]
    ]

let settings (network: Network) (model: Onnx.Model) : Settings =
    {
        Quant =
            { QuantOptions.uniform network.Bits with
                Rounding = network.Rounding
            }
        ImportQat = false
        Calibration = samples network model 1 24
        Shapes = []
        PError = None
        GlobalPError = None
        Security = Settings.defaults.Security
        KeySwitch = Settings.defaults.KeySwitch
        ClientParts = false
    }

let private roundings =
    Gen.frequency
        [
            3, Gen.constant None
            2, Gen.choose (3, 6) |> Gen.map (fun bits -> Some(bits, RoundingMethod.Exact))
            1,
            Gen.choose (3, 6)
            |> Gen.map (fun bits -> Some(bits, RoundingMethod.Approximate))
        ]

let generator mostSteps mostBits =
    gen {
        let! seed = Gen.choose (0, 1_000_000)
        let! count = Gen.choose (1, mostSteps)
        let! steps = Gen.listOfLength count (Gen.choose (0, 1_000_000))
        let! bits = Gen.choose (2, mostBits)
        let! rounding = roundings

        return
            {
                Seed = seed
                Steps = steps
                Bits = bits
                Rounding = rounding
            }
    }

let private smaller (network: Network) =
    seq {
        for index in 0 .. network.Steps.Length - 1 do
            { network with
                Steps = List.removeAt index network.Steps
            }

        if network.Rounding.IsSome then
            { network with Rounding = None }
    }

/// Networks of up to so many steps and bits.
let arbitrary mostSteps mostBits =
    Arb.fromGenShrink (generator mostSteps mostBits, smaller)
