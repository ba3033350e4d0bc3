module ConcreteMl.Compiler.Core.Tests.Float.CodeTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private imported bind (text: string) =
    match Onnx.Text.parse text with
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")
    | Ok model ->
        match Import.model Context.quiet { BindBatch = bind; Sizes = Map.empty } model with
        | Ok graph -> graph
        | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private run text inputs =
    Eval.graph (imported false text) inputs
    |> List.map (Tensor.toFloat64s >> List.ofArray)

let private header =
    """<ir_version: 10, opset_import: ["" : 21, "qonnx.custom_op.general" : 1, "com.microsoft" : 1]>"""

let private bytes (values: int list) : ReadOnlyMemory<byte> =
    values |> List.map byte |> Array.ofList |> ReadOnlyMemory

let private decode number shape values =
    match Onnx.NarrowTypes.tryDecode number shape (bytes values).Span with
    | Some tensor -> Tensor.toFloat64s tensor |> List.ofArray
    | None -> failtest "the bytes fill the tensor"

[<Tests>]
let tests =
    testList
        "Float.Codes"
        [
            testCase "narrow constants"
            <| fun () ->
                Expect.equal (decode 22 [| 4 |] [ 0x21; 0x8F ]) [ 1.0; 2.0; -1.0; -8.0 ] "int4, the lowest bits first"
                Expect.equal (decode 21 [| 3 |] [ 0x21; 0x0F ]) [ 1.0; 2.0; 15.0 ] "uint4"
                Expect.equal (decode 26 [| 4 |] [ 0b11_10_01_00 ]) [ 0.0; 1.0; -2.0; -1.0 ] "int2"
                Expect.equal (decode 17 [| 4 |] [ 0x38; 0x7E; 0x01; 0xB8 ]) [ 1.0; 448.0; Math.ScaleB(1.0, -9); -1.0 ] "e4m3fn"
                Expect.equal (decode 18 [| 2 |] [ 0x40; 0x7F ]) [ 1.0; 240.0 ] "e4m3fnuz"
                Expect.equal (decode 19 [| 3 |] [ 0x3C; 0x7C; 0x7B ]) [ 1.0; infinity; 57344.0 ] "e5m2"
                Expect.equal (decode 20 [| 2 |] [ 0x40; 0x7F ]) [ 1.0; 57344.0 ] "e5m2fnuz"
                Expect.equal (decode 23 [| 4 |] [ 0x21; 0xF7 ]) [ 0.5; 1.0; 6.0; -6.0 ] "e2m1"
                Expect.equal (decode 24 [| 2 |] [ 127; 130 ]) [ 1.0; 8.0 ] "e8m0"
                Expect.isTrue (Double.IsNaN (decode 17 [| 1 |] [ 0x7F ]).Head) "no number"
                Expect.isNone (Onnx.NarrowTypes.tryDecode 22 [| 4 |] (bytes [ 1 ]).Span) "too few bytes"

            testCase "floats of 4 and 8 bits are rounded to their own values, ties to even"
            <| fun () ->
                let formats =
                    [
                        17, SmallFloat.Float8E4M3FN
                        18, SmallFloat.Float8E4M3FNUZ
                        19, SmallFloat.Float8E5M2
                        20, SmallFloat.Float8E5M2FNUZ
                        23, SmallFloat.Float4E2M1
                    ]

                for number, format in formats do
                    let codes = if number = 23 then 16 else 256

                    let packed =
                        if number = 23 then
                            [ for pair in 0..7 -> 2 * pair + ((2 * pair + 1) <<< 4) ]
                        else
                            [ 0..255 ]

                    let values =
                        decode number [| codes |] packed
                        |> List.filter Double.IsFinite
                        |> List.distinct
                        |> List.sort

                    let round = SmallFloat.round format true PowerRounding.Up

                    for value in values do
                        Expect.equal (round value) value $"{format} holds {value}"

                    for low, high in List.pairwise values do
                        let nearest = round ((3.0 * low + high) / 4.0), round ((low + 3.0 * high) / 4.0)
                        Expect.equal nearest (low, high) $"the nearest of {low} and {high} in {format}"

                    let largest = List.last values
                    Expect.equal (round (3.0 * largest), round -infinity) (largest, -largest) $"{format} saturates"

                let open' format x =
                    SmallFloat.round format false PowerRounding.Up x

                Expect.equal (open' SmallFloat.Float8E5M2 1e9) infinity "an infinity where there is one"
                Expect.isTrue (Double.IsNaN(open' SmallFloat.Float8E4M3FN 1e9)) "no number where there is none"
                Expect.equal (open' SmallFloat.Float8E4M3FN 17.0) 16.0 "a tie below an odd value"
                Expect.equal (open' SmallFloat.Float8E4M3FN 19.0) 20.0 "a tie above one"

            testCase "powers of two of 8 bits are rounded as told"
            <| fun () ->
                let round power x =
                    SmallFloat.round SmallFloat.Float8E8M0 true power x

                let xs = [ 0.0; 0.124; 0.25; 1.1; 1.5; 1e39 ]
                let top, least = Math.ScaleB(1.0, 127), Math.ScaleB(1.0, -127)
                Expect.equal (List.map (round PowerRounding.Up) xs) [ least; 0.125; 0.25; 2.0; 2.0; top ] "up"
                Expect.equal (List.map (round PowerRounding.Down) xs) [ least; 0.0625; 0.25; 1.0; 1.0; top ] "down"
                Expect.equal (List.map (round PowerRounding.Nearest) xs) [ least; 0.125; 0.25; 1.0; 2.0; top ] "nearest"

            testCase "conversions to and from narrow types keep the values of those types"
            <| fun () ->
                let text =
                    """<ir_version: 13, opset_import: ["" : 25]>
g (float[5] x, int8[5] n) => (float[5] a, float[5] b, float[5] c, float[5] d, int8[5] e) {
    i4 = Cast <to = 22> (x)
    a = Cast <to = 1> (i4)
    u2 = Cast <to = 25> (n)
    b = Cast <to = 1> (u2)
    f8 = Cast <to = 17> (x)
    c = Cast <to = 1> (f8)
    g8 = Cast <to = 17, saturate = 0> (x)
    d = Cast <to = 1> (g8)
    e = CastLike(x, n)
}"""

                let results =
                    run
                        text
                        [
                            Tensor.ofFloat32 [| 5 |] [| 9.5f; -9.0f; -7.9f; 3.3f; 1000.0f |]
                            Tensor.create Element.Int8 [| 5 |] [| 5y; -1y; 2y; 3y; 4y |]
                        ]

                Expect.equal results[0] [ -7.0; 7.0; -7.0; 3.0; -8.0 ] "cut to whole numbers, the lowest four bits, as two's complement"
                Expect.equal results[1] [ 1.0; 3.0; 2.0; 3.0; 0.0 ] "the lowest two bits"
                Expect.equal results[2] [ 10.0; -9.0; -8.0; 3.25; 448.0 ] "the nearest float of 8 bits"
                Expect.isTrue (Double.IsNaN results[3].[4]) "beyond the largest one, not saturated"

            testCase "an input of a narrow type is taken in the type that holds it, and codes of 8-bit floats mean what they say"
            <| fun () ->
                let text =
                    """<ir_version: 13, opset_import: ["" : 25]>
g (int4[3] x, float8e4m3fn[2] z, float[2] v, float8e4m3fn zero) => (int8[3] y, float[2] w) <float s = {0.5}> {
    y = Cast <to = 3> (x)
    q = QuantizeLinear(v, s, zero)
    p = DequantizeLinear(q, s, zero)
    r = Cast <to = 1> (z)
    w = Add(p, r)
}"""

                let results =
                    run
                        text
                        [
                            Tensor.create Element.Int8 [| 3 |] [| 7y; -8y; 0y |]
                            Tensor.ofFloat32 [| 2 |] [| 448.0f; 0.0f |]
                            Tensor.ofFloat32 [| 2 |] [| 0.54f; -300.0f |]
                            Tensor.scalar32 0.0f
                        ]

                Expect.equal results [ [ 7.0; -8.0; 0.0 ]; [ 448.5625; -224.0 ] ] "0.54 / 0.5 is 1.125 in float8e4m3fn, −600 is −448"

            testCase "dynamic quantization computes ONNX's codes"
            <| fun () ->
                let text =
                    $"""{header}
g (float[6] x) => (uint8[6] y, float s, uint8 z) {{ y, s, z = DynamicQuantizeLinear(x) }}"""

                match run text [ Tensor.ofFloat32 [| 6 |] [| 0.0f; 2.0f; -3.0f; -2.5f; 1.34f; 0.5f |] ] with
                | [ codes; [ scale ]; [ zero ] ] ->
                    Expect.equal codes [ 153.0; 255.0; 0.0; 26.0; 221.0; 179.0 ] "the codes of ONNX's own example"
                    Expect.floatClose Accuracy.medium scale 0.0196078438 "the scale"
                    Expect.equal zero 153.0 "the zero point"
                | _ -> failtest "three results"

            testCase "for a circuit activations stay real, weights keep their codes"
            <| fun () ->
                let text =
                    $"""{header}
g (float[1, 2] x) => (float[1, 2] y)
<uint8[2, 2] w = {{3, 5, 7, 1}}, uint8 wz = {{2}}, float ws = {{0.5}}> {{
    c, s, z = DynamicQuantizeLinear(x)
    i = MatMulInteger(c, w, z, wz)
    f = Cast <to = 1> (i)
    t = Mul(s, ws)
    y = Mul(f, t)
}}"""

                let x = Tensor.ofFloat32 [| 1; 2 |] [| 0.3f; -0.8f |]

                let circuit =
                    Eval.graph (imported true text) [ x ] |> List.head |> Tensor.toFloat64s
                // x · ((w − 2) / 2): 0.3 · 0.5 − 0.8 · 2.5 and 0.3 · 1.5 + 0.8 · 0.5
                Expect.floatClose Accuracy.medium circuit[0] -1.85 "the first sum"
                Expect.floatClose Accuracy.medium circuit[1] 0.85 "the second sum"

                List.iter2
                    (fun exact dynamic -> Expect.isLessThan (abs (exact - dynamic)) 0.02 "as near as 8 bits are")
                    (List.ofArray circuit)
                    (run text [ x ]).Head

            testCase "products of integers"
            <| fun () ->
                let text =
                    $"""{header}
g (uint8[4, 3] a, uint8[1, 1, 3, 3] x) => (int32[4, 2] y, int32[1, 1, 2, 2] c)
<uint8[3, 2] b = {{1, 4, 2, 5, 3, 6}}, uint8 az = {{12}}, uint8[1, 1, 2, 2] w = {{1, 1, 1, 1}}, uint8 xz = {{1}}> {{
    y = MatMulInteger(a, b, az)
    c = ConvInteger(x, w, xz)
}}"""

                let a =
                    Tensor.create Element.UInt8 [| 4; 3 |] [| 11uy; 7uy; 3uy; 10uy; 6uy; 2uy; 9uy; 5uy; 1uy; 8uy; 4uy; 0uy |]

                let x =
                    Tensor.create Element.UInt8 [| 1; 1; 3; 3 |] [| 2uy; 3uy; 4uy; 5uy; 6uy; 7uy; 8uy; 9uy; 10uy |]

                Expect.equal
                    (run text [ a; x ])
                    [
                        [ -38.0; -83.0; -44.0; -98.0; -50.0; -113.0; -56.0; -128.0 ]
                        [ 12.0; 16.0; 24.0; 28.0 ]
                    ]
                    "ONNX's own examples"

            testCase "quantizers of one bit and of dropped bits"
            <| fun () ->
                let text =
                    $"""{header}
g (float[3] x) => (float[3] y, float[3] t)
<float s = {{0.5}}, float z = {{0.0}}, float four = {{4.0}}, float two = {{2.0}}> {{
    y = qonnx.custom_op.general.BipolarQuant(x, s)
    t = qonnx.custom_op.general.Trunc <rounding_mode = "FLOOR"> (x, s, z, four, two)
}}"""

                Expect.equal
                    (run text [ Tensor.ofFloat32 [| 3 |] [| -1.0f; 0.0f; 3.5f |] ])
                    [ [ -0.5; 0.5; 0.5 ]; [ -0.5; 0.0; 0.5 ] ]
                    "signs; codes −2, 0 and 7 divided by four and rounded down"

            testCase "blocks along an axis share a scale"
            <| fun () ->
                let text =
                    $"""{header}
g (int8[1, 4] x) => (float[1, 4] y)
<float[1, 2] s = {{0.5, 2.0}}, int8[1, 2] z = {{0, 1}}> {{
    y = DequantizeLinear <axis = 1, block_size = 2> (x, s, z)
}}"""

                Expect.equal
                    (run text [ Tensor.create Element.Int8 [| 1; 4 |] [| 2y; 4y; 3y; -1y |] ])
                    [ [ 1.0; 2.0; 4.0; -4.0 ] ]
                    "two scales and zero points"

            testCase "codes of four bits saturate at their own limits"
            <| fun () ->
                let text =
                    $"""{header}
g (float[3] x) => (int8[3] y) <float s = {{1.0}}> {{ y = QuantizeLinear <output_dtype = 22> (x, s) }}"""

                Expect.equal (run text [ Tensor.ofFloat32 [| 3 |] [| -20.0f; 3.0f; 20.0f |] ]) [ [ -8.0; 3.0; 7.0 ] ] "int4"

            testCase "a tie is rounded before the zero point is added, and behind it in a Quant node"
            <| fun () ->
                let text =
                    $"""{header}
g (float[3] x) => (float[3] y, float[3] q)
<float s = {{0.5}}, int8 z = {{3}}, float zero = {{3.0}}, float bits = {{8.0}}> {{
    c = QuantizeLinear (x, s, z)
    y = DequantizeLinear (c, s, z)
    q = qonnx.custom_op.general.Quant <signed = 1, narrow = 0, rounding_mode = "ROUND"> (x, s, zero, bits)
}}"""

                Expect.equal
                    (run text [ Tensor.ofFloat32 [| 3 |] [| -0.25f; 0.25f; 0.75f |] ])
                    [ [ 0.0; 0.0; 1.0 ]; [ -0.5; 0.5; 0.5 ] ]
                    "codes 3, 3, 5; and 2, 4, 4"

            testCase "squares and their sums pass the range of floats of 16 bits"
            <| fun () ->
                let text =
                    $"""{header}
g (float16[1, 1, 2] x) => (float16[1, 1, 1] n, float16[1, 1, 2] l, float16[1, 1, 1] p, float16[1, 1, 2] m)
{{
    n = ReduceL2 (x)
    l = LpNormalization (x)
    p = GlobalLpPool (x)
    m = MeanVarianceNormalization <axes = [2]> (x)
}}"""

                Expect.equal
                    (run text [ Elements.ofFloat64s Element.Float16 [| 1; 1; 2 |] [| 600.0; -800.0 |] ])
                    [ [ 1000.0 ]; [ 0.60009765625; -0.7998046875 ]; [ 1000.0 ]; [ 1.0; -1.0 ] ]
                    "norms and shares of 600 and −800, whose squares do not fit"

            testCase "a network whose weights alone are quantized is a float model"
            <| fun () ->
                let text =
                    $"""{header}
g (float[1, 2] x) => (float[1, 2] y)
<float[2, 2] w = {{0.9, -0.4, 0.2, 0.6}}, float s = {{0.5}}, float z = {{0.0}}, float b = {{4.0}}> {{
    q = qonnx.custom_op.general.Quant <signed = 1, narrow = 1, rounding_mode = "ROUND"> (w, s, z, b)
    y = MatMul(x, q)
}}"""

                let graph = Passes.FoldConstants.weights (imported true text)

                Expect.isFalse (graph.Nodes |> Array.exists (fun node -> node.Op.IsQuant)) "nothing is left to quantize by the file"

                let y =
                    Eval.graph graph [ Tensor.ofFloat32 [| 1; 2 |] [| 1.0f; 1.0f |] ] |> List.head

                Expect.equal (List.ofArray (Tensor.toFloat64s y)) [ 1.0; 0.0 ] "the weights 1, −0.5, 0 and 0.5"

            testCase "rows of a table at encrypted positions are a function of each position"
            <| fun () ->
                for rows in [ 3; 300 ] do
                    let values = Array.init (2 * rows) (fun at -> float32 (at * at))

                    let builder = GraphBuilder<Op, ValueType>("g")

                    let position =
                        builder.Input(
                            "i",
                            {
                                Element = Element.Int64
                                Dims = Some [| Dim.Known 2 |]
                            }
                        )

                    let table = Tensor.ofFloat32 [| rows; 2 |] values
                    let constant = builder.Value(Op.Constant table, [], ValueType.ofTensor table, [])

                    let result =
                        builder.Value(
                            Op.Gather 0,
                            [ constant; position ],
                            {
                                Element = Element.Float32
                                Dims = Some [| Dim.Known 2; Dim.Known 2 |]
                            },
                            []
                        )

                    let graph =
                        builder.Build
                            [
                                {
                                    Name = "y"
                                    Value = result
                                    Coding = None
                                }
                            ]

                    match Passes.ExpandSelections.pass.Run Context.quiet graph with
                    | Error _ -> failtest "nothing to refuse"
                    | Ok expanded ->
                        Expect.isFalse (expanded.Nodes |> Array.exists (fun node -> node.Op.IsGather)) "no gather is left"
                        let positions = [ Tensor.ofInt64 [| 2 |] [| 1L; -1L |] ]
                        Expect.equal (Eval.graph expanded positions) (Eval.graph graph positions) $"a table of {rows} rows"
        ]
