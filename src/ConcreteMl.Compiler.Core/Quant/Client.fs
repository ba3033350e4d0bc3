namespace ConcreteMl.Compiler.Core.Quant

open System
open ConcreteMl.Compiler.Core.Base

/// The client's side: real numbers to codes and back, element by element, affine.
[<RequireQualifiedAccess>]
module Client =

    let private inSingle element =
        match element with
        | Element.Float64
        | Element.Int32
        | Element.UInt32
        | Element.Int64
        | Element.UInt64 -> false
        | _ -> true

    let private clip (coding: Coding) code =
        if Double.IsNaN code then
            coding.Low
        else
            int64 (Math.Clamp(code, float coding.Low, float coding.High))

    /// code = clip(half-even(real / scale + zero)), in the port's real element type (float64 for wide integers).
    let private code (coding: Coding) scale zero (real: float) =
        if inSingle coding.Real then
            let code =
                MathF.Round(float32 real / float32 scale + float32 zero, MidpointRounding.ToEven)

            clip coding (float code)
        else
            clip coding (Math.Round(real / scale + zero, MidpointRounding.ToEven))

    /// The codes of one sample's input. The tensor has the port's shape, or one of equal count.
    let quantizeInput (coding: Coding) (shape: int[]) (real: Tensor) : int64[] =
        let scales, zeros = Tensor.toFloat64s coding.Scale, Tensor.toFloat64s coding.Zero

        let ofScale, ofZero =
            Moves.broadcast coding.Scale.Shape shape, Moves.broadcast coding.Zero.Shape shape

        Tensor.toFloat64s real
        |> Array.mapi (fun element value -> code coding scales[ofScale[element]] zeros[ofZero[element]] value)

    let private narrow element (values: float[]) (shape: int[]) =
        let clamp low high (value: float) =
            Math.Clamp(Math.Round(value, MidpointRounding.ToEven), low, high)

        match element with
        | Element.Float64 -> Tensor.create element shape values
        | Element.Float32 -> Tensor.create element shape (values |> Array.map float32)
        | Element.Float16 -> Tensor.create element shape (values |> Array.map Half.op_Explicit: Half[])
        | Element.BFloat16 -> Tensor.create element shape (values |> Array.map (float32 >> Element.toBFloat16))
        | Element.Bool -> Tensor.create element shape (values |> Array.map (fun value -> value >= 0.5))
        | Element.Int8 -> Tensor.create element shape (values |> Array.map (clamp -128.0 127.0 >> sbyte))
        | Element.UInt8 -> Tensor.create element shape (values |> Array.map (clamp 0.0 255.0 >> byte))
        | Element.Int16 -> Tensor.create element shape (values |> Array.map (clamp -32768.0 32767.0 >> int16))
        | Element.UInt16 -> Tensor.create element shape (values |> Array.map (clamp 0.0 65535.0 >> uint16))
        | Element.Int32 ->
            Tensor.create
                element
                shape
                (values
                 |> Array.map (clamp (float Int32.MinValue) (float Int32.MaxValue) >> int32))
        | Element.UInt32 -> Tensor.create element shape (values |> Array.map (clamp 0.0 (float UInt32.MaxValue) >> uint32))
        | Element.Int64 -> Tensor.create element shape (values |> Array.map (clamp -9.2e18 9.2e18 >> int64))
        | Element.UInt64 -> Tensor.create element shape (values |> Array.map (clamp 0.0 1.8e19 >> uint64))

    /// scale · (code − zero), in the port's real element type.
    let dequantizeOutput (coding: Coding) (shape: int[]) (codes: int64[]) : Tensor =
        let scales, zeros = Tensor.toFloat64s coding.Scale, Tensor.toFloat64s coding.Zero

        let ofScale, ofZero =
            Moves.broadcast coding.Scale.Shape shape, Moves.broadcast coding.Zero.Shape shape

        let values =
            codes
            |> Array.mapi (fun element code -> scales[ofScale[element]] * (float code - zeros[ofZero[element]]))

        narrow coding.Real values shape

    let private coding (port: Port) =
        match port.Coding with
        | Some coding -> coding
        | None -> invalidArg (nameof port) $"{port.Name} has no coding"

    /// The codes of many samples for every input; `samples` holds one list of inputs per sample.
    let quantizeInputs (graph: Graph) (samples: Tensor list list) : IntegerBatch list =
        let samples = samples |> List.map Array.ofList |> Array.ofList

        graph.Inputs
        |> Array.mapi (fun index port ->
            let shape = (graph.TypeOf port.Value).Shape

            samples
            |> Array.map (fun sample -> quantizeInput (coding port) shape sample[index])
            |> IntegerBatch.ofSamples shape)
        |> List.ofArray

    /// The real outputs of every sample.
    let dequantizeOutputs (graph: Graph) (outputs: IntegerBatch list) : Tensor list list =
        let lanes = outputs |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 0

        [
            for lane in 0 .. lanes - 1 ->
                [
                    for port, batch in Seq.zip graph.Outputs outputs ->
                        dequantizeOutput (coding port) batch.Shape (IntegerBatch.sample lane batch)
                ]
        ]

    /// Client and integer circuit together: real inputs of many samples to real outputs, and what the evaluation saw.
    let forward (graph: Graph) (samples: Tensor list list) : Tensor list list * EvalTrace =
        let trace = Eval.graph graph (quantizeInputs graph samples)
        dequantizeOutputs graph trace.Outputs, trace
