module ConcreteMl.Compiler.Core.Tests.Onnx.BrokenFileTests

open System
open System.IO
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private originals =
    [ "hb_xgb"; "shapes_net"; "dynamo_cnn"; "qat_simple_qonnx" ]
    |> List.map (fun name -> File.ReadAllBytes(Path.Combine(models, name, "model.onnx")))

/// Everything that the ONNX floor does with a file; whatever the bytes are, nothing may be thrown.
let private all (content: byte[]) =
    match Decode.bytes "broken.onnx" None content with
    | Error found ->
        Expect.isNonEmpty found "found"

        for finding in found do
            Expect.isMatch finding.Code "^CML10[0-9]{2}$" "finding.Code"

        false
    | Ok model ->
        Check.run model |> ignore

        match Inline.functions model with
        | Ok inlined ->
            ShapeInference.run Bindings.sample inlined |> ignore
            ShapeInference.run Bindings.none inlined |> ignore
        | Error found -> Expect.isNonEmpty found "found"

        true

[<Tests>]
let tests =
    testList
        "Onnx.BrokenFile"
        [
            testCase "a file that is cut off anywhere is refused or read, never more"
            <| fun () ->
                for content in originals do
                    let step = max 1 (content.Length / 200)
                    let cuts = [ 0..step .. content.Length - 1 ]
                    let read = cuts |> List.filter (fun length -> all (Array.truncate length content))
                    // A cut between two fields can leave a smaller message that is sound; most cuts cannot.
                    Expect.isLessThan read.Length (cuts.Length / 4) "read.Length"

            testCase "flipped bits never throw"
            <| fun () ->
                let random = Random 7

                for content in originals do
                    for _ in 1..400 do
                        let copy = Array.copy content

                        for _ in 0 .. random.Next 4 do
                            let place = random.Next copy.Length
                            copy[place] <- copy[place] ^^^ (1uy <<< random.Next 8)

                        all copy |> ignore

            testCase "random bytes are refused"
            <| fun () ->
                let random = Random 11

                for length in 1..300 do
                    let content = Array.zeroCreate<byte> length
                    random.NextBytes content

                    if all content then
                        Expect.isTrue ((Decode.bytes "m" None content).IsOk) "(Decode.bytes 'm' None content).IsOk"

            testCase "a length beyond the file is refused"
            <| fun () ->
                // Field 7 (the graph), wire type 2, of 2^31 − 1 bytes.
                let content = [| 0x3Auy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy; 0x07uy; 0uy |]
                Expect.isFalse (all content) "all content"

            testCase "deeply nested graphs are refused"
            <| fun () ->
                let inner = graph [] [] [] []

                let nested =
                    (inner, [ 1..200 ])
                    ||> List.fold (fun inner _ -> graph [] [] [ node "If" [ "c" ] [ "y" ] [ graphAttribute "then_branch" inner ] ] [])

                Expect.isFalse (all (bytes (model 14L nested))) "all (bytes (model 14L nested))"
        ]
