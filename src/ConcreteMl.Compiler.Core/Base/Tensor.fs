namespace ConcreteMl.Compiler.Core.Base

open System
open System.Runtime.InteropServices

/// A dense row-major tensor in one of ONNX's element types. It owns its data, which nobody changes after construction;
/// equality and hash are by content (bitwise, so a NaN equals itself).
[<Sealed>]
type Tensor private (element: Element, shape: int[], data: Array) =

    // Few tensors are ever looked up by content: 0 until one is asked. Two threads may both compute it, to the same value.
    let mutable hash = 0

    static member private View(element: Element, data: Array) : ReadOnlySpan<byte> =
        match element with
        | Element.Bool -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> bool[]))
        | Element.Int8 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> sbyte[]))
        | Element.Int16 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> int16[]))
        | Element.Int32 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> int32[]))
        | Element.Int64 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> int64[]))
        | Element.UInt8 -> ReadOnlySpan(data :?> byte[])
        | Element.UInt16
        | Element.BFloat16 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> uint16[]))
        | Element.UInt32 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> uint32[]))
        | Element.UInt64 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> uint64[]))
        | Element.Float16 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> Half[]))
        | Element.Float32 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> float32[]))
        | Element.Float64 -> MemoryMarshal.AsBytes(ReadOnlySpan(data :?> float[]))

    /// A tensor over `data`, which the caller hands over and no longer changes.
    /// Throws ArgumentException when length or storage type do not fit shape and element: a defect of the caller, not of a model.
    static member Create(element: Element, shape: int[], data: Array) =
        if data.GetType().GetElementType() <> Element.storage element then
            invalidArg (nameof data) $"{element} is stored as {Element.storage element}, not {data.GetType()}"

        if data.Length <> Shape.count shape then
            invalidArg (nameof data) $"{data.Length} elements do not fill the shape {Shape.print shape}"

        Tensor(element, shape, data)

    member _.Element = element
    member _.Shape = shape
    member _.Rank = shape.Length
    member _.Count = data.Length

    /// The stored elements, of type `Element.storage`; read-only by convention.
    member _.Data = data

    /// The stored elements when they are of type 'T.
    member _.Values<'T>() = data :?> 'T[]

    /// The elements' little-endian bytes, without a copy.
    member _.Bytes: ReadOnlySpan<byte> = Tensor.View(element, data)

    /// The same data under another shape of equal count.
    member _.Reshape(other: int[]) = Tensor.Create(element, other, data)

    override _.GetHashCode() =
        if hash = 0 then
            let mutable content = HashCode()
            content.Add element
            shape |> Array.iter content.Add
            content.AddBytes(Tensor.View(element, data))
            hash <- content.ToHashCode()

        hash

    override this.Equals other =
        match other with
        | :? Tensor as that ->
            Object.ReferenceEquals(this, that)
            || element = that.Element
               && shape.AsSpan().SequenceEqual(ReadOnlySpan that.Shape)
               && this.Bytes.SequenceEqual that.Bytes
        | _ -> false

    override _.ToString() =
        $"tensor<{Shape.print shape} {element}>"

    interface IEquatable<Tensor> with
        member this.Equals other = this.Equals(box other)

