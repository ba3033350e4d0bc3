/// Networks in ONNX's text and what the float graph and the integers say of them, side by side.
module ConcreteMl.Compiler.Core.Tests.Quant.Compared

open System
open System.Text
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tools

/// One network of opset 17.
let model (inputs: string) (outputs: string) (body: string) : Onnx.Model =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 17]>\nnet ({inputs}) => ({outputs})\n{{\n{body}\n}}\n"

    match Compile.decode "net" None (Encoding.UTF8.GetBytes text) with
    | Ok(model, _) -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let roundings =
    [ None; Some(6, RoundingMethod.Exact); Some(6, RoundingMethod.Approximate) ]

let private values (tensors: Tensor list) = tensors |> List.map Tensor.toFloat64s

let private ok result =
    match result with
    | Ok value -> value
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// What the float graph and a stage that a model became say of some samples: one list of outputs each.
let against (stage: Stage) (model: Onnx.Model) test : (float[] list * float[] list) list =
    let real =
        Quantize.steps (QuantOptions.uniform 8) test (Pipeline.float |> List.truncate 1) model
        |> ok

    let forward stage =
        Interpret.forward false stage test |> ok |> fst |> List.map values

    List.zip (forward real) (forward stage)

/// What the float graph and the integers say of some samples: one list of outputs each.
let compared (model: Onnx.Model) bits rounding calibration test : (float[] list * float[] list) list =
    let options =
        { QuantOptions.uniform bits with
            Rounding = rounding
        }

    against (Quantize.wholeModel options calibration model |> ok) model test

let normal (random: Random) =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

/// Samples of normally distributed numbers, one tensor per shape.
let normals seed count (shapes: int[] list) =
    let random = Random(seed: int)

    List.init count (fun _ ->
        shapes
        |> List.map (fun shape -> Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> float32 (normal random)))))

/// Samples of whole numbers from −most to most.
let integers seed count most (shapes: int[] list) =
    let random = Random(seed: int)

    List.init count (fun _ ->
        shapes
        |> List.map (fun shape -> Tensor.ofInt64 shape (Array.init (Shape.count shape) (fun _ -> int64 (random.Next(-most, most + 1))))))

/// The mean error of the first outputs, as a part of their deviation.
let relative (pairs: (float[] list * float[] list) list) =
    let expected, met =
        pairs
        |> List.map (fun (e, m) -> e.Head, m.Head)
        |> List.unzip
        |> fun (e, m) -> Array.concat e, Array.concat m

    let mean = Array.average expected

    let deviation =
        sqrt (expected |> Array.averageBy (fun value -> (value - mean) * (value - mean)))

    (Array.map2 (fun e m -> abs (e - m)) expected met |> Array.average) / deviation

/// A constant of normally distributed numbers, so that sums over the first axis have a deviation of 1.
let weights name seed (shape: int list) =
    let random = Random(seed: int)
    let count = List.fold (*) 1 shape

    let numbers =
        List.init count (fun _ -> (normal random / sqrt (float shape.Head)).ToString("0.0000", Globalization.CultureInfo.InvariantCulture))
        |> String.concat ", "

    let size = shape |> List.map string |> String.concat ","
    $"{name} = Constant <value = float[{size}] {{{numbers}}}> ()"
