module ConcreteMl.Compiler.Core.Tests.Text.RoundTripTests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private many =
    Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(20).WithQuietOnSuccess true

let private some = many.WithMaxTest 1000

let private printed syntax graph =
    Mlir.print syntax PrintOptions.full graph

/// The text read back and printed again is the text, and the graph is the graph.
let private returns (syntax: StageSyntax<'Op, 'Type>) (graph: Graph<'Op, 'Type>) =
    let text = printed syntax graph

    match Mlir.parse syntax text with
    | Ok again when again = graph && printed syntax again = text -> true
    | Ok again -> failwith $"met\n{printed syntax again}\nexpected\n{text}"
    | Error errors -> failwith ((errors |> List.map Diagnostic.render |> String.concat "\n") + "\n" + text)

let private check syntax (graphs: Gen<Graph<'Op, 'Type>>) =
    Check.One(many, Prop.forAll (Arb.fromGen graphs) (returns syntax))

[<Test>]
let ``reading a printed float graph gives the graph`` () =
    check Float.Syntax.syntax Generators.floatGraph

[<Test>]
let ``reading a printed quantized graph gives the graph`` () =
    check Quant.Syntax.syntax Generators.quantGraph

[<Test>]
let ``reading a printed circuit gives the circuit`` () =
    check Circuit.Syntax.syntax Generators.circuitGraph

let private survives (syntax: StageSyntax<'Op, 'Type>) (text: string) =
    let lines = text.Split('\n').Length

    match Mlir.parse syntax text with
    | Ok _ -> true
    | Error [] -> false
    | Error errors ->
        errors
        |> List.forall (fun error ->
            match error.Node with
            | None -> false
            | Some place ->
                match place.Split ':' |> Array.map Int32.Parse with
                | [| line; column |] -> line >= 1 && line <= lines && column >= 1 && error.Code.StartsWith "CML9"
                | _ -> false)

let private fuzz (syntax: StageSyntax<'Op, 'Type>) (graphs: Gen<Graph<'Op, 'Type>>) =
    let texts = graphs |> Gen.bind (printed syntax >> Generators.damaged)
    Check.One(some, Prop.forAll (Arb.fromGen texts) (survives syntax))

[<Test>]
let ``a damaged float text is read or refused with line and column`` () =
    fuzz Float.Syntax.syntax Generators.floatGraph

[<Test>]
let ``a damaged quantized text is read or refused with line and column`` () =
    fuzz Quant.Syntax.syntax Generators.quantGraph

[<Test>]
let ``a damaged circuit text is read or refused with line and column`` () =
    fuzz Circuit.Syntax.syntax Generators.circuitGraph

[<Test>]
let ``numbers that are none keep their bits`` () =
    for value in [ nan; infinity; -infinity ] do
        let builder = GraphBuilder<Float.Op, Float.ValueType>("g")

        let scalar: Float.ValueType =
            {
                Element = Element.Float32
                Dims = Some [||]
            }

        let x = builder.Input("x", scalar)

        let y =
            builder.Value(Float.Op.Unary(Float.Unary.Elu(float32 value)), [ x ], scalar, [])

        let graph = builder.Build [ { Name = "y"; Value = y; Coding = None } ]

        let text = printed Float.Syntax.syntax graph

        match Mlir.parse Float.Syntax.syntax text with
        | Ok again -> Assert.That(printed Float.Syntax.syntax again, Is.EqualTo text)
        | Error errors -> Assert.Fail(string errors)

[<Test>]
let ``deep nesting is refused, not a crash`` () =
    for bracket in [ "["; "{a = "; "dense<[" ] do
        let text = "\"float.graph\"() {a = " + String.replicate 100000 bracket

        match Mlir.parse Float.Syntax.syntax text with
        | Ok _ -> Assert.Fail "nested brackets were read"
        | Error errors -> Assert.That(errors, Is.Not.Empty)
