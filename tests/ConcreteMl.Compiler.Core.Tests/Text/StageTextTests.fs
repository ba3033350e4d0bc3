/// The dumps of real models, stage by stage.
module ConcreteMl.Compiler.Core.Tests.Text.StageTextTests

open System
open Expecto
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
    |> Result.bind (Float.Import.model Context.quiet { BindBatch = true; Sizes = Map.empty })

let private floatGraph path : Float.Graph = tryFloatGraph path |> orFail

let private modelFiles () = Models.files ()

/// Reading gives the same text again, and MLIR's own reader takes it.
let private accepted (syntax: StageSyntax<'Op, 'Type>) (graph: Graph<'Op, 'Type>) =
    let text = Mlir.print syntax PrintOptions.full graph
    let again = Mlir.parse syntax text |> orFail
    Expect.isTrue (again = graph) "parse ∘ print is not the identity"

    match Tools.tryFind [ "mlir-opt-16"; "mlir-opt" ] with
    | None -> ()
    | Some tool ->
        let code, _, errors = Tools.run tool [ "--allow-unregistered-dialect" ] text
        Expect.equal code 0 errors

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

[<Tests>]
let tests =
    testList
        "Text.StageText"
        [
            testTheory "the float stage of real models reads as it was printed" (modelFiles ())
            <| fun (path: string) ->
                match tryFloatGraph path with
                | Ok graph -> accepted Float.Syntax.syntax graph
                | Error errors ->
                    // Models from outside the tree may have operators that are refused; those of the tree have none.
                    Expect.isFalse (path.StartsWith(System.IO.Path.Combine(Models.root, "tests"))) (render errors)
                    Expect.isTrue (errors |> List.forall (fun error -> error.Code = "CML1100")) (render errors)

            testTheory "the integer stages of real models read as they were printed" [ "digits_mlp"; "shapes_net" ]
            <| fun (name: string) ->
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
                        BinLoss = Quant.QuantOptions.standardBinLoss
                        Exceptions = []
                    }

                let quantized =
                    ConcreteMl.Compiler.Core.Tests.Quant.Quantize.fit Context.quiet options graph (samples graph)
                    |> orFail

                accepted Quant.Syntax.syntax quantized
                accepted Circuit.Syntax.syntax (Circuit.Lower.run Context.quiet quantized |> orFail)

            testCase "an elided dump says so and is refused when it is read"
            <| fun () ->
                let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
                let text = Mlir.print Float.Syntax.syntax PrintOptions.elided (floatGraph path)
                Expect.isLessThan text.Length 6000 "text.Length"
                Expect.stringStarts text ("// Constants of more than 16 elements are left out: this text cannot be read back.\n") "text"

                match Mlir.parse Float.Syntax.syntax text with
                | Ok _ -> failtest "an elided text was read"
                | Error errors -> Expect.equal (errors |> List.map (fun error -> error.Code)) [ "CML9009" ] "codes"

            testCase "an elided model text says so and is refused when it is read"
            <| fun () ->
                let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
                let text = Onnx.Text.printElided false (Onnx.Decode.file path |> orFail)

                match Onnx.Text.parse text with
                | Ok _ -> failtest "an elided text was read"
                | Error errors ->
                    Expect.isNonEmpty errors "errors"
                    Expect.isTrue (errors |> List.forall (fun error -> error.Message.Contains "left out")) (render errors)

            testCase "a note stands under the line of its node, and the text can still be read"
            <| fun () ->
                let path = Models.files () |> List.find (fun path -> path.Contains "/digits_mlp/")
                let graph = floatGraph path

                let options =
                    { PrintOptions.full with
                        Notes = fun index -> if index = 1 then [ "error CML2002: of this node" ] else []
                    }

                let lines = (Mlir.print Float.Syntax.syntax options graph).Split '\n'
                Expect.stringStarts lines[3] $"  {graph.Nodes[1].Results[0]} = " "lines[3]"
                Expect.equal lines[4] "  // ^ error CML2002: of this node" "lines[4]"
                let again = Mlir.parse Float.Syntax.syntax (String.concat "\n" lines) |> orFail
                Expect.isTrue (again = graph) "(again = graph)"

            testCase "the stage of a text is known from its first words"
            <| fun () ->
                let stage text =
                    Mlir.stageOf text |> Option.defaultValue "none"

                Expect.equal (stage "// a dump\n\"float.graph\"() ({") "float" "stage '// a dump\\n\\'float.graph\\'() ({'"
                Expect.equal (stage "\"quantized.graph\"() ({") "quant" "stage '\\'quantized.graph\\'() ({'"

                Expect.equal
                    (stage "\"builtin.module\"() ({\n  \"circuit.graph\"() ({")
                    "circuit"
                    "stage '\\'builtin.module\\'() ({\\n \\'circuit.graph\\'() ({'"

                Expect.equal (stage "# names\n<\n  ir_version: 8\n>") "onnx" "stage '# names\\n<\\n ir_version: 8\\n>'"
                Expect.equal (stage "hello") "none" "stage 'hello'"
        ]
