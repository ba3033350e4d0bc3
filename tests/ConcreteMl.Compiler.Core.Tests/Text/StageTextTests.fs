/// The dumps of real models, stage by stage.
module ConcreteMl.Compiler.Core.Tests.Text.StageTextTests

open System
open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private render (errors: Diagnostic list) =
    errors |> List.map Diagnostic.render |> String.concat "\n"

let private orFail result =
    match result with
    | Ok value -> value
    | Error errors -> failwith (render errors)

let private tryFloatGraph path : Result<Float.Graph, Diagnostic list> =
    Onnx.Decode.file path
    |> Result.bind Onnx.Inline.functions
    |> Result.bind (Float.Import.model Context.quiet { BindBatch = true })

let private floatGraph path : Float.Graph = tryFloatGraph path |> orFail

let private modelFiles () = Models.files ()

/// Reading gives the same text again, and MLIR's own reader takes it.
let private accepted (syntax: StageSyntax<'Op, 'Type>) (graph: Graph<'Op, 'Type>) =
    let text = Mlir.print syntax PrintOptions.full graph
    let again = Mlir.parse syntax text |> orFail
    Assert.That((again = graph), Is.True, "parse ∘ print is not the identity")

    match Tools.tryFind [ "mlir-opt-16"; "mlir-opt" ] with
    | None -> TestContext.Out.WriteLine "mlir-opt is not installed here; only our own reader was asked"
    | Some tool ->
        let code, _, errors = Tools.run tool [ "--allow-unregistered-dialect" ] text
        Assert.That(code, Is.EqualTo 0, errors)

[<TestCaseSource(nameof modelFiles)>]
let ``the float stage of real models reads as it was printed`` (path: string) =
    match tryFloatGraph path with
    | Ok graph -> accepted Float.Syntax.syntax graph
    | Error errors ->
        // Models from outside the tree may have operators that are refused; those of the tree have none.
        Assert.That(path, Does.Not.StartWith(System.IO.Path.Combine(Models.root, "tests")), render errors)
        Assert.That(errors |> List.forall (fun error -> error.Code = "CML1100"), Is.True, render errors)

let private samples (graph: Float.Graph) =
    let random = Random 1

    let tensor (port: Port) =
        let valueType = graph.TypeOf port.Value

        let shape =
            valueType.Dims
            |> Option.defaultValue [||]
            |> Array.map (fun dim ->
                match dim with
                | Float.Dim.Known size -> size
                | Float.Dim.Dynamic -> 1)

        Array.init (Shape.count shape) (fun _ -> random.NextDouble() * 2.0 - 1.0)
        |> Float.Elements.ofFloat64s valueType.Element shape

    List.init 8 (fun _ -> graph.Inputs |> Array.map tensor |> List.ofArray)

[<TestCase "digits_mlp">]
[<TestCase "shapes_net">]
let ``the integer stages of real models read as they were printed`` (name: string) =
    let path = Models.files () |> List.find (fun path -> path.Contains $"/{name}/")

    let graph =
        (floatGraph path, Float.Passes.Standard.ordered)
        ||> List.fold (fun graph (_, pass, _) -> pass.Run Context.quiet graph |> orFail)

    let options: Quant.QuantOptions =
        {
            ModelInputs = 5
            OpInputs = 4
            OpWeights = 4
            ModelOutputs = 5
            Rounding = None
        }

    let quantized =
        ConcreteMl.Compiler.Core.Tests.Quant.Quantize.fit Context.quiet options graph (samples graph)
        |> orFail

    accepted Quant.Syntax.syntax quantized
    accepted Circuit.Syntax.syntax (Circuit.Lower.run Context.quiet quantized |> orFail)

[<Test>]
let ``an elided dump says so and is refused when it is read`` () =
    let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
    let text = Mlir.print Float.Syntax.syntax PrintOptions.elided (floatGraph path)
    Assert.That(text.Length, Is.LessThan 6000)
    Assert.That(text, Does.StartWith "// Constants of more than 16 elements are left out: this text cannot be read back.\n")

    match Mlir.parse Float.Syntax.syntax text with
    | Ok _ -> Assert.Fail "an elided text was read"
    | Error errors -> Assert.That(errors |> List.map (fun error -> error.Code), Is.EqualTo<string list> [ "CML9009" ])

[<Test>]
let ``an elided model text says so and is refused when it is read`` () =
    let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
    let text = Onnx.Text.printElided false (Onnx.Decode.file path |> orFail)

    match Onnx.Text.parse text with
    | Ok _ -> Assert.Fail "an elided text was read"
    | Error errors ->
        Assert.That(errors, Is.Not.Empty)
        Assert.That(errors |> List.forall (fun error -> error.Message.Contains "left out"), Is.True, render errors)

[<Test>]
let ``a note stands under the line of its node, and the text can still be read`` () =
    let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
    let graph = floatGraph path

    let options =
        { PrintOptions.full with
            Notes = fun index -> if index = 1 then [ "error CML2002: of this node" ] else []
        }

    let lines = (Mlir.print Float.Syntax.syntax options graph).Split '\n'
    Assert.That(lines[3], Does.StartWith $"  {graph.Nodes[1].Results[0]} = ")
    Assert.That(lines[4], Is.EqualTo "  // ^ error CML2002: of this node")
    let again = Mlir.parse Float.Syntax.syntax (String.concat "\n" lines) |> orFail
    Assert.That((again = graph), Is.True)

[<Test>]
let ``the stage of a text is known from its first words`` () =
    let stage text =
        Mlir.stageOf text |> Option.defaultValue "none"

    Assert.That(stage "// a dump\n\"float.graph\"() ({", Is.EqualTo "float")
    Assert.That(stage "\"quantized.graph\"() ({", Is.EqualTo "quant")
    Assert.That(stage "\"builtin.module\"() ({\n  \"circuit.graph\"() ({", Is.EqualTo "circuit")
    Assert.That(stage "# names\n<\n  ir_version: 8\n>", Is.EqualTo "onnx")
    Assert.That(stage "hello", Is.EqualTo "none")
