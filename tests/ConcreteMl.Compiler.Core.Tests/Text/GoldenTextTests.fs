/// The texts that the deciding steps leave for one model of each family: a change of any decision is seen, and accepted by
/// CML_BLESS=1. Large constants stand in them as hashes of what they hold.
module ConcreteMl.Compiler.Core.Tests.Text.GoldenTextTests

open System
open System.IO
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// What is decided: roundings, codes, parameters.
let private steps =
    [ "plan-roundings"; "choose-codes"; "read-file-codes"; "search-parameters" ]

/// An activation between layers, convolutions over one and two axes, movements, and a network with its own quantizers.
let private models =
    [ "act_hardshrink"; "conv1d_net"; "keras_cnn"; "shapes_net"; "qat_simple_qcdq" ]

let private folder model =
    Path.Combine(Models.root, "tests", "golden", model)

/// Enough for scales to be fitted, few enough for a test.
let private mostSamples = 40

let private samples model : Tensor list list =
    let x =
        (ConcreteMl.Compiler.Core.Tests.Float.Npz.read (Models.file model "test.npz"))["x0"]

    let values = Tensor.toFloat64s x
    let size = values.Length / x.Shape[0]

    [
        for index in 0 .. min mostSamples x.Shape[0] - 1 ->
            [
                ConcreteMl.Compiler.Core.Float.Elements.ofFloat64s
                    x.Element
                    (Array.append [| 1 |] x.Shape[1..])
                    values[index * size .. (index + 1) * size - 1]
            ]
    ]

let private texts (model: string) : (string * string) list =
    let importQat = model.StartsWith("qat_", StringComparison.Ordinal)

    let settings =
        { Settings.defaults with
            Quant =
                { Quant.QuantOptions.uniform 4 with
                    Rounding =
                        if importQat then
                            None
                        else
                            Some(6, Quant.RoundingMethod.Exact)
                }
            ImportQat = importQat
            Calibration = samples model
        }

    let found = ResizeArray()

    let observe (record: StepRecord) =
        if List.contains record.Name steps then
            found.Add((record.Name, Compile.printAfter true record.Name record.Result))

    match
        Onnx.Decode.file (Models.file model "model.onnx")
        |> Result.bind (Compile.run observe settings Context.quiet)
    with
    | Ok _ -> List.ofSeq found
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private blesses =
    Environment.GetEnvironmentVariable "CML_BLESS" = "1"
    && isNull (Environment.GetEnvironmentVariable "CI")

[<Tests>]
let tests =
    testList
        "Text.Golden"
        [
            testTheory "the decisions for a model are those of its texts" models
            <| fun model ->
                let found = texts model
                Expect.equal found.Length 3 "roundings, codes and parameters"

                for step, text in found do
                    let path = Path.Combine(folder model, $"{step}.mlir")

                    if blesses then
                        Directory.CreateDirectory(folder model) |> ignore
                        File.WriteAllText(path, text)

                    Expect.equal text (File.ReadAllText path) $"CML_BLESS=1 accepts a change of {step} for {model}"
        ]
