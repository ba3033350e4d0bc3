module ConcreteMl.Compiler.Core.Tests.Float.EvalTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private same (expected: 'T) (actual: 'T) =
    if actual <> expected then
        failtest $"expected %A{expected}, met %A{actual}"

let private single op operands = Eval.op op operands |> List.head

let private unary operation (values: float list) =
    let x = Tensor.ofFloat64 [| values.Length |] (Array.ofList values)
    (single (Op.Unary operation) [ x ]).Values<float>() |> List.ofArray

/// Deterministic numbers in [−1, 1).
let private numbers seed (shape: int[]) =
    let random = Random(seed: int)
    Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> random.NextSingle() * 2.0f - 1.0f))

let private plain kernel : Window =
    {
        Kernel = kernel
        Strides = Array.map (fun _ -> 1) kernel
        Dilations = Array.map (fun _ -> 1) kernel
        Pads = Array.zeroCreate (2 * kernel.Length)
        AutoPad = AutoPad.Explicit
        CeilMode = false
    }

/// The definition of NumPy's broadcasting, one element at a time.
let private naiveSum (a: Tensor) (b: Tensor) (shape: int[]) =
    let at (tensor: Tensor) (index: int[]) =
        let own = Array.skip (index.Length - tensor.Rank) index

        let position =
            Array.map3 (fun i size stride -> (if size = 1 then 0 else i) * stride) own tensor.Shape (Shape.strides tensor.Shape)

        tensor.Values<float32>()[Array.sum position]

    let strides = Shape.strides shape

    Array.init (Shape.count shape) (fun flat ->
        let index = Array.map2 (fun size stride -> flat / stride % size) shape strides
        at a index + at b index)

/// Convolution by its definition, over two spatial axes.
let private naiveConv (window: Window) group (x: Tensor) (w: Tensor) (shape: int[]) =
    let source, weights = x.Values<float32>(), w.Values<float32>()
    let perGroup = x.Shape[1] / group

    Array.init (Shape.count shape) (fun flat ->
        let column = flat % shape[3]
        let row = flat / shape[3] % shape[2]
        let channel = flat / (shape[3] * shape[2]) % shape[1]
        let sample = flat / (shape[3] * shape[2] * shape[1])
        let from = channel / (w.Shape[0] / group) * perGroup
        let mutable sum = 0.0

        for c in 0 .. perGroup - 1 do
            for i in 0 .. window.Kernel[0] - 1 do
                for j in 0 .. window.Kernel[1] - 1 do
                    let y = row * window.Strides[0] - window.Pads[0] + i * window.Dilations[0]
                    let z = column * window.Strides[1] - window.Pads[1] + j * window.Dilations[1]

                    if y >= 0 && y < x.Shape[2] && z >= 0 && z < x.Shape[3] then
                        let value =
                            source[((sample * x.Shape[1] + from + c) * x.Shape[2] + y) * x.Shape[3] + z]

                        let factor =
                            weights[((channel * perGroup + c) * window.Kernel[0] + i) * window.Kernel[1] + j]

                        sum <- sum + float value * float factor

        sum)

