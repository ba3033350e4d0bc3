namespace ConcreteMl.Compiler.Core

open System
open ConcreteMl.Compiler.Core.Base

/// What is said of a model's inputs beside its calibration data: ranges that samples do not reach, and sizes that the model leaves open.
[<RequireQualifiedAccess>]
module DeclaredInputs =

    let private unknown (names: string list) what name =
        Diagnostic.error
            "CML3008"
            name
            $"a {what} is declared for an input that the model does not have"
            (String.Join(", ", names))
            "Name one of the model's inputs."

    /// Stretched samples are added at most so many: they decide ends, and the others what lies between.
    let private mostStretched = 100

    let private ends (samples: Tensor list list) at =
        let seen =
            samples
            |> Seq.collect (fun sample -> Tensor.toFloat64s (List.item at sample))
            |> Seq.filter Double.IsFinite
            |> Array.ofSeq

        if seen.Length = 0 then
            None
        else
            Some(Array.min seen, Array.max seen)

    let private mapped (change: float -> float) (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor |> Array.map change

        let values =
            if Element.isFloat tensor.Element then
                values
            else
                values |> Array.map (fun value -> Math.Round(value: float))

        Float.Elements.ofFloat64s tensor.Element tensor.Shape values

    /// The samples with one input brought to its declared range: values beyond are moved to its ends; where the range is wider than
    /// what was measured, as many samples as before, at most 100, are added whose values of this input are stretched to fill it.
    let private within (low: float, high: float) at (samples: Tensor list list) : Tensor list list =
        let replace change sample =
            List.mapi (fun index tensor -> if index = at then mapped change tensor else tensor) sample

        match ends samples at with
        | None -> samples
        | Some(least, most) ->
            let clipped =
                samples |> List.map (replace (fun value -> Math.Clamp(value, low, high)))

            let thinned =
                if samples.Length <= mostStretched then
                    samples
                else
                    List.init mostStretched (fun index -> samples[index * samples.Length / mostStretched])

            if low >= least && high <= most then
                clipped
            elif least = most then
                clipped
                @ [ replace (fun _ -> low) samples.Head; replace (fun _ -> high) samples.Head ]
            else
                let stretched value =
                    low + (value - least) / (most - least) * (high - low)

                clipped @ (thinned |> List.map (replace stretched))

    /// The calibration samples for inputs (`names`, in order) of which some have a declared range, lowest and highest value; CML3008
    /// for a name that is none of theirs.
    let samples
        (names: string list)
        (ranges: (string * (float * float)) list)
        (samples: Tensor list list)
        : Result<Tensor list list, Diagnostic list> =
        match ranges |> List.filter (fun (name, _) -> not (List.contains name names)) with
        | [] ->
            ranges
            |> List.fold (fun samples (name, range) -> within range (List.findIndex ((=) name) names) samples) samples
            |> Ok
        | strangers -> Error(strangers |> List.map (fst >> unknown names "range"))

    let private contradiction (input: Onnx.ValueInfo) (dims: Onnx.Dimension[]) (sizes: int[]) =
        let fits =
            dims.Length = sizes.Length
            && Array.forall2
                (fun (axis, dim) size ->
                    match dim with
                    | Onnx.Dimension.Known known -> int known = size
                    | Onnx.Dimension.Named _
                    | Onnx.Dimension.Unknown -> axis > 0 || size = 1)
                (Array.indexed dims)
                sizes

        if fits then
            None
        else
            let size dim =
                match dim with
                | Onnx.Dimension.Known known -> string known
                | Onnx.Dimension.Named name -> name
                | Onnx.Dimension.Unknown -> "?"

            Some(
                Diagnostic.error
                    "CML3009"
                    input.Name
                    $"the declared shape {Shape.print sizes} is not that of the input"
                    $"""[{dims |> Array.map size |> String.concat ", "}]"""
                    "Declare a size for every axis, and the model's own where it has one; the batch is 1."
            )

    /// The shapes of one sample by input: those that are declared, and `seen` for the others. CML3008 and CML3009 for a shape that is no
    /// input's, or contradicts the model.
    let sizes (model: Onnx.Model) (shapes: (string * int[]) list) (seen: Map<string, int[]>) : Result<Map<string, int[]>, Diagnostic list> =
        let inputs = Onnx.Inputs.real model.Graph |> List.ofSeq
        let names = inputs |> List.map _.Name

        let findings =
            shapes
            |> List.choose (fun (name, sizes) ->
                match inputs |> List.tryFind (fun input -> input.Name = name) with
                | None -> Some(unknown names "shape" name)
                | Some input ->
                    match input.Type with
                    | Onnx.ValueType.Tensor(_, Some dims) -> contradiction input dims sizes
                    | _ -> None)

        if findings.IsEmpty then
            Ok(shapes |> List.fold (fun sizes (name, shape) -> Map.add name shape sizes) seen)
        else
            Error findings