[<RequireQualifiedAccess>]
module Tensor =

    let create element shape data = Tensor.Create(element, shape, data)

    let ofFloat32 (shape: int[]) (data: float32[]) = create Element.Float32 shape data
    let ofFloat64 (shape: int[]) (data: float[]) = create Element.Float64 shape data
    let ofInt64 (shape: int[]) (data: int64[]) = create Element.Int64 shape data
    let ofBool (shape: int[]) (data: bool[]) = create Element.Bool shape data
    let scalar32 (value: float32) = ofFloat32 [||] [| value |]

    let private cast<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (bytes: ReadOnlySpan<byte>) : Array =
        MemoryMarshal.Cast<byte, 'T>(bytes).ToArray()

    /// A tensor from little-endian bytes; None when their number does not fit.
    let tryOfBytes (element: Element) (shape: int[]) (bytes: ReadOnlySpan<byte>) =
        if bytes.Length <> Shape.count shape * Element.bytes element then
            None
        else
            let data =
                match element with
                | Element.Bool -> bytes.ToArray() |> Array.map (fun flag -> flag <> 0uy) :> Array
                | Element.Int8 -> cast<sbyte> bytes
                | Element.Int16 -> cast<int16> bytes
                | Element.Int32 -> cast<int32> bytes
                | Element.Int64 -> cast<int64> bytes
                | Element.UInt8 -> bytes.ToArray()
                | Element.UInt16
                | Element.BFloat16 -> cast<uint16> bytes
                | Element.UInt32 -> cast<uint32> bytes
                | Element.UInt64 -> cast<uint64> bytes
                | Element.Float16 -> cast<Half> bytes
                | Element.Float32 -> cast<float32> bytes
                | Element.Float64 -> cast<float> bytes

            Some(create element shape data)

    /// Every element as float64 (exact for all types but 64-bit integers beyond 2^53).
    let toFloat64s (tensor: Tensor) : float[] =
        match tensor.Element with
        | Element.Bool -> tensor.Values<bool>() |> Array.map (fun flag -> if flag then 1.0 else 0.0)
        | Element.Int8 -> tensor.Values<sbyte>() |> Array.map float
        | Element.Int16 -> tensor.Values<int16>() |> Array.map float
        | Element.Int32 -> tensor.Values<int32>() |> Array.map float
        | Element.Int64 -> tensor.Values<int64>() |> Array.map float
        | Element.UInt8 -> tensor.Values<byte>() |> Array.map float
        | Element.UInt16 -> tensor.Values<uint16>() |> Array.map float
        | Element.UInt32 -> tensor.Values<uint32>() |> Array.map float
        | Element.UInt64 -> tensor.Values<uint64>() |> Array.map float
        | Element.Float16 -> tensor.Values<Half>() |> Array.map float
        | Element.BFloat16 -> tensor.Values<uint16>() |> Array.map (Element.ofBFloat16 >> float)
        | Element.Float32 -> tensor.Values<float32>() |> Array.map float
        | Element.Float64 -> tensor.Values<float>()

    /// Every element as int64, floats truncated toward zero (unsigned 64-bit values wrap).
    let toInt64s (tensor: Tensor) : int64[] =
        match tensor.Element with
        | Element.Int64 -> tensor.Values<int64>()
        | Element.Bool -> tensor.Values<bool>() |> Array.map (fun flag -> if flag then 1L else 0L)
        | Element.Int8 -> tensor.Values<sbyte>() |> Array.map int64
        | Element.Int16 -> tensor.Values<int16>() |> Array.map int64
        | Element.Int32 -> tensor.Values<int32>() |> Array.map int64
        | Element.UInt8 -> tensor.Values<byte>() |> Array.map int64
        | Element.UInt16 -> tensor.Values<uint16>() |> Array.map int64
        | Element.UInt32 -> tensor.Values<uint32>() |> Array.map int64
        | Element.UInt64 -> tensor.Values<uint64>() |> Array.map int64
        | Element.Float16
        | Element.BFloat16
        | Element.Float32
        | Element.Float64 -> toFloat64s tensor |> Array.map int64

    /// The narrowest signed integer tensor that holds these values.
    let ofIntegers (shape: int[]) (values: int64[]) =
        let fits low high =
            values |> Array.forall (fun value -> value >= low && value <= high)

        if fits -128L 127L then
            create Element.Int8 shape (values |> Array.map sbyte)
        elif fits -32768L 32767L then
            create Element.Int16 shape (values |> Array.map int16)
        elif fits (int64 Int32.MinValue) (int64 Int32.MaxValue) then
            create Element.Int32 shape (values |> Array.map int32)
        else
            create Element.Int64 shape values
