/// The models in tests/models against the outputs of the frameworks that made them.
module ConcreteMl.Compiler.Core.Tests.Float.ModelTests

open System.IO
open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Passes

let private models =
    let rec find (folder: string) =
        let candidate = Path.Combine(folder, "tests", "models")

        if Directory.Exists candidate then
            candidate
        else
            match Directory.GetParent folder with
            | null -> failwith "tests/models is not above the test's folder"
            | parent -> find parent.FullName

    find TestContext.CurrentContext.TestDirectory

let private withOutputs =
    Directory.GetDirectories models
    |> Array.filter (fun folder -> File.Exists(Path.Combine(folder, "test.npz")))
    |> Array.map (fun folder -> (nonNull (Path.GetFileName folder)))
    |> Array.sort

let private import name =
    match
        Onnx.Decode.file (Path.Combine(models, name, "model.onnx"))
        |> Result.bind (Import.model Context.quiet { BindBatch = true })
    with
    | Ok graph -> graph
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private normalized graph =
    let step graph (_, pass: Pass<Graph, Graph>, _) =
        match pass.Run Context.quiet graph with
        | Ok next -> next
        | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

    List.fold step graph Standard.ordered

/// Mean |error| over the standard deviation of the expected outputs, on the first samples.
let private errorOverStd (graph: Graph) (data: Map<string, Tensor>) =
    let samples = min 20 data["x0"].Shape[0]

    let outputs sample =
        graph.Inputs
        |> Array.mapi (fun at _ -> Npz.sample data[$"x{at}"] sample)
        |> List.ofArray
        |> Eval.graph graph
        |> List.head

    let actual = Array.init samples outputs |> Array.collect Tensor.toFloat64s

    let expected =
        Tensor.toFloat64s data["y0"]
        |> Array.take (data["y0"].Count / data["y0"].Shape[0] * samples)

    let mean = Array.average expected

    let deviation =
        sqrt (expected |> Array.averageBy (fun value -> (value - mean) * (value - mean)))

    (Array.map2 (fun (e: float) a -> abs (e - a)) expected actual |> Array.average)
    / deviation

[<TestCaseSource(nameof withOutputs)>]
let ``a model computes what its framework computed, before and after the passes`` (name: string) =
    let data = Npz.read (Path.Combine(models, name, "test.npz"))
    let graph = import name
    let after = normalized graph
    Assert.That((Verify.graph graph, Verify.graph after), Is.EqualTo((([]: Diagnostic list), ([]: Diagnostic list))))
    Assert.That(errorOverStd graph data, Is.LessThan 1e-5)
    Assert.That(errorOverStd after data, Is.LessThan 1e-5)

[<Test>]
let ``shape arithmetic leaves no trace after the passes`` () =
    let computesShapes (node: Node<Op>) =
        match node.Op with
        | Op.Shape _
        | Op.ConstantOfShape _ -> true
        | _ -> false

    Assert.That((import "shapes_net").Nodes |> Array.exists computesShapes, Is.True)
    Assert.That((normalized (import "shapes_net")).Nodes |> Array.exists computesShapes, Is.False)
