module ConcreteMl.Compiler.Core.Tests.RoundingChoiceTests

open System.IO
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools

let private file (model: string) name =
    Path.Combine(Text.Models.root, "tests", "models", model, name)

let private samples model (name: string) count =
    let x = (Float.Npz.read (file model name))["x0"]
    let values = Tensor.toFloat64s x
    let size = values.Length / x.Shape[0]

    [
        for index in 0 .. count - 1 ->
            [
                ConcreteMl.Compiler.Core.Float.Elements.ofFloat64s
                    x.Element
                    (Array.append [| 1 |] x.Shape[1..])
                    values[index * size .. (index + 1) * size - 1]
            ]
    ]

let private choose model (settings: Settings) offered =
    match Onnx.Decode.file (file model "model.onnx") with
    | Error findings -> failwithf "%A" findings
    | Ok decoded -> RoundingChoice.run settings Context.quiet offered false (Pipeline.all settings.ImportQat) (Stage.Onnx decoded)

[<Tests>]
let tests =
    testList
        "RoundingChoiceTests"
        [
            testCase "a setting is within the bound when no output has more than a tenth more error"
            <| fun () ->
                Expect.isTrue (RoundingChoice.within [ 0.1; 0.0 ] [ 0.109; 0.0 ]) ""
                Expect.isFalse (RoundingChoice.within [ 0.1; 0.0 ] [ 0.112; 0.0 ]) ""
                Expect.isFalse (RoundingChoice.within [ 0.1; 0.0 ] [ 0.05; 0.01 ]) ""

            testCase "errors of small networks are measured on all samples, those of large ones on a hundred from all over"
            <| fun () ->
                let all = [ 0..499 ]
                Expect.equal (RoundingChoice.measured 200L all) all "two hundred elements a sample"
                Expect.equal (RoundingChoice.measured 1_000_000L all) [ 0..5..499 ] "a million elements a sample"
                Expect.equal (RoundingChoice.measured 1_000_000L [ 0..49 ]) [ 0..49 ] "fewer samples than a hundred"

            testCase "the choice for a network that does not run without rounding runs, keeps the bound and beats its runner-up"
            <| fun () ->
                let settings =
                    { Settings.defaults with
                        Quant = QuantOptions.uniform 4
                        Calibration = samples "digits_mlp" "calib.npz" 60
                    }

                match choose "digits_mlp" settings [ RoundingMethod.Exact ] with
                | None -> failtest "nothing was chosen"
                | Some found ->
                    Expect.isTrue found.WithinBound "the bound"
                    Expect.isTrue (RoundingChoice.within found.Reference found.Chosen.Errors) "the errors"
                    let seconds (priced: PricedRounding) = Option.get priced.Seconds
                    Expect.isSome found.RunnerUp "another setting runs too"
                    Expect.isLessThanOrEqual (seconds found.Chosen) (seconds found.RunnerUp.Value) "the runner-up costs more"
                    Expect.isSome found.Approximate "approximate rounding is priced too"
                    Expect.isLessThan (seconds found.Approximate.Value) (seconds found.Chosen) "and costs less"

            testCase "nothing is chosen where nothing is left to decide, and without data"
            <| fun () ->
                let settings =
                    { Settings.defaults with
                        Calibration = samples "digits_mlp" "calib.npz" 5
                    }

                let late = Pipeline.all false |> List.skipWhile (fun step -> step.Name <> "lower")

                match Onnx.Decode.file (file "digits_mlp" "model.onnx") with
                | Error findings -> failwithf "%A" findings
                | Ok model ->
                    Expect.isNone (RoundingChoice.run settings Context.quiet [ RoundingMethod.Exact ] false late (Stage.Onnx model)) "late"

                Expect.isNone (choose "digits_mlp" Settings.defaults [ RoundingMethod.Exact ]) "no data"

            testCase "an imported network that runs unrounded stays as its file says"
            <| fun () ->
                let settings =
                    { Settings.defaults with
                        ImportQat = true
                        Calibration = samples "qat_simple_qcdq" "test.npz" 60
                    }

                match choose "qat_simple_qcdq" settings [ RoundingMethod.Exact ] with
                | None -> failtest "nothing was chosen"
                | Some found -> Expect.isNone found.Chosen.Rounding "unrounded"
        ]
