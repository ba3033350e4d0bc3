/// Networks given as texts, compiled to the end, and the error of their circuits.
module ConcreteMl.Compiler.Core.Tests.Quant.Compiled

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

/// What a text of a model compiles to at six bits, where no part is left to the client; or why it does not.
let tryText rounding calibration text : Result<Compilation, Diagnostic list> =
    let settings =
        { Settings.defaults with
            Quant =
                { QuantOptions.uniform 6 with
                    Rounding = rounding
                }
            Calibration = calibration
            ClientParts = false
        }

    Onnx.Text.parse text |> Result.bind (Compile.run ignore settings Context.quiet)

/// The same for a text that has to compile.
let text rounding calibration text : Compilation =
    match tryText rounding calibration text with
    | Ok made -> made
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Mean error of a circuit's first output over the deviation of the float graph's, on samples.
let error (made: Compilation) samples =
    match Interpret.forward false (Stage.Circuit made.Circuit) samples with
    | Error findings -> failwithf "%A" findings
    | Ok(outputs, _) -> relativeError (samples |> List.map (Float.Eval.graph made.Float)) outputs 0
