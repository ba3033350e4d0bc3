module ConcreteMl.Compiler.Core.Tests.RoundingChoiceTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private samples model (name: string) count =
    let x = (Float.Npz.read (Text.Models.file model name))["x0"]
    List.init count (fun index -> [ Float.Npz.sample x index ])

let private choose model (settings: Settings) offered =
    match Onnx.Decode.file (Text.Models.file model "model.onnx") with
    | Error findings -> failwithf "%A" findings
    | Ok decoded -> RoundingChoice.run settings Context.quiet offered false (Pipeline.all settings.ImportQat) (Stage.Onnx decoded)

/// Two layers of 8 bits, whose sums have too many for a table; the activations' quantizers may be left out.
let private bytes isQuantized =
    let network = Network 3
    let x = network.Input [| 1; 10 |]

    let activation value scale signed =
        if isQuantized then
            network.Quant(value, scale, 8, signed)
        else
            value

    let product value rows columns =
        let weights =
            network.Quant(network.Constant(network.Normal(0.5, [| rows; columns |])), 0.012f, 8, true)

        network.Node(Float.Op.MatMul, [ value; weights ], [| 1; columns |], "/MatMul")

    let hidden =
        activation (network.Apply(Float.Unary.Relu, product (activation x 0.016f true) 10 3)) 0.03f false

    let y = product hidden 3 2
    network.Build [ y ]

/// What a quantizer of so many bits, of step 1/2, leaves of numbers when quantizers are taken away.
let private unquantized bits signed (values: float32 list) =
    let network = Network 1
    let x = network.Input [| 1; values.Length |]
    let graph = network.Build [ network.Quant(x, 0.5f, bits, signed) ]

    match Planned.Passes.FormRegions.run true graph with
    | Error findings -> failwithf "%A" findings
    | Ok planned ->
        Planned.RealEval.outputs (Planned.Unquantized.graph planned) [ Tensor.ofFloat32 [| 1; values.Length |] (Array.ofList values) ]
        |> List.head
        |> Tensor.toFloat64s
        |> List.ofArray

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

                match Onnx.Decode.file (Text.Models.file "digits_mlp" "model.onnx") with
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

            testCase "without its quantizers, a file's network saturates as with them, and signs stay signs"
            <| fun () ->
                let near expected (met: float list) =
                    List.iter2
                        (fun one other ->
                            Expect.floatClose
                                {
                                    absolute = 0.5 / 256.0
                                    relative = 0.0
                                }
                                other
                                one
                                "")
                        expected
                        met

                unquantized 3 false [ -1.0f; 0.2f; 1.3f; 3.4f; 9.0f ]
                |> near [ 0.0; 0.2; 1.3; 3.4; 3.5 ]

                unquantized 3 true [ -9.0f; -0.3f; 0.7f; 9.0f ] |> near [ -2.0; -0.3; 0.7; 1.5 ]
                unquantized 1 false [ -1.0f; 0.2f; 0.4f; 9.0f ] |> near [ 0.0; 0.0; 0.5; 0.5 ]

            testCase "a file's own error is what rounding may add a tenth to"
            <| fun () ->
                let graph = bytes true
                let samples = Network(4).Samples(300, [| 1; 10 |])

                let outputs graph =
                    samples |> List.map (ConcreteMl.Compiler.Core.Float.Eval.graph graph)

                let settings =
                    { Settings.defaults with
                        ImportQat = true
                        Calibration = samples
                    }

                let own = relativeError (outputs (bytes false)) (outputs graph) 0

                match
                    RoundingChoice.run settings Context.quiet [ RoundingMethod.Exact ] false (Pipeline.encrypted true) (Stage.Float graph)
                with
                | None -> failtest "nothing was chosen"
                | Some found ->
                    Expect.isSome found.Chosen.Rounding "it needs rounding"
                    Expect.isTrue found.WithinBound "the bound"
                    Expect.floatClose { absolute = 0.1 * own; relative = 0.0 } found.Reference.Head own "the reference"
        ]
