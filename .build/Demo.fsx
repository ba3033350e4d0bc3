// README's first command.
#load "Restore.fsx"

open System
open System.IO
open Processes
open Restore

/// Compiles a real model that ships with the sources and runs it on encrypted data.
let demo () =
    restore ()
    dotnet (compile "src/ConcreteMl.Cli")

    let tool =
        inTree
            [
                "artifacts"
                "bin"
                "ConcreteMl.Cli"
                "release"
                (if OperatingSystem.IsWindows() then
                     "concreteml.exe"
                 else
                     "concreteml")
            ]

    let model name =
        Path.Combine("tests", "models", "digits_mlp", name)

    let compiled = Path.Combine("artifacts", "digits_mlp.cml")

    let step (title: string) (arguments: string list) =
        printfn "\n== %s\n$ concreteml %s" title (String.concat " " arguments)
        run root tool arguments

    step
        "Compile a perceptron for handwritten digits, trained in PyTorch and exported to ONNX"
        [
            "compile"
            model "model.onnx"
            "--calibration"
            model "calib.npz"
            "--bits"
            "3"
            "--rounding"
            "6"
            "-o"
            compiled
        ]

    step "Its accuracy on test data, in clear" [ "score"; compiled; "--input"; model "test.npz"; "--mode"; "clear" ]

    step
        "Two inferences on encrypted data, compared with clear and simulated runs"
        [ "check"; compiled; "--input"; model "test.npz"; "--limit"; "2" ]
