module ConcreteMl.Compiler.Core.Tests.Text.RoundTripTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
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

[<Tests>]
let tests =
    testList
        "Text.RoundTrip"
        [
            testCase "reading a printed float graph gives the graph"
            <| fun () -> check Float.Syntax.syntax Generators.floatGraph

            testCase "reading a printed quantized graph gives the graph"
            <| fun () -> check Quant.Syntax.syntax Generators.quantGraph

            testCase "reading a printed circuit gives the circuit"
            <| fun () -> check Circuit.Syntax.syntax Generators.circuitGraph

            testCase "a damaged float text is read or refused with line and column"
            <| fun () -> fuzz Float.Syntax.syntax Generators.floatGraph

            testCase "a damaged quantized text is read or refused with line and column"
            <| fun () -> fuzz Quant.Syntax.syntax Generators.quantGraph

            testCase "a damaged circuit text is read or refused with line and column"
            <| fun () -> fuzz Circuit.Syntax.syntax Generators.circuitGraph

            testCase "numbers that are none keep their bits"
            <| fun () ->
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
                    | Ok again -> Expect.equal (printed Float.Syntax.syntax again) text "printed Float.Syntax.syntax again"
                    | Error errors -> failtest (string errors)

            testCase "deep nesting is refused, not a crash"
            <| fun () ->
                for bracket in [ "["; "{a = "; "dense<[" ] do
                    let text = "\"float.graph\"() {a = " + String.replicate 100000 bracket

                    match Mlir.parse Float.Syntax.syntax text with
                    | Ok _ -> failtest "nested brackets were read"
                    | Error errors -> Expect.isNonEmpty errors "errors"
        ]
