namespace ConcreteMl.Compiler.Core.Quant

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Tfhe.Programs

/// The client's side: real numbers to codes and back, element by element, by the run time's own arithmetic.
[<RequireQualifiedAccess>]
module Client =

    let private clip (coding: Coding) code =
        if Double.IsNaN code then
            coding.Low
        else
            int64 (Math.Clamp(code, float coding.Low, float coding.High))

    /// Scale and zero of every element of a shape.
    let private spread (coding: Coding) (shape: int[]) =
        let each (tensor: Tensor) =
            let values = Tensor.toFloat64s tensor

            Moves.broadcast tensor.Shape shape |> Array.map (fun source -> values[source])

        each coding.Scale, each coding.Zero

    /// The codes of one sample's input, clipped; NaN takes the lowest. The tensor has the port's shape, or one of equal count.
    let quantizeInput (coding: Coding) (shape: int[]) (real: Tensor) : int64[] =
        let scales, zeros = spread coding shape
        let element = RealElements.ofElement coding.Real
        let rounding = RealElements.ofRounding coding.Rounding

        Array.map3
            (fun value scale zero -> clip coding (RealArithmetic.Quantize(value, scale, zero, element, rounding)))
            (Tensor.toFloat64s real)
            scales
            zeros

    /// scale · (code − zero), in the port's real element type.
    let dequantizeOutput (coding: Coding) (shape: int[]) (codes: int64[]) : Tensor =
        let scales, zeros = spread coding shape
        let element = RealElements.ofElement coding.Real

        Array.map3 (fun code scale zero -> RealArithmetic.Dequantize(code, scale, zero, element)) codes scales zeros
        |> ConcreteMl.Compiler.Core.Float.Elements.ofFloat64s coding.Real shape

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
