/// What a graph says of itself as a whole.
module ConcreteMl.Compiler.Core.Tests.Text.AttributeTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private source =
    "\"circuit.graph\"() ({
^bb0(%0: tensor<1x!tfhe.eint<4>> loc(\"x\")):
  %1 = \"circuit.shift\"(%0) {offsets = dense<1> : tensor<1xi64>, range = [-7, 8]} : (tensor<1x!tfhe.eint<4>>) -> tensor<1x!tfhe.eint<4>>
  %2 = \"circuit.shift\"(%0) {offsets = dense<1> : tensor<1xi64>, range = [-7, 8]} : (tensor<1x!tfhe.eint<4>>) -> tensor<1x!tfhe.eint<4>>
  \"circuit.return\"(%1) : (tensor<1x!tfhe.eint<4>>) -> ()
}) {name = \"g\", inputs = [{name = \"x\", range = [-8, 7]}], outputs = [{name = \"y\"}], bound = 1.0e-12, keys = [{k = 1, size = 2048}]} : () -> ()
"

let private read text =
    match Mlir.parse Circuit.Syntax.syntax text with
    | Ok graph -> graph
    | Error errors -> failwith (errors |> List.map Diagnostic.render |> String.concat "\n")

let private expected =
    Map.ofList
        [
            "bound", Attribute.Real 1e-12
            "keys",
            Attribute.List
                [
                    Attribute.Record [ "k", Attribute.Integer 1L; "size", Attribute.Integer 2048L ]
                ]
        ]

[<Tests>]
let tests =
    testList
        "Text.Attribute"
        [
            testCase "attributes of a graph are read and printed as they were"
            <| fun () ->
                let graph = read source
                Expect.isTrue (graph.Attributes = expected) (string graph.Attributes)

                Expect.equal
                    (Mlir.print Circuit.Syntax.syntax PrintOptions.full graph)
                    source
                    "Mlir.print Circuit.Syntax.syntax PrintOptions.full graph"

            testCase "rewrites keep the attributes of a graph"
            <| fun () ->
                let graph = read source
                let after = Rewrite.removeDead graph
                Expect.equal after.Nodes.Length 1 "after.Nodes.Length"
                Expect.isTrue (after.Attributes = expected) "(after.Attributes = expected)"

            testCase "names that the text uses itself are refused"
            <| fun () ->
                let graph = read source

                for name in [ "name"; "inputs"; "outputs"; "elided"; "" ] do
                    let refused =
                        try
                            Graph.withAttribute name (Attribute.Flag true) graph |> ignore
                            false
                        with :? ArgumentException ->
                            true

                    Expect.isTrue refused name

            testCase "an attribute that is a type is refused with its place"
            <| fun () ->
                let text = source.Replace("bound = 1.0e-12", "bound = f32")

                match Mlir.parse Circuit.Syntax.syntax text with
                | Ok _ -> failtest "a type was read"
                | Error errors ->
                    let met =
                        errors
                        |> List.map (fun error -> $"{error.Code} {error.Node}")
                        |> String.concat ", "

                    Expect.equal met "CML9003 Some(6:85)" "met"
        ]
