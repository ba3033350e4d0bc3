/// Random well-formed graphs of every stage. Operations are derived from the unions themselves, so that a new case is
/// met here without a change.
module ConcreteMl.Compiler.Core.Tests.Text.Generators

open System
open FsCheck
open FsCheck.FSharp
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

let private nameSymbols =
    [| yield! "abcXYZ019_/.:- \"\\\n\t%#(){}[]<>,=@"; '\000'; '\127'; 'é'; '漢' |]

/// Names as ONNX files have them, and worse.
let name: Gen<string> =
    let symbol =
        Gen.frequency [ 20, Gen.elements nameSymbols |> Gen.map string; 1, Gen.constant "😀" ]

    Gen.choose (0, 8)
    |> Gen.bind (fun length -> Gen.listOfLength length symbol)
    |> Gen.map String.Concat

let private shape: Gen<int[]> =
    Gen.choose (0, 3)
    |> Gen.bind (fun rank -> Gen.arrayOfLength rank (Gen.frequency [ 1, Gen.constant 0; 12, Gen.choose (1, 4) ]))

/// Any bits at all (so NaN, infinities and subnormal numbers occur), or the same element throughout.
let tensor: Gen<Tensor> =
    gen {
        let! element = Gen.elements Element.all
        let! shape = shape
        let size = Element.bytes element

        let! bytes =
            Gen.arrayOfLength (Shape.count shape * size) (Gen.choose (0, 255) |> Gen.map byte)

        let! splat = Gen.frequency [ 4, Gen.constant false; 1, Gen.constant true ]

        let bytes =
            if splat then
                Array.init bytes.Length (fun index -> bytes[index % size])
            else
                bytes

        return (Tensor.tryOfBytes element shape (ReadOnlySpan bytes)).Value
    }

let private dim =
    Gen.frequency
        [
            1, Gen.constant Float.Dim.Dynamic
            6, Gen.choose (0, 64) |> Gen.map Float.Dim.Known
        ]

let floatType: Gen<Float.ValueType> =
    gen {
        let! element = Gen.elements Element.all
        let! dims = Gen.choose (0, 4) |> Gen.bind (fun rank -> Gen.arrayOfLength rank dim)
        let! ranked = Gen.frequency [ 1, Gen.constant false; 9, Gen.constant true ]

        return
            {
                Element = element
                Dims = if ranked then Some dims else None
            }
    }

let private positive =
    Gen.choose (1, 1_000_000) |> Gen.map (fun value -> float value / 3e4)

let private zero = Gen.choose (-200, 200) |> Gen.map int64

/// Meanings that MLIR's quant type takes, and some that it does not.
let private uniform (shape: int[]) : Gen<Quant.Uniform> =
    gen {
        let! perAxis = Gen.elements [ true; false ]
        let! axis = Gen.choose (0, 3)
        let count = if perAxis && axis < shape.Length then shape[axis] else 1

        let! scales =
            Gen.arrayOfLength count (Gen.frequency [ 12, positive; 1, Gen.elements [ 0.0; -1.5; infinity; 1e-300 ] ])

        let! zeros = Gen.arrayOfLength count zero

        return
            {
                Scales = scales
                Zeros = zeros
                Axis = if perAxis then Some axis else None
            }
    }

let private range =
    Gen.map2 (fun (a: int) (b: int) -> int64 (min a b) * 70000000000L, int64 (max a b)) (Gen.choose (-99, 99)) (Gen.choose (-99, 99))

let quantType: Gen<Quant.ValueType> =
    gen {
        let! shape = shape
        let! bits = Gen.choose (1, 40)
        let! range = range
        let! uniform = Gen.optionOf (uniform shape)

        return
            {
                Shape = shape
                Bits = bits
                Range = range
                Uniform = uniform
            }
    }

let circuitType: Gen<Circuit.ValueType> =
    gen {
        let! shape = shape
        let! bits = Gen.choose (1, 40)
        let! range = range
        let! codes = Gen.frequency [ 3, Gen.constant 0; 1, Gen.choose (1, 500) ]
        let! norms = Gen.optionOf (Gen.zip3 positive positive positive)
        let! key = Gen.optionOf (Gen.choose (0, 3))

        return
            {
                Shape = shape
                Bits = bits
                Codes = codes
                Range = range
                Noise =
                    norms
                    |> Option.map (fun (input, table, rounding) ->
                        {
                            Input = input
                            Table = table
                            Rounding = rounding
                        })
                Key = key
            }
    }

let private coding: Gen<Coding> =
    gen {
        let! scale = tensor
        let! zero = tensor
        let! low, high = range
        let! real = Gen.elements Element.all
        let! beyond = Gen.optionOf tensor

        let! rounding =
            Gen.elements
                [
                    Rounding.HalfEven
                    Rounding.Floor
                    Rounding.Ceiling
                    Rounding.TowardZero
                    Rounding.AwayFromZero
                    Rounding.HalfAwayFromZero
                    Rounding.HalfTowardZero
                ]

        return
            {
                Scale = scale
                Zero = zero
                Low = low
                High = high
                Real = real
                Rounding = rounding
                Beyond = beyond
            }
    }

