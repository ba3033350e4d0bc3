module ConcreteMl.Compiler.Core.Tests.Text.MlirOptTests

open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private separator = "// -----\n"

let private arguments =
    [
        "--allow-unregistered-dialect"
        "--split-input-file"
        "--mlir-print-op-generic"
        "--mlir-print-debuginfo"
    ]

/// MLIR's own reader takes the texts, and what its printer makes of them reads as the same graphs.
let private accepted (syntax: StageSyntax<'Op, 'Type>) (graphs: Graph<'Op, 'Type>[]) =
    match Tools.tryFind [ "mlir-opt-16"; "mlir-opt" ] with
    | None -> skiptest "mlir-opt is not installed here; the round trip tests cover our own reader"
    | Some tool ->
        let texts = graphs |> Array.map (Mlir.print syntax PrintOptions.full)
        let code, output, errors = Tools.run tool arguments (String.concat separator texts)
        Expect.equal code 0 errors
        let printed = output.Split(separator.TrimEnd())
        Expect.hasLength printed texts.Length "printed"

        Array.iter2
            (fun (text: string) (theirs: string) ->
                match Mlir.parse syntax theirs with
                | Ok again -> Expect.equal (Mlir.print syntax PrintOptions.full again) text "Mlir.print syntax PrintOptions.full again"
                | Error found -> failtest ((found |> List.map Diagnostic.render |> String.concat "\n") + "\n" + theirs))
            texts
            printed

/// MLIR keeps the entries of a dictionary in the order of their names.
let rec private sorted (attribute: Attribute) =
    match attribute with
    | Attribute.List items -> items |> List.map sorted |> Attribute.List
    | Attribute.Record entries ->
        entries
        |> List.map (fun (name, value) -> name, sorted value)
        |> List.sortWith (fun (left, _) (right, _) -> System.String.CompareOrdinal(left, right))
        |> Attribute.Record
    | Attribute.Flag _
    | Attribute.Integer _
    | Attribute.Real _
    | Attribute.Text _
    | Attribute.Tensor _ -> attribute

/// What MLIR keeps of a graph: names that a fused location holds twice are dropped.
let private kept (graph: Graph<'Op, 'Type>) =
    { graph with
        Attributes = graph.Attributes |> Map.map (fun _ -> sorted)
        Nodes =
            graph.Nodes
            |> Array.map (fun node ->
                { node with
                    Origin = List.distinct node.Origin
                })
    }

let private sample graphs =
    Gen.sampleWithSeed (FsCheck.Rnd 20UL) 15 60 (Gen.map kept graphs)

[<Tests>]
let tests =
    testList
        "Text.MlirOpt"
        [
            testCase "mlir-opt accepts float graphs and prints the same"
            <| fun () -> accepted Float.Syntax.syntax (sample Generators.floatGraph)

            testCase "mlir-opt accepts quantized graphs and prints the same"
            <| fun () -> accepted Quant.Syntax.syntax (sample Generators.quantGraph)

            testCase "mlir-opt accepts circuits and prints the same"
            <| fun () -> accepted Circuit.Syntax.syntax (sample Generators.circuitGraph)
        ]
