module ConcreteMl.Compiler.Core.Tests.Onnx.ExternalDataTests

open System
open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("onnx-external-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private external (entries: (string * string) list) =
    let tensor =
        TensorProto(Name = "w", DataType = 1, DataLocation = TensorProto.Types.DataLocation.External)

    tensor.Dims.Add 3L

    for key, value in entries do
        tensor.ExternalData.Add(StringStringEntryProto(Key = key, Value = value))

    tensor

let private write (folder: string) (tensor: TensorProto) =
    let proto =
        graph [ real "x" "3" ] [ tensor ] [ node "Add" [ "x"; "w" ] [ "y" ] [] ] [ real "y" "3" ]
        |> model 14L

    let path = Path.Combine(folder, "model.onnx")
    File.WriteAllBytes(path, bytes proto)
    path

let private data = Tensor.ofFloat32 [| 3 |] [| 1.0f; 2.0f; 3.0f |]

let private refused (folder: string) entries =
    match Decode.file (write folder (external entries)) with
    | Ok _ -> failtest "decoded"
    | Error found -> same [ "CML1006" ] (codes found)

[<Tests>]
let tests =
    testList
        "Onnx.ExternalData"
        [
            testCase "weights beside the model are read from offset and length"
            <| fun () ->
                inFolder (fun folder ->
                    Directory.CreateDirectory(Path.Combine(folder, "data")) |> ignore
                    let content = Array.concat [ Array.zeroCreate 8; data.Bytes.ToArray(); [| 9uy |] ]
                    File.WriteAllBytes(Path.Combine(folder, "data", "w.bin"), content)

                    let path =
                        write folder (external [ "location", "data/w.bin"; "offset", "8"; "length", "12" ])

                    match Decode.file path with
                    | Ok decoded -> same (Ok data) decoded.Graph.Initializers[0].Value
                    | Error found -> failtest $"%A{found}")

            testCase "missing, short and nameless files are refused"
            <| fun () ->
                inFolder (fun folder ->
                    File.WriteAllBytes(Path.Combine(folder, "short.bin"), Array.zeroCreate 11)
                    refused folder [ "location", "none.bin" ]
                    refused folder [ "location", "short.bin" ]
                    refused folder []
                    refused folder [ "location", "short.bin"; "offset", "-4" ]
                    refused folder [ "location", "short.bin"; "offset", "9223372036854775807" ]
                    refused folder [ "location", "short.bin"; "length", "11" ])

            testCase "paths that leave the model's folder are refused"
            <| fun () ->
                inFolder (fun folder ->
                    let inside = Path.Combine(folder, "inside")
                    Directory.CreateDirectory inside |> ignore
                    let secret = Path.Combine(folder, "secret.bin")
                    File.WriteAllBytes(secret, data.Bytes.ToArray())
                    File.CreateSymbolicLink(Path.Combine(inside, "link.bin"), secret) |> ignore
                    refused inside [ "location", "../secret.bin" ]
                    refused inside [ "location", secret ]
                    refused inside [ "location", "x/../../secret.bin" ]
                    refused inside [ "location", "link.bin" ])

            testCase "a model that is not read from a folder has no external data"
            <| fun () ->
                let proto =
                    graph [] [ external [ "location", "w.bin" ] ] [ node "Identity" [ "w" ] [ "y" ] [] ] [ real "y" "3" ]
                    |> model 14L

                match Decode.bytes "m" None (bytes proto) with
                | Ok _ -> failtest "decoded"
                | Error found -> same [ "CML1006" ] (codes found)
        ]
