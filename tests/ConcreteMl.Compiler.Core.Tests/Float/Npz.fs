/// Reads the .npz files of test data: zip archives of NumPy's .npy arrays.
module ConcreteMl.Compiler.Core.Tests.Float.Npz

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text
open System.Text.RegularExpressions
open ConcreteMl.Compiler.Core.Base

let private element (descr: string) =
    match descr.TrimStart('<', '|', '=') with
    | "b1" -> Element.Bool
    | "i1" -> Element.Int8
    | "i2" -> Element.Int16
    | "i4" -> Element.Int32
    | "i8" -> Element.Int64
    | "u1" -> Element.UInt8
    | "u2" -> Element.UInt16
    | "u4" -> Element.UInt32
    | "u8" -> Element.UInt64
    | "f2" -> Element.Float16
    | "f4" -> Element.Float32
    | "f8" -> Element.Float64
    | other -> failwith $"npy type {other}"

let private array (bytes: byte[]) : Tensor =
    let length, start =
        if bytes[6] = 1uy then
            int (BitConverter.ToUInt16(bytes, 8)), 10
        else
            int (BitConverter.ToUInt32(bytes, 8)), 12

    let header = Encoding.Latin1.GetString(bytes, start, length)

    let field (pattern: string) =
        Regex.Match(header, pattern).Groups[1].Value

    if field "'fortran_order': (True|False)" = "True" then
        failwith "arrays in Fortran order"

    let shape =
        (field @"'shape': \(([^)]*)\)").Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> Array.map (fun size -> Int32.Parse(size, CultureInfo.InvariantCulture))

    let data = ReadOnlySpan(bytes, start + length, bytes.Length - start - length)

    match Tensor.tryOfBytes (element (field "'descr': '([^']*)'")) shape data with
    | Some tensor -> tensor
    | None -> failwith "npy data does not fill its shape"

/// All arrays by name.
let read (path: string) : Map<string, Tensor> =
    use archive = ZipFile.OpenRead path

    archive.Entries
    |> Seq.map (fun entry ->
        use stream = entry.Open()
        use copy = new MemoryStream()
        stream.CopyTo copy
        entry.Name.Replace(".npy", ""), array (copy.ToArray()))
    |> Map.ofSeq

/// Sample `index` along the first axis, which stays as an axis of 1.
let sample (tensor: Tensor) (index: int) : Tensor =
    let size = tensor.Count / tensor.Shape[0]
    let data = Array.CreateInstance(Element.storage tensor.Element, size)
    Array.Copy(tensor.Data, index * size, data, 0, size)
    Tensor.create tensor.Element (Array.append [| 1 |] (Array.skip 1 tensor.Shape)) data