[<Tests>]
let tests =
    testList
        "Float.Eval"
        [
            testCase "round takes halves to even"
            <| fun () -> same [ 0.0; 2.0; 2.0; 0.0; -2.0 ] (unary Unary.Round [ 0.5; 1.5; 2.5; -0.5; -1.5 ])

            testCase "softplus and sigmoid neither overflow nor vanish"
            <| fun () ->
                same [ 1000.0; exp -700.0 ] (unary Unary.Softplus [ 1000.0; -700.0 ])
                same [ 1.0; 0.0 ] (unary Unary.Sigmoid [ 1000.0; -1000.0 ])

            testCase "gelu in its exact and its tanh form"
            <| fun () ->
                Expect.isLessThanOrEqual
                    (abs ((unary (Unary.Gelu false) [ 1.0; -10.0 ])[0] - (0.8413447460685429)))
                    (1e-12)
                    "(unary (Unary.Gelu false) [ 1.0; -10.0 ])[0]"

                Expect.isLessThanOrEqual
                    (abs ((unary (Unary.Gelu true) [ 1.0 ])[0] - (0.8411919906082768)))
                    (1e-12)
                    "(unary (Unary.Gelu true) [ 1.0 ])[0]"

            testCase "relu and max pass NaN on"
            <| fun () ->
                Expect.isNaN (float ((unary Unary.Relu [ nan ])[0])) "(unary Unary.Relu [ nan ])[0]"
                let x = Tensor.ofFloat32 [| 1 |] [| nanf |]
                let result = single (Op.Binary Binary.Max) [ x; Tensor.scalar32 1.0f ]
                Expect.isNaN (float (result.Values<float32>()[0])) "result.Values<float32>()[0]"

            testCase "integer arithmetic wraps and division truncates"
            <| fun () ->
                let bytes (values: sbyte list) =
                    Tensor.create Element.Int8 [| values.Length |] (Array.ofList values)

                let apply operation a b =
                    (single (Op.Binary operation) [ bytes a; bytes b ]).Values<sbyte>()
                    |> List.ofArray

                same [ -128y ] (apply Binary.Add [ 127y ] [ 1y ])
                same [ -3y; -128y; 0y ] (apply Binary.Div [ -7y; -128y; 5y ] [ 2y; -1y; 0y ])
                same [ 27y; -8y ] (apply Binary.Pow [ 3y; -2y ] [ 3y; 3y ])

            testCase "16-bit floats compute in float32 and round once"
            <| fun () ->
                let half (value: float) =
                    Elements.ofFloat64s Element.Float16 [||] [| value |]

                let brain (value: float) =
                    Elements.ofFloat64s Element.BFloat16 [||] [| value |]

                let sum a b =
                    (single (Op.Binary Binary.Add) [ a; b ] |> Tensor.toFloat64s)[0]

                same 2048.0 (sum (half 2048.0) (half 1.0))
                same 2052.0 (sum (half 2048.0) (half 3.0))
                same 256.0 (sum (brain 256.0) (brain 1.0))
                same 260.0 (sum (brain 256.0) (brain 3.0))

            testCase "broadcasting agrees with its definition"
            <| fun () ->
                let shapes =
                    gen {
                        let! rank = Gen.choose (0, 4)
                        let! shape = Gen.arrayOfLength rank (Gen.choose (1, 4))

                        let thinned =
                            gen {
                                let! drop = Gen.choose (0, rank)
                                let! keep = Gen.arrayOfLength (rank - drop) (Gen.elements [ true; true; false ])
                                return Array.map2 (fun size kept -> if kept then size else 1) (Array.skip drop shape) keep
                            }

                        let! left = thinned
                        let! right = thinned
                        return left, right
                    }

                Prop.forAll (Arb.fromGen shapes) (fun (left, right) ->
                    let a, b = numbers 1 left, numbers 2 right
                    let sum = single (Op.Binary Binary.Add) [ a; b ]
                    sum.Values<float32>() = naiveSum a b sum.Shape)
                |> Check.QuickThrowOnFailure

            testTheory "convolution agrees with its definition" [ (1, 1, 1, 1); (2, 2, 1, 2); (4, 1, 2, 0) ]
            <| fun (group: int, stride: int, dilation: int, pad: int) ->
                let window =
                    { plain [| 3; 2 |] with
                        Strides = [| stride; stride |]
                        Dilations = [| dilation; 1 |]
                        Pads = [| pad; 0; pad; 1 |]
                    }

                let x, w = numbers 3 [| 2; 4; 7; 6 |], numbers 4 [| 8; 4 / group; 3; 2 |]
                let result = single (Op.Conv(window, group)) [ x; w ]
                let expected = naiveConv window group x w result.Shape
                let actual = Tensor.toFloat64s result

                Expect.isTrue
                    (Array.forall2 (fun e a -> abs (e - a) < 1e-5) expected actual)
                    "Array.forall2 (fun e a -> abs (e - a) < 1e-5) expected actual"

            testCase "matrix products of few and of many rows agree"
            <| fun () ->
                let a, b = numbers 5 [| 12; 33 |], numbers 6 [| 33; 9 |]
                let whole = Tensor.toFloat64s (single Op.MatMul [ a; b ])

                let rows =
                    [|
                        for row in 0..11 do
                            let one = Tensor.ofFloat32 [| 33 |] (Array.sub (a.Values<float32>()) (row * 33) 33)
                            yield! Tensor.toFloat64s (single Op.MatMul [ one; b ])
                    |]

                Expect.isTrue
                    (Array.forall2 (fun (e: float) a -> abs (e - a) < 1e-5) whole rows)
                    "Array.forall2 (fun (e: float) a -> abs (e - a) < 1e-5) whole rows"

            testCase "a slice with a negative step stops before its end"
            <| fun () ->
                let ints (values: int64 list) =
                    Tensor.ofInt64 [| values.Length |] (Array.ofList values)

                let x = ints [ 0L; 1L; 2L; 3L; 4L ]

                let slice first last step =
                    (single Op.Slice [ x; ints [ first ]; ints [ last ]; ints [ 0L ]; ints [ step ] ]).Values<int64>()
                    |> List.ofArray

                same [ 4L; 2L; 0L ] (slice 4L -100L -2L)
                Expect.isEmpty (slice 5L 9L 1L) "slice 5L 9L 1L"
                same [ 4L; 3L; 2L; 1L ] (slice 100L 0L -1L)

            testCase "ceil mode drops a window that would start in the end padding"
            <| fun () ->
                let window =
                    { plain [| 2 |] with
                        Strides = [| 2 |]
                        Pads = [| 0; 1 |]
                        CeilMode = true
                    }

                same [ 2 ] (List.ofArray (Windows.outputShape window [| 4 |]))

            testCase "an average without padded cells divides by the cells inside"
            <| fun () ->
                let window = { plain [| 2 |] with Pads = [| 1; 1 |] }
                let x = Tensor.ofFloat32 [| 1; 1; 3 |] [| 2.0f; 4.0f; 6.0f |]

                let values includePad =
                    Tensor.toFloat64s (single (Op.AveragePool(window, includePad)) [ x ])

                same [ 2.0; 3.0; 5.0; 6.0 ] (List.ofArray (values false))
                same [ 1.0; 3.0; 5.0; 3.0 ] (List.ofArray (values true))

            testCase "fake quantization rounds halves to even and clips to the narrow range"
            <| fun () ->
                let quant =
                    {
                        Signed = true
                        Narrow = true
                        RoundingMode = "ROUND"
                    }

                let x = Tensor.ofFloat32 [| 5 |] [| 0.25f; 0.75f; -0.25f; 9.0f; -9.0f |]

                let result =
                    single (Op.Quant quant) [ x; Tensor.scalar32 0.5f; Tensor.scalar32 0.0f; Tensor.scalar32 3.0f ]

                same [ 0.0f; 1.0f; 0.0f; 1.5f; -1.5f ] (List.ofArray (result.Values<float32>()))

            testCase "a failing operation names its node"
            <| fun () ->
                let builder = GraphBuilder<Op, ValueType>("g")

                let valueType =
                    {
                        Element = Element.Float32
                        Dims = None
                    }

                let x = builder.Input("x", valueType)
                let y = builder.Value(Op.Binary Binary.Add, [ x; x ], valueType, [ "/a/Add" ])
                let z = builder.Value(Op.MatMul, [ y; y ], valueType, [ "/b/MatMul" ])

                let graph = builder.Build [ { Name = "z"; Value = z; Coding = None } ]

                let message =
                    try
                        Eval.graph graph [ numbers 7 [| 2; 3 |] ] |> sprintf "%A"
                    with :? EvalException as raised ->
                        raised.Message

                same "/b/MatMul: MatMul of 2x3 and 2x3" message

            testCase "remainders take the sign of the divisor or of the dividend, and never throw"
            <| fun () ->
                let x = Tensor.ofInt64 [| 6 |] [| -7L; 7L; 7L; -7L; 5L; Int64.MinValue |]
                let y = Tensor.ofInt64 [| 6 |] [| 3L; -3L; 3L; -3L; 0L; -1L |]
                same [| 2L; -2L; 1L; -1L; 0L; 0L |] ((single (Op.Binary Binary.Mod) [ x; y ]).Values<int64>())
                same [| -1L; 1L; 1L; -1L; 0L; 0L |] ((single (Op.Binary Binary.Fmod) [ x; y ]).Values<int64>())
        ]
