module ConcreteMl.Compiler.Core.Tests.Onnx.TestDataTests

open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

[<Tests>]
let tests =
    testList
        "Onnx.TestData"
        [
            testCase "data sets are read in order, and damaged files have a code"
            <| fun () ->
                let folder = Directory.CreateTempSubdirectory("onnx-data-").FullName

                try
                    let set =
                        Directory.CreateDirectory(Path.Combine(folder, "test_data_set_0")).FullName

                    let write name tensor =
                        File.WriteAllBytes(Path.Combine(set, name), bytes tensor)

                    write "input_0.pb" (floats "x" [ 2L ] [ 1.0f; 2.0f ])
                    write "input_1.pb" (int64s "k" [ 7L ])
                    write "output_0.pb" (raw "y" 4 [ 1L ] [| 0x80uy; 0x3Fuy |])

                    let model =
                        graph [ real "x" "2"; typed "k" 7 "1" ] [] [ node "Thing" [ "x"; "k" ] [ "y" ] [] ] [ typed "y" 16 "1" ]
                        |> model 14L
                        |> decode

                    match TestData.sets folder model with
                    | Ok [ one ] ->
                        same "test_data_set_0" one.Name

                        same
                            [
                                TestValue.Tensor(Tensor.ofFloat32 [| 2 |] [| 1.0f; 2.0f |])
                                TestValue.Tensor(Tensor.ofInt64 [| 1 |] [| 7L |])
                            ]
                            one.Inputs
                        // ONNX's own data sets write bfloat16 as uint16.
                        same [ TestValue.Tensor(Tensor.create Element.BFloat16 [| 1 |] [| 0x3F80us |]) ] one.Outputs
                    | other -> failtest $"%A{other}"

                    File.WriteAllBytes(Path.Combine(set, "input_0.pb"), [| 0xFFuy; 0xFFuy |])

                    match TestData.sets folder model with
                    | Ok _ -> failtest "read"
                    | Error found -> same [ "CML1007" ] (codes found)
                finally
                    Directory.Delete(folder, true)
        ]
