namespace ConcreteMl.Compiler.Core.Text

open System
open System.Text.RegularExpressions
open ConcreteMl.Compiler.Core.Base

/// How a dump is printed.
type PrintOptions =
    {
        /// Large constants as size and hash only; such a text cannot be read back.
        Elide: bool
        /// Lines to show, as comments, under the node of this index: a diagnostic under what it is about.
        Notes: int -> string list
    }

[<RequireQualifiedAccess>]
module PrintOptions =

    /// Everything, nothing added: the text can be read back.
    let full = { Elide = false; Notes = fun _ -> [] }

    let elided = { full with Elide = true }

/// The text form of the float, quantized and circuit stages: MLIR's generic form.
[<RequireQualifiedAccess>]
module Mlir =

    let print (syntax: StageSyntax<'Op, 'Type>) (options: PrintOptions) (graph: Graph<'Op, 'Type>) : string =
        GraphPrinter.print syntax options.Elide options.Notes graph

    let private cure code =
        match code with
        | "CML9001" -> "Write MLIR's generic form, one operation a line."
        | "CML9008" -> "Keep the dialect_resources block at the end of the text whole."
        | "CML9009" -> "Print the stage again without --elide."
        | _ -> ""

    /// The graph that a text holds, or every error of the text; `Node` of a diagnostic is "line:column".
    let parse (syntax: StageSyntax<'Op, 'Type>) (text: string) : Result<Graph<'Op, 'Type>, Diagnostic list> =
        MlirReader.read text
        |> GraphReader.read syntax
        |> Result.mapError (
            List.map (fun error -> Diagnostic.error error.Code (string error.At) error.Message error.Expected (cure error.Code))
        )

    let private graphName =
        Regex("\"(float|planned|quantized|circuit)\\.graph\"", RegexOptions.CultureInvariant)

    /// Which stage a text is, by the command line's names: "float", "planned", "quant", "circuit", or "onnx" for ONNX's own syntax; None when it is none.
    let stageOf (text: string) : string option =
        let found = graphName.Match text

        if found.Success then
            Some(
                if found.Groups[1].Value = "quantized" then
                    "quant"
                else
                    found.Groups[1].Value
            )
        else
            let start =
                Regex.Replace(text, "^(\\s+|#[^\\n]*\\n?)*", "", RegexOptions.CultureInvariant)

            if start.StartsWith '<' && start.Contains("ir_version", StringComparison.Ordinal) then
                Some "onnx"
            else
                None
