/// ONNX Runtime as the oracle for single operators, with its optimizations off.
namespace ConcreteMl.Compiler.Core.Tests.RuntimeTypes

open System
open Microsoft.ML.OnnxRuntime
open Microsoft.ML.OnnxRuntime.Tensors
open ConcreteMl.Compiler.Core.Base

[<RequireQualifiedAccess>]
module Runtime =

    let private options =
        lazy
            new SessionOptions(
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                IntraOpNumThreads = 1
            )

    let private named<'T> (name: string) (shape: int[]) (data: 'T[]) =
        NamedOnnxValue.CreateFromTensor(name, DenseTensor<'T>(Memory<'T> data, ReadOnlySpan shape))

    let private input (name: string, tensor: Tensor) =
        match tensor.Element with
        | Element.Bool -> named name tensor.Shape (tensor.Values<bool>())
        | Element.Int8 -> named name tensor.Shape (tensor.Values<sbyte>())
        | Element.Int16 -> named name tensor.Shape (tensor.Values<int16>())
        | Element.Int32 -> named name tensor.Shape (tensor.Values<int32>())
        | Element.Int64 -> named name tensor.Shape (tensor.Values<int64>())
        | Element.UInt8 -> named name tensor.Shape (tensor.Values<byte>())
        | Element.UInt16 -> named name tensor.Shape (tensor.Values<uint16>())
        | Element.UInt32 -> named name tensor.Shape (tensor.Values<uint32>())
        | Element.UInt64 -> named name tensor.Shape (tensor.Values<uint64>())
        | Element.Float16 -> named name tensor.Shape (tensor.Values<Half>() |> Array.map (BitConverter.HalfToUInt16Bits >> Float16))
        | Element.BFloat16 -> named name tensor.Shape (tensor.Values<uint16>() |> Array.map BFloat16)
        | Element.Float32 -> named name tensor.Shape (tensor.Values<float32>())
        | Element.Float64 -> named name tensor.Shape (tensor.Values<float>())

    let private read<'T, 'S> element (store: 'T -> 'S) (tensor: Tensors.Tensor<'T>) : Tensor option =
        Some(Tensor.create element (tensor.Dimensions.ToArray()) (tensor |> Seq.map store |> Array.ofSeq))

    let private output (value: NamedOnnxValue) : Tensor option =
        match value.Value with
        | :? Tensors.Tensor<bool> as found -> read Element.Bool id found
        | :? Tensors.Tensor<sbyte> as found -> read Element.Int8 id found
        | :? Tensors.Tensor<int16> as found -> read Element.Int16 id found
        | :? Tensors.Tensor<int32> as found -> read Element.Int32 id found
        | :? Tensors.Tensor<int64> as found -> read Element.Int64 id found
        | :? Tensors.Tensor<byte> as found -> read Element.UInt8 id found
        | :? Tensors.Tensor<uint16> as found -> read Element.UInt16 id found
        | :? Tensors.Tensor<uint32> as found -> read Element.UInt32 id found
        | :? Tensors.Tensor<uint64> as found -> read Element.UInt64 id found
        | :? Tensors.Tensor<Float16> as found ->
            read Element.Float16 (fun (half: Float16) -> BitConverter.UInt16BitsToHalf half.value) found
        | :? Tensors.Tensor<BFloat16> as found -> read Element.BFloat16 (fun (half: BFloat16) -> half.value) found
        | :? Tensors.Tensor<float32> as found -> read Element.Float32 id found
        | :? Tensors.Tensor<float> as found -> read Element.Float64 id found
        | _ -> None

    /// The outputs of a model, or None where the run time does not take it (a type without a kernel, as a rule).
    let tryRun (model: byte[]) (inputs: (string * Tensor) list) : Tensor list option =
        try
            use session = new InferenceSession(model, options.Value)
            use results = session.Run(inputs |> List.map input |> Array.ofList)

            let found = results |> Seq.map output |> List.ofSeq

            if List.forall Option.isSome found then
                Some(List.choose id found)
            else
                None
        with :? OnnxRuntimeException ->
            None
