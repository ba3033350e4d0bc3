namespace ConcreteMl.Compiler.Core.Onnx

open ConcreteMl.Compiler.Core.Base

/// ONNX's own text syntax, that of `onnx.parser` and `onnx.printer`, both ways.
[<RequireQualifiedAccess>]
module Text =

    /// The text of a model. Names that are no identifiers are quoted, as onnx reads since 1.19; `plainNames` makes
    /// identifiers of them instead, with the originals in comments, for readers as old as onnx 1.12.
    let print (plainNames: bool) (model: Model) : string =
        TextPrinter.print plainNames false model

    /// The text with large tensors left out; it cannot be read back.
    let printElided (plainNames: bool) (model: Model) : string = TextPrinter.print plainNames true model

    /// The model of a text, or every error of the text (CML9001, `Node` is "line:column"). `Hash` is that of the text.
    let parse (text: string) : Result<Model, Diagnostic list> =
        TextReader.read text
        |> Result.mapError (
            List.map (fun error ->
                Diagnostic.error
                    error.Code
                    (string error.At)
                    error.Message
                    error.Expected
                    "Write the text as the reference of ONNX's text syntax says.")
        )
