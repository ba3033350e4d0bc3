namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Refusals of operators that cannot be imported, with the reason and a cure that fits where it is known.
[<RequireQualifiedAccess>]
module internal Unsupported =

    /// Operators that no circuit can hold: why, and what to do instead.
    let private impossible (operator: string) : (string * string) option =
        match operator with
        | "NonMaxSuppression" ->
            Some(
                "how many boxes it keeps depends on their values",
                "End the model in front of it: make its boxes and scores outputs, which the client suppresses after decryption."
            )
        | "Bernoulli"
        | "Multinomial"
        | "RandomNormal"
        | "RandomNormalLike"
        | "RandomUniform"
        | "RandomUniformLike" ->
            Some(
                "its result is random, and an encrypted run has to give what the clear one gives",
                "Export the model for inference, or make the random numbers an input."
            )
        | "ImageDecoder" -> Some("it reads a compressed file", "Decode the image before the model: give its pixels as an input.")
        | "StringConcat"
        | "StringNormalizer"
        | "StringSplit"
        | "RegexFullMatch"
        | "Tokenizer" -> Some("it works on the letters of texts", "Do it before the model: give the texts that it makes as the input.")
        | "CastMap"
        | "DictVectorizer" ->
            Some(
                "it reads a map of names to numbers",
                "Leave it out of the model: give the columns that it makes, in the order of its vocabulary, as the input."
            )
        | _ -> None

    /// The refusal of a node whose operator is in no table (CML1100).
    let operator (opset: int) (node: Onnx.Node) : Diagnostic =
        let domain = if node.Domain = "" then "ai.onnx" else node.Domain

        let reason, cure =
            match impossible node.OpType with
            | Some(reason, cure) -> $": {reason}", cure
            | None -> "", "Replace the layer by supported operators, or run that part of the model outside."

        Diagnostic.error
            "CML1100"
            node.Name
            $"the operator {node.OpType} (domain {domain}, opset {opset}) is not supported{reason}"
            "an operator that `concreteml ops` lists"
            cure
