namespace ConcreteMl.Compiler.Core.Onnx

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Onnx.Proto

/// Sparse tensors out of the protobuf message, as the dense ones that they stand for: zero where no value is given.
[<RequireQualifiedAccess>]
module SparseData =

    let private malformed message = Error(TensorProblem.Malformed message)

    /// Where each value stands among all elements: indices [values] count through the whole tensor, [values, axes] give its coordinates.
    let private places (shape: int[]) count (indices: Tensor) : Result<int64[], TensorProblem> =
        let items = indices.Values<int64>()
        let rank = shape.Length

        let place at =
            Seq.fold (fun place axis -> place * int64 shape[axis] + items[at * rank + axis]) 0L (seq { 0 .. rank - 1 })

        let within () =
            Seq.indexed items
            |> Seq.forall (fun (at, index) -> index >= 0L && index < int64 shape[at % rank])

        match indices.Shape with
        | [| found |] when found = count -> Ok items
        | [| found; axes |] when found = count && axes = rank && within () -> Ok(Array.init count place)
        | found ->
            malformed
                $"""its indices have the shape {found |> Array.map string |> String.concat "x"}, or leave it, where {count} values of {rank} axes have them"""

    let private scattered (shape: int[]) (values: Tensor) (places: int64[]) : Result<Tensor, TensorProblem> =
        let size = Element.bytes values.Element
        let total = Seq.fold (fun count dim -> count * int64 dim) 1L shape

        if places |> Array.exists (fun place -> place < 0L || place >= total) then
            malformed "an index leaves the tensor"
        else
            let bytes = Array.zeroCreate<byte>(int total * size)
            let source = values.Bytes.ToArray()

            places
            |> Array.iteri (fun at place -> Buffer.BlockCopy(source, at * size, bytes, int place * size, size))

            match Tensor.tryOfBytes values.Element shape (ReadOnlySpan bytes) with
            | Some dense -> Ok dense
            | None -> malformed "its values do not fill its shape"

    /// The dense tensor; `decode` reads values and indices.
    let decode (decode: TensorProto -> Result<Tensor, TensorProblem>) (proto: SparseTensorProto) : Result<Tensor, TensorProblem> =
        let total = proto.Dims |> Seq.fold (fun count dim -> count * float dim) 1.0

        if isNull proto.Values || isNull proto.Indices then
            malformed "it lacks values or indices"
        elif
            proto.Dims |> Seq.exists (fun dim -> dim < 0L)
            || total > float Shape.mostElements
        then
            malformed $"its shape is negative or has more than {Shape.mostElements} elements"
        else
            let shape = proto.Dims |> Seq.map int |> Seq.toArray

            match decode proto.Values, decode proto.Indices with
            | Ok values, Ok indices when indices.Element = Element.Int64 ->
                places shape values.Count indices |> Result.bind (scattered shape values)
            | Ok _, Ok _ -> malformed "its indices are no integers of 64 bits"
            | Error problem, _
            | _, Error problem -> Error problem
