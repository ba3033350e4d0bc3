module ConcreteMl.Compiler.Core.Tests.Quant.EvalTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Tfhe.Programs

let private codes (shape: int[]) (values: int64[]) = Tensor.ofIntegers shape values

let private batch (random: Random) (shape: int[]) lanes limit =
    { IntegerBatch.zeros shape lanes with
        Data = Array.init (Shape.count shape * lanes) (fun _ -> int64 (random.Next(-limit, limit + 1)))
    }

let private weights (random: Random) shape =
    codes shape (Array.init (Shape.count shape) (fun _ -> int64 (random.Next(-4, 5))))

let private run linear (x: IntegerBatch) =
    match LinearShape.infer linear [ x.Shape ] with
    | Ok shape -> EvalLinear.run linear shape [ x ]
    | Error reason -> failwith reason

/// Straight from the definition: the sum over channels of the group and kernel cells, padding cells counting as 0.
let private convolved (x: IntegerBatch) (w: Tensor) (geometry: Geometry) group lane filter (row, column) =
    let values = Tensor.toInt64s w
    let channels, height, width = w.Shape[1], x.Shape[2], x.Shape[3]
    let first = filter / (w.Shape[0] / group) * channels
    let mutable sum = 0L

    for channel in 0 .. channels - 1 do
        for ky in 0 .. w.Shape[2] - 1 do
            for kx in 0 .. w.Shape[3] - 1 do
                let y =
                    row * geometry.Strides[0] + ky * geometry.Dilations[0] - geometry.PadsBegin[0]

                let z =
                    column * geometry.Strides[1] + kx * geometry.Dilations[1]
                    - geometry.PadsBegin[1]

                if y >= 0 && y < height && z >= 0 && z < width then
                    let weight =
                        values[((filter * channels + channel) * w.Shape[2] + ky) * w.Shape[3] + kx]

                    sum <-
                        sum
                        + weight * x.Data[(((first + channel) * height + y) * width + z) * x.Lanes + lane]

    sum

