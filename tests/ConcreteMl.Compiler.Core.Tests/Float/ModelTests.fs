/// The models in tests/models against the outputs of the frameworks that made them.
module ConcreteMl.Compiler.Core.Tests.Float.ModelTests

open System.IO
open System
open Expecto
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

    find AppContext.BaseDirectory

let private withOutputs =
    Directory.GetDirectories models
    |> Array.filter (fun folder -> File.Exists(Path.Combine(folder, "test.npz")))
    |> Array.map (fun folder -> (nonNull (Path.GetFileName folder)))
    |> Array.sort

let private import name =
    match
        Onnx.Decode.file (Path.Combine(models, name, "model.onnx"))
        |> Result.bind (Import.model Context.quiet { BindBatch = true; Sizes = Map.empty })
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

[<Tests>]
let tests =
    testList
        "Float.Model"
        [
            testTheory "a model computes what its framework computed, before and after the passes" withOutputs
            <| fun (name: string) ->
                let data = Npz.read (Path.Combine(models, name, "test.npz"))
                let graph = import name
                let after = normalized graph

                Expect.equal
                    (Verify.graph graph, Verify.graph after)
                    ((([]: Diagnostic list), ([]: Diagnostic list)))
                    "(Verify.graph graph, Verify.graph after)"

                Expect.isLessThan (errorOverStd graph data) (1e-5) "errorOverStd graph data"
                Expect.isLessThan (errorOverStd after data) (1e-5) "errorOverStd after data"

            testCase "shape arithmetic leaves no trace after the passes"
            <| fun () ->
                let computesShapes (node: Node<Op>) =
                    match node.Op with
                    | Op.Shape _
                    | Op.ConstantOfShape _ -> true
                    | _ -> false

                Expect.isTrue
                    ((import "shapes_net").Nodes |> Array.exists computesShapes)
                    "(import 'shapes_net').Nodes |> Array.exists computesShapes"

                Expect.isFalse ((normalized (import "shapes_net")).Nodes |> Array.exists computesShapes) "as expected"
        ]
