namespace ConcreteMl.Compiler.Core.Base

[<RequireQualifiedAccess>]
type Severity =
    | Error
    | Warning
    | Note

/// What went wrong, where, and what to do about it. Codes are listed, explained and never reused in `Codes`.
type Diagnostic =
    {
        /// "CML" and four digits: 1xxx import, 2xxx float, 3xxx quantization, 4xxx circuit, 5xxx parameters, 6xxx run time and artefacts, 7xxx steps and plugins, 9xxx text.
        Code: string
        Severity: Severity
        /// The ONNX node (or file, or "line:column" of a text) that the finding is about.
        Node: string option
        /// What was met.
        Message: string
        /// What was expected; empty when the message says all.
        Expected: string
        /// What the user can do.
        Cure: string
    }

[<RequireQualifiedAccess>]
module Diagnostic =

    let create severity code node message expected cure =
        {
            Code = code
            Severity = severity
            Node = node
            Message = message
            Expected = expected
            Cure = cure
        }

    let error code node message expected cure =
        create Severity.Error code (Some node) message expected cure

    let warning code node message expected cure =
        create Severity.Warning code (Some node) message expected cure

    let isError diagnostic = diagnostic.Severity = Severity.Error

    /// One line: `error CML1003 at /conv/Conv: message; expected …; cure`.
    let render diagnostic =
        let severity =
            match diagnostic.Severity with
            | Severity.Error -> "error"
            | Severity.Warning -> "warning"
            | Severity.Note -> "note"

        let place =
            diagnostic.Node
            |> Option.map (fun node -> $" at {node}")
            |> Option.defaultValue ""

        let part prefix text = if text = "" then "" else prefix + text
        $"""{severity} {diagnostic.Code}{place}: {diagnostic.Message}{part "; expected " diagnostic.Expected}{part ". " diagnostic.Cure}"""