/// What FsCheck needs to know to derive operations.
type Parts =
    static member Name() = Arb.fromGen name
    static member Tensor() = Arb.fromGen tensor

    // Scalars that are no number would make equal graphs differ; tensors compare by their bits.
    static member Float32() =
        Gen.choose (-1000, 1000)
        |> Gen.map (fun value -> float32 value / 7.0f)
        |> Arb.fromGen

    static member Float64() =
        Gen.choose (-1000, 1000)
        |> Gen.map (fun value -> float value / 7e5)
        |> Arb.fromGen

let private derived = ArbMap.defaults |> ArbMap.mergeWith<Parts>
let floatOp: Gen<Float.Op> = ArbMap.generate<Float.Op> derived
let quantOp: Gen<Quant.Op> = ArbMap.generate<Quant.Op> derived
let circuitOp: Gen<Circuit.Op> = ArbMap.generate<Circuit.Op> derived

let private add (builder: GraphBuilder<'Op, 'Type>) defined (op: Gen<'Op>) (valueType: Gen<'Type>) : Gen<int> =
    gen {
        let! op = op

        let! operands =
            if defined = 0 then
                Gen.constant []
            else
                Gen.listOf (Gen.choose (0, defined - 1)) |> Gen.resize 4

        let! results =
            Gen.frequency [ 8, Gen.constant 1; 1, Gen.constant 2; 1, Gen.constant 0 ]

        let! types = Gen.listOfLength results valueType
        let! origin = Gen.listOf name |> Gen.resize 3
        builder.Node(op, operands |> List.map ValueId, types, origin) |> ignore
        return defined + results
    }

/// Any value that a graph may have as an attribute.
let attribute: Gen<Attribute> =
    let plain =
        Gen.oneof
            [
                Gen.elements [ true; false ] |> Gen.map Attribute.Flag
                ArbMap.generate<int64> ArbMap.defaults |> Gen.map Attribute.Integer
                ArbMap.generate<NormalFloat> ArbMap.defaults
                |> Gen.map (fun value -> Attribute.Real value.Get)
                name |> Gen.map Attribute.Text
                tensor |> Gen.map Attribute.Tensor
            ]

    let rec nested depth =
        if depth = 0 then
            plain
        else
            let few (item: Gen<'T>) = Gen.listOf item |> Gen.resize 3

            Gen.frequency
                [
                    4, plain
                    1, few (nested (depth - 1)) |> Gen.map Attribute.List
                    1,
                    few (Gen.zip name (nested (depth - 1)))
                    |> Gen.map (
                        List.map (fun (key, value) -> "k" + key, value)
                        >> List.distinctBy fst
                        >> Attribute.Record
                    )
                ]

    nested 2

let private attributes: Gen<Map<string, Attribute>> =
    Gen.listOf (Gen.zip (name |> Gen.map ((+) "a")) attribute)
    |> Gen.resize 3
    |> Gen.map Map.ofList

/// A graph of random operations: well-formed as a text, not meaningful.
let graph (op: Gen<'Op>) (valueType: Gen<'Type>) : Gen<Graph<'Op, 'Type>> =
    gen {
        let! graphName = name
        let! inputs = Gen.choose (0, 3)

        let! inputPorts =
            Gen.listOfLength inputs (Gen.zip3 name valueType (Gen.optionOf coding))

        let builder = GraphBuilder<'Op, 'Type>(graphName)

        for portName, valueType, coding in inputPorts do
            match coding with
            | Some coding -> builder.Input(portName, valueType, coding) |> ignore
            | None -> builder.Input(portName, valueType) |> ignore

        let! nodes = Gen.choose (0, 8)
        let mutable defined = inputs

        for _ in 1..nodes do
            let! now = add builder defined op valueType
            defined <- now

        let! outputs = Gen.choose (0, (if defined = 0 then 0 else 3))

        let! ports =
            Gen.listOfLength outputs (Gen.zip3 name (Gen.choose (0, max 0 (defined - 1))) (Gen.optionOf coding))

        let! attributes = attributes

        return
            builder.Build(
                ports
                |> List.map (fun (portName, value, coding) ->
                    {
                        Name = portName
                        Value = ValueId value
                        Coding = coding
                    }),
                attributes
            )
    }

let floatGraph = graph floatOp floatType
let quantGraph = graph quantOp quantType
let circuitGraph = graph circuitOp circuitType

/// Deletes, doubles or replaces a few characters.
let damaged (text: string) : Gen<string> =
    gen {
        let! edits = Gen.choose (1, 3)
        let mutable text = text

        for _ in 1..edits do
            let! at = Gen.choose (0, max 0 (text.Length - 1))
            let! length = Gen.choose (0, 4)

            let! insert =
                Gen.elements
                    [
                        ""
                        "\""
                        "("
                        "}"
                        "]"
                        "%"
                        "\n"
                        "<"
                        ">"
                        "x"
                        "9"
                        "-"
                        " "
                        "\\"
                        "🙂"
                        "{-#"
                        "loc("
                        ":"
                    ]

            let length = min length (text.Length - at)
            text <- text.Remove(at, length).Insert(at, insert)

        return text
    }
