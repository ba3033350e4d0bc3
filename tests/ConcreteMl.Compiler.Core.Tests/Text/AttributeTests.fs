/// What a graph says of itself as a whole.
module ConcreteMl.Compiler.Core.Tests.Text.AttributeTests

open System
open NUnit.Framework
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

[<Test>]
let ``attributes of a graph are read and printed as they were`` () =
    let graph = read source
    Assert.That((graph.Attributes = expected), Is.True, string graph.Attributes)
    Assert.That(Mlir.print Circuit.Syntax.syntax PrintOptions.full graph, Is.EqualTo source)

[<Test>]
let ``rewrites keep the attributes of a graph`` () =
    let graph = read source
    let after = Rewrite.removeDead graph
    Assert.That(after.Nodes.Length, Is.EqualTo 1)
    Assert.That((after.Attributes = expected), Is.True)

[<Test>]
let ``names that the text uses itself are refused`` () =
    let graph = read source

    for name in [ "name"; "inputs"; "outputs"; "elided"; "" ] do
        let refused =
            try
                Graph.withAttribute name (Attribute.Flag true) graph |> ignore
                false
            with :? ArgumentException ->
                true

        Assert.That(refused, Is.True, name)

[<Test>]
let ``an attribute that is a type is refused with its place`` () =
    let text = source.Replace("bound = 1.0e-12", "bound = f32")

    match Mlir.parse Circuit.Syntax.syntax text with
    | Ok _ -> Assert.Fail "a type was read"
    | Error errors ->
        let met =
            errors
            |> List.map (fun error -> $"{error.Code} {error.Node}")
            |> String.concat ", "

        Assert.That(met, Is.EqualTo "CML9003 Some(6:85)")