[<Tests>]
let tests =
    testList
        "Quant.Eval"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 30
                }
                "a matrix product equals the sum of products, sample by sample"
            <| fun (seed: int) ->
                let random = Random seed

                let m, k, o, lanes =
                    random.Next(1, 4), random.Next(1, 6), random.Next(1, 5), random.Next(1, 5)

                let x, w = batch random [| 2; m; k |] lanes 9, weights random [| k; o |]
                let w' = Tensor.toInt64s w
                let y = run (Linear.MatMul w) x

                Seq.forall
                    (fun (b, row, column, lane) ->
                        let expected =
                            Seq.sum (seq { for i in 0 .. k - 1 -> x.Data[((b * m + row) * k + i) * lanes + lane] * w'[i * o + column] })

                        y.Data[((b * m + row) * o + column) * lanes + lane] = expected)
                    (seq {
                        for b in 0..1 do
                            for row in 0 .. m - 1 do
                                for column in 0 .. o - 1 do
                                    for lane in 0 .. lanes - 1 -> b, row, column, lane
                    })

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 60
                }
                "a convolution equals its definition for strides, dilations, pads and groups"
            <| fun (seed: int) ->
                let random = Random seed
                let group = random.Next(1, 3)

                let pick low high =
                    [| random.Next(low, high); random.Next(low, high) |]

                let geometry =
                    {
                        Strides = pick 1 4
                        Dilations = pick 1 3
                        PadsBegin = pick 0 3
                        PadsEnd = pick 0 3
                    }

                let x = batch random [| 1; 2 * group; random.Next(5, 9); random.Next(5, 9) |] 3 9
                let w = weights random [| 2 * group; 2; random.Next(1, 4); random.Next(1, 4) |]
                let y = run (Linear.Conv(w, geometry, group)) x

                Seq.forall
                    (fun (filter, row, column, lane) ->
                        let index = ((filter * y.Shape[2] + row) * y.Shape[3] + column) * 3 + lane
                        y.Data[index] = convolved x w geometry group lane filter (row, column))
                    (seq {
                        for filter in 0 .. y.Shape[1] - 1 do
                            for row in 0 .. y.Shape[2] - 1 do
                                for column in 0 .. y.Shape[3] - 1 do
                                    for lane in 0..2 -> filter, row, column, lane
                    })

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 30
                }
                "a sum pool is a grouped convolution with ones"
            <| fun (seed: int) ->
                let random = Random seed
                let x = batch random [| 1; 3; 6; 5 |] 2 20

                let geometry =
                    {
                        Strides = [| 2; 1 |]
                        Dilations = [| 1; 2 |]
                        PadsBegin = [| 1; 0 |]
                        PadsEnd = [| 0; 1 |]
                    }

                let ones = codes [| 3; 1; 2; 2 |] (Array.create 12 1L)
                (run (Linear.SumPool([| 2; 2 |], geometry)) x).Data = (run (Linear.Conv(ones, geometry, 3)) x).Data

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 50
                }
                "results stay within the worst-case range"
            <| fun (seed: int) ->
                let random = Random seed
                let x = batch random [| 1; 6 |] 4 7

                [
                    Linear.MatMul(weights random [| 6; 3 |])
                    Linear.Scale(weights random [| 6 |])
                    Linear.Shift(weights random [| 1; 6 |])
                    Linear.ReduceSum([| 1 |], true)
                    Linear.Move(Move.Pad([| 0; 1 |], [| 0; 2 |]))
                ]
                |> List.forall (fun linear ->
                    let low, high = LinearRange.worst linear [ x.Shape ] [ -7L, 7L ]
                    let least, most = IntegerBatch.range (run linear x)
                    low <= least && most <= high)

            testCase "a lookup outside its width reads the negated table as the torus does"
            <| fun () ->
                let table =
                    {
                        Entries = codes [| 1; 4 |] [| 5L; 6L; 7L; 8L |]
                        Index = codes [||] [| 0L |]
                        Function = "test"
                        Window = None
                    }

                let x =
                    {
                        Shape = [| 1 |]
                        Lanes = 8
                        Data = [| -2L; -1L; 0L; 1L; 2L; 3L; -3L; 9L |]
                    }

                Expect.equal (Eval.lookup table 2 x).Data [| 5L; 6L; 7L; 8L; -5L; -6L; -8L; 8L |] "entries"

            testProperty "rounding is half up after the wrap"
            <| fun (code: int) ->
                let code = int64 code

                let x =
                    {
                        Shape = [| 1 |]
                        Lanes = 1
                        Data = [| code |]
                    }

                let wrapped = Eval.wrap 8 code
                let expected = int64 (Math.Floor((float wrapped + 4.0) / 8.0))

                wrapped >= -256L
                && wrapped < 256L
                && (code - wrapped) % 512L = 0L
                && (Eval.round 3 8 x).Data[0] = expected

            testCase "moves keep codes and agree with index arithmetic"
            <| fun () ->
                let x =
                    {
                        Shape = [| 2; 3 |]
                        Lanes = 1
                        Data = [| 0L .. 5L |]
                    }

                let expect linear (values: int64 list) =
                    Expect.equal ((run linear x).Data |> List.ofArray) values "results"

                expect (Linear.Move(Move.Transpose [| 1; 0 |])) [ 0L; 3L; 1L; 4L; 2L; 5L ]
                expect (Linear.Move(Move.Slice([| 1; 2 |], [| 1; 2 |], [| 1; -2 |]))) [ 5L; 3L ]
                expect (Linear.Move(Move.Gather(1, codes [| 2 |] [| 2L; 0L |]))) [ 2L; 0L; 5L; 3L ]
                expect (Linear.Move(Move.Pad([| 0; 1 |], [| 1; 0 |]))) [ 0L; 0L; 1L; 2L; 0L; 3L; 4L; 5L; 0L; 0L; 0L; 0L ]
                expect (Linear.Move(Move.Broadcast [| 2; 2; 3 |])) [ 0L; 1L; 2L; 3L; 4L; 5L; 0L; 1L; 2L; 3L; 4L; 5L ]
                expect (Linear.ReduceSum([| 0 |], false)) [ 3L; 5L; 7L ]

            testCase "bits are parsed as one number or in four parts"
            <| fun () ->
                Expect.isTrue (QuantOptions.parse "3" = Ok(QuantOptions.uniform 3)) "(QuantOptions.parse '3' = Ok(QuantOptions.uniform 3))"

                match QuantOptions.parse "op_inputs=4, op_weights=3" with
                | Ok options ->
                    Expect.equal
                        (options.ModelInputs, options.OpInputs, options.OpWeights, options.ModelOutputs)
                        ((5, 4, 3, 5))
                        "as expected"
                | Error _ -> failtest "refused"

                for wrong in
                    [
                        "x"
                        "0"
                        "op_inputs=4"
                        "op_inputs=6,op_weights=6,model_outputs=4"
                        "op_inputs=4,op_weights=4,op_inputs=4"
                    ] do
                    match QuantOptions.parse wrong with
                    | Error [ finding ] -> Expect.equal finding.Code "CML3001" "finding.Code"
                    | other -> failtest $"{wrong}: {other}"

            testProperty "the client's codes dequantize to within half a step"
            <| fun (value: float32) (step: int) ->
                let coding =
                    {
                        Scale = Tensor.ofFloat64 [||] [| 0.25 |]
                        Zero = Tensor.ofFloat64 [||] [| float (step % 7) + 0.5 |]
                        Low = -1_000_000L
                        High = 1_000_000L
                        Real = Element.Float32
                        Rounding = Rounding.HalfEven
                        Beyond = None
                    }

                let real =
                    if Single.IsFinite value then
                        Math.Clamp(value, -1000.0f, 1000.0f)
                    else
                        1.0f

                let code = Client.quantizeInput coding [| 1 |] (Tensor.ofFloat32 [| 1 |] [| real |])
                let back = Client.dequantizeOutput coding [| 1 |] code
                abs (back.Values<float32>()[0] - real) <= 0.1251f

            // Ties at zero points of every kind: halves of steps, odd zeros, zeros that are no integers.
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 500
                }
                "the compiler and the run time's client give the same codes and numbers"
            <| fun (halves: int) (zero: int) (kind: int) ->
                let reals =
                    [
                        Element.Float32
                        Element.Float64
                        Element.Float16
                        Element.BFloat16
                        Element.Int8
                        Element.UInt8
                        Element.Int64
                    ]

                let roundings =
                    [
                        Rounding.HalfEven
                        Rounding.Floor
                        Rounding.Ceiling
                        Rounding.TowardZero
                        Rounding.AwayFromZero
                        Rounding.HalfAwayFromZero
                        Rounding.HalfTowardZero
                    ]

                let coding =
                    {
                        Scale = Tensor.ofFloat64 [||] [| 0.25 |]
                        Zero = Tensor.ofFloat64 [||] [| float (zero % 20) + (if kind % 3 = 0 then 0.5 else 0.0) |]
                        Low = -512L
                        High = 511L
                        Real = reals[abs kind % reals.Length]
                        Rounding = roundings[abs zero % roundings.Length]
                        Beyond = None
                    }

                let program =
                    let value = ProgramValue([| 1 |], 10, 0, "x")

                    let port =
                        ProgramPort(
                            "x",
                            0,
                            ProgramCoding(
                                [| 0.25 |],
                                Tensor.toFloat64s coding.Zero,
                                [||],
                                coding.Low,
                                coding.High,
                                RealElements.ofElement coding.Real,
                                RealElements.ofRounding coding.Rounding
                            )
                        )

                    TfheProgram("p", null, [| port |], [| port |], [| value |], [||], [||], [||])

                let real = 0.125 * float (halves % 4000)
                let client = ProgramClient program

                let codes =
                    Client.quantizeInput coding [| 1 |] (Tensor.ofFloat64 [| 1 |] [| real |])

                let back = Client.dequantizeOutput coding [| 1 |] codes

                client.Inputs[0].Quantize(ReadOnlySpan [| real |]).Codes = codes
                && client.Outputs[0].Dequantize codes = Tensor.toFloat64s back
        ]
