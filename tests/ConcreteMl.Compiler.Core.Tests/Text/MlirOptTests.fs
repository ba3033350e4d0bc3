module ConcreteMl.Compiler.Core.Tests.Text.MlirOptTests

open FsCheck.FSharp
open NUnit.Framework
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
    | None -> Assert.Ignore "mlir-opt is not installed here; the round trip tests cover our own reader"
    | Some tool ->
        let texts = graphs |> Array.map (Mlir.print syntax PrintOptions.full)
        let code, output, errors = Tools.run tool arguments (String.concat separator texts)
        Assert.That(code, Is.EqualTo 0, errors)
        let printed = output.Split(separator.TrimEnd())
        Assert.That(printed, Has.Length.EqualTo texts.Length)

        Array.iter2
            (fun (text: string) (theirs: string) ->
                match Mlir.parse syntax theirs with
                | Ok again -> Assert.That(Mlir.print syntax PrintOptions.full again, Is.EqualTo text)
                | Error found -> Assert.Fail((found |> List.map Diagnostic.render |> String.concat "\n") + "\n" + theirs))
            texts
            printed

/// MLIR drops names that a fused location holds twice.
let private distinctOrigins (graph: Graph<'Op, 'Type>) =
    { graph with
        Nodes =
            graph.Nodes
            |> Array.map (fun node ->
                { node with
                    Origin = List.distinct node.Origin
                })
    }

let private sample graphs =
    Gen.sampleWithSeed (FsCheck.Rnd 20UL) 15 60 (Gen.map distinctOrigins graphs)

[<Test>]
let ``mlir-opt accepts float graphs and prints the same`` () =
    accepted Float.Syntax.syntax (sample Generators.floatGraph)

[<Test>]
let ``mlir-opt accepts quantized graphs and prints the same`` () =
    accepted Quant.Syntax.syntax (sample Generators.quantGraph)

[<Test>]
let ``mlir-opt accepts circuits and prints the same`` () =
    accepted Circuit.Syntax.syntax (sample Generators.circuitGraph)
