namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Activations of recurrent cells, by ONNX's names and default parameters.
[<RequireQualifiedAccess>]
module CellActivation =

    let private parameter (fallback: float) (values: float32[]) at =
        if at < values.Length then float values[at] else fallback

    /// The functions in the order of the attribute `activations`, or `fallback` for each direction.
    let all (node: NodeScope) (fallback: string list) (directions: int) : (ValueId -> ValueId)[] =
        let names =
            match Onnx.Attributes.tryFind "activations" node.Node with
            | Some(Onnx.Attribute.Texts names) -> Array.toList names
            | _ -> List.replicate directions fallback |> List.concat

        let parameters name =
            Onnx.Attributes.tryFloats name node.Node |> Option.defaultValue [||]

        let alphas, betas = parameters "activation_alpha", parameters "activation_beta"

        if names.Length <> fallback.Length * directions then
            node.RefuseAttribute($"{names.Length} activations", $"{fallback.Length * directions}")

        let plain operation = Formula.unary operation node

        names
        |> List.mapi (fun at name ->
            let alpha fallback = float32 (parameter fallback alphas at)
            let beta fallback = float32 (parameter fallback betas at)

            match name.ToLowerInvariant() with
            | "affine" -> fun x -> Formula.plus node (Formula.times node x (parameter 1.0 alphas at)) (parameter 0.0 betas at)
            | "elu" -> plain (Unary.Elu(alpha 1.0))
            | "hardsigmoid" -> plain (Unary.HardSigmoid(alpha 0.2, beta 0.5))
            | "leakyrelu" -> plain (Unary.LeakyRelu(alpha 0.01))
            | "relu" -> plain Unary.Relu
            | "scaledtanh" ->
                fun x ->
                    let inner = Formula.times node x (parameter 1.0 betas at)
                    Formula.times node (Formula.unary Unary.Tanh node inner) (parameter 1.0 alphas at)
            | "sigmoid" -> plain Unary.Sigmoid
            | "softplus" -> plain Unary.Softplus
            | "softsign" -> plain Unary.Softsign
            | "tanh" -> plain Unary.Tanh
            | "thresholdedrelu" -> plain (Unary.ThresholdedRelu(alpha 1.0))
            | _ -> node.RefuseAttribute($"the activation {name}", "an activation that ONNX defines for recurrent cells"))
        |> Array.ofList
