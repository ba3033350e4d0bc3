/// ArgMin and ArgMax at the ends of their types, where an opposite wraps and a float64 rounds.
module ConcreteMl.Compiler.Core.Tests.Float.ArgMinTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private run name (element: Element) (values: int64[]) =
    let x = Elements.ofInt64s element [| 1; values.Length |] values

    let text =
        $"<ir_version: 8, opset_import: [\"\" : 13]> g ({Onnx.ElementType.name element}[1,{values.Length}] x) => (int64[1,1] y) {{ y = {name} <axis = 1> (x) }}"

    let refused findings =
        failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

    match Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text) with
    | Error findings -> refused findings
    | Ok(model, _) ->
        match Compile.toFloat Context.quiet model with
        | Error findings -> refused findings
        | Ok graph -> (Eval.graph graph [ x ] |> List.head).Values<int64>()[0]

[<Tests>]
let tests =
    testList
        "ArgMin"
        [
            testCase "the smallest of unsigned integers may be 0"
            <| fun () ->
                for element in [ Element.UInt8; Element.UInt16; Element.UInt32 ] do
                    Expect.equal (run "ArgMin" element [| 254L; 255L; 0L; 0L; 1L; 255L |]) 2L $"{element}"

            testCase "the smallest of signed integers may be the type's least"
            <| fun () ->
                for element, least in
                    [
                        Element.Int8, -128L
                        Element.Int32, int64 Int32.MinValue
                        Element.Int64, Int64.MinValue
                    ] do
                    Expect.equal (run "ArgMin" element [| 3L; least; -1L; least |]) 1L $"{element}"

            testCase "neighbours beyond 2^53 are told apart"
            <| fun () -> Expect.equal (run "ArgMax" Element.Int64 [| Int64.MaxValue - 1L; Int64.MaxValue |]) 1L "ArgMax"
        ]
