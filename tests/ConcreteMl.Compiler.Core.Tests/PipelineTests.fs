module ConcreteMl.Compiler.Core.Tests.PipelineTests

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

let private settings: Settings =
    {
        Quant = Quant.QuantOptions.uniform 4
        ImportQat = false
        Calibration = []
        PError = None
        GlobalPError = None
        Security = 128
    }

let private digits =
    lazy
        (let path =
            Path.Combine(__SOURCE_DIRECTORY__, "..", "models", "digits_mlp", "model.onnx")

         match Onnx.Decode.file path with
         | Ok model -> model
         | Error findings -> failwithf "%A" findings)

/// A pass from outside: it only looks.
module private MyPass =

    let mutable seen = 0

    let pass: Pass<Float.Graph, Float.Graph> =
        {
            Name = "count-nodes"
            Summary = "Count the nodes."
            Run =
                fun _ graph ->
                    seen <- graph.Nodes.Length
                    Ok graph
        }

[<Test>]
let ``every step has a kebab-case name, a summary and a reason`` () =
    for step in Pipeline.all false @ Pipeline.all true do
        Assert.That(Regex.IsMatch(step.Name, "^[a-z]+(-[a-z]+)*$"), step.Name)
        Assert.That(step.Summary, Is.Not.Empty)
        Assert.That(step.Reason, Is.Not.Empty)

[<Test>]
let ``passes are named like their files`` () =
    let core =
        Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "src", "ConcreteMl.Compiler.Core")

    let kebab (name: string) =
        Regex.Replace(name, "(?<!^)([A-Z])", "-$1").ToLowerInvariant()

    let files =
        Directory.GetFiles(core, "*.fs", SearchOption.AllDirectories)
        |> Array.map (Path.GetFileNameWithoutExtension >> nonNull >> kebab)
        |> set

    for pass in Float.Passes.Standard.all do
        Assert.That(files.Contains pass.Name, pass.Name)

[<Test>]
let ``a step from outside runs where it was inserted`` () =
    let context = Context.quiet
    let model = digits.Value

    let mine =
        Step.float "before folding, to see constants as the file has them" MyPass.pass

    let steps = Pipeline.float |> Pipeline.before "fold-constants" mine
    let names = steps |> List.map _.Name

    Assert.That(List.findIndex ((=) "count-nodes") names, Is.EqualTo(List.findIndex ((=) "fold-constants") names - 1))

    let result = Driver.run ignore settings context steps (Stage.Onnx model)

    Assert.That(Result.isOk result)
    Assert.That(MyPass.seen, Is.GreaterThan 0)

[<Test>]
let ``the driver shows every step in order`` () =
    let seen = Collections.Generic.List<string>()

    Driver.run (fun record -> seen.Add $"{record.Number} {record.Name}") settings Context.quiet Pipeline.float (Stage.Onnx digits.Value)
    |> ignore

    let expected =
        Pipeline.float |> List.mapi (fun index step -> $"{index + 1} {step.Name}")

    Assert.That(List.ofSeq seen = expected)

[<Test>]
let ``a pass that leaves an illegal graph is a defect of ours`` () =
    let broken: Pass<Float.Graph, Float.Graph> =
        {
            Name = "break-types"
            Summary = "Forget the types."
            Run =
                fun _ graph ->
                    Ok
                        { graph with
                            Types =
                                graph.Types
                                |> Array.map (fun valueType ->
                                    { valueType with
                                        Element = Element.Bool
                                    })
                        }
        }

    let steps =
        Pipeline.float
        |> Pipeline.after "import" (Step.float "to see what happens" broken)

    let run () =
        Driver.run ignore settings Context.quiet steps (Stage.Onnx digits.Value)
        |> ignore

    Assert.Throws<CompilerDefect>(System.Action run) |> ignore

[<Test>]
let ``a step in a place where its stage is not met is a defect of ours`` () =
    let late =
        Step.float "too late" MyPass.pass
        |> fun step -> Pipeline.encrypted false @ [ step ]

    let run () =
        Driver.run ignore settings Context.quiet (List.rev late |> List.truncate 1) (Stage.Onnx digits.Value)
        |> ignore

    Assert.Throws<InvalidOperationException>(System.Action run) |> ignore
