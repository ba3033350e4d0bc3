namespace ConcreteMl.Compiler.Core.Onnx

open System
open Google.Protobuf.Collections
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Onnx.Proto

/// Why a tensor of a file could not be decoded.
[<RequireQualifiedAccess>]
type TensorProblem =
    /// A type that we cannot compute in, by ONNX's name; the file may be sound.
    | Unsupported of TypeName: string
    /// The data does not fit type and shape.
    | Malformed of Message: string
    /// The external file is missing, too short or refused.
    | External of Message: string

/// Tensors out of the protobuf message.
[<RequireQualifiedAccess>]
module TensorData =

    /// The shape and the number of elements; dimensions are at most 2^31 − 1, and so is their product.
    let private shape (tensor: TensorProto) : Result<int[] * int, string> =
        let dims = Seq.toArray tensor.Dims
        let text = dims |> Array.map string |> String.concat "x"

        if dims |> Array.exists (fun dim -> dim < 0L || dim > int64 Int32.MaxValue) then
            Error $"it has the shape {text}"
        else
            let grow count dim =
                if count > int64 Int32.MaxValue then count else count * dim

            let count =
                if Array.contains 0L dims then
                    0L
                else
                    Array.fold grow 1L dims

            if count > int64 Array.MaxLength then
                Error $"its shape {text} has too many elements"
            else
                Ok(Array.map int dims, int count)

    let private convert (field: RepeatedField<'T>) count (map: 'T -> 'U) : Result<Array, string> =
        if field.Count = count then
            Ok(field |> Seq.map map |> Seq.toArray :> Array)
        else
            Error $"it holds {field.Count} elements where its shape needs {count}"

    let private typed (tensor: TensorProto) (element: Element) count : Result<Array, string> =
        match element with
        | Element.Float32 -> convert tensor.FloatData count id
        | Element.Float64 -> convert tensor.DoubleData count id
        | Element.Int64 -> convert tensor.Int64Data count id
        | Element.UInt64 -> convert tensor.Uint64Data count id
        | Element.UInt32 -> convert tensor.Uint64Data count uint32
        | Element.Int32 -> convert tensor.Int32Data count id
        | Element.Int16 -> convert tensor.Int32Data count int16
        | Element.Int8 -> convert tensor.Int32Data count sbyte
        | Element.UInt16
        | Element.BFloat16 -> convert tensor.Int32Data count uint16
        | Element.UInt8 -> convert tensor.Int32Data count byte
        | Element.Bool -> convert tensor.Int32Data count (fun value -> value <> 0)
        | Element.Float16 -> convert tensor.Int32Data count (fun bits -> BitConverter.UInt16BitsToHalf(uint16 bits))

    let private ofBytes element shape (bytes: ReadOnlySpan<byte>) =
        match Tensor.tryOfBytes element shape bytes with
        | Some tensor -> Ok tensor
        | None ->
            Error $"it holds {bytes.Length} bytes where its type and shape need {int64 (Shape.count shape) * int64 (Element.bytes element)}"

    /// Of a type narrower than any that we compute in: packed into bytes, which old files hold one by one in integers.
    let private narrow (folder: string option) (tensor: TensorProto) (shape: int[]) (expected: int64) : Result<Tensor, TensorProblem> =
        let decoded (bytes: byte[]) =
            match NarrowTypes.tryDecode tensor.DataType shape (ReadOnlySpan bytes) with
            | Some tensor -> Ok tensor
            | None -> Error(TensorProblem.Malformed $"it holds {bytes.Length} bytes where its type and shape need {expected}")

        if tensor.DataLocation = TensorProto.Types.DataLocation.External then
            ExternalData.read folder tensor expected
            |> Result.mapError TensorProblem.External
            |> Result.bind decoded
        elif tensor.RawData.Length > 0 then
            decoded (tensor.RawData.ToByteArray())
        else
            tensor.Int32Data |> Seq.map byte |> Seq.toArray |> decoded

    /// The elements of a tensor of texts; None where they do not fill its shape.
    let tryTexts (tensor: TensorProto) : TextTensor option =
        match shape tensor with
        | Ok(shape, count) when tensor.StringData.Count = count ->
            Some
                {
                    Shape = shape
                    Items = tensor.StringData |> Seq.map _.ToStringUtf8() |> Seq.toArray
                }
        | _ -> None

    /// Decodes a tensor; external data is looked for below `folder`.
    let decode (folder: string option) (tensor: TensorProto) : Result<Tensor, TensorProblem> =
        match ElementType.ofNumber tensor.DataType, shape tensor with
        | Error _, Ok(shape, count) when (NarrowTypes.tryBytes tensor.DataType count).IsSome ->
            narrow folder tensor shape (NarrowTypes.tryBytes tensor.DataType count |> Option.defaultValue 0L)
        | Error name, _ -> Error(TensorProblem.Unsupported name)
        | _, Error problem -> Error(TensorProblem.Malformed problem)
        | Ok element, Ok(shape, count) ->
            let expected = int64 count * int64 (Element.bytes element)

            if tensor.DataLocation = TensorProto.Types.DataLocation.External then
                ExternalData.read folder tensor expected
                |> Result.bind (fun bytes -> ofBytes element shape (ReadOnlySpan bytes))
                |> Result.mapError TensorProblem.External
            elif expected > int64 Array.MaxLength then
                Error(TensorProblem.Malformed "it is larger than 2 GB")
            elif tensor.RawData.Length > 0 then
                ofBytes element shape tensor.RawData.Span
                |> Result.mapError TensorProblem.Malformed
            else
                typed tensor element count
                |> Result.map (Tensor.create element shape)
                |> Result.mapError TensorProblem.Malformed
