namespace ConcreteMl.Compiler.Core.Tools

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Text

/// An attribute of an operation, as its reader asks for it.
type DialectAttribute =
    {
        Name: string
        /// What its value looks like.
        Kind: string
        /// It may be left out.
        Optional: bool
    }

/// An operation of a stage's text.
type DialectOperation =
    {
        /// With the stage's prefix: "float.gemm".
        Mnemonic: string
        Attributes: DialectAttribute list
    }

/// The operations of the stages, from the tables that print and read them.
[<RequireQualifiedAccess>]
module Dialect =

    let private nowhere = { Line = 0; Column = 0 }

    /// A name that no operation has: the reader then says which it knows.
    let private unknown = "no such attribute"

    /// What the reader of an operation says of attributes of these names, all with a value of the wrong kind.
    let private probe (case: OpCase<'Op>) (names: string list) : TextError list =
        let given name =
            {
                Name = name
                Value = Attr.Unit
                At = nowhere
            }

        let errors = ResizeArray<TextError>()

        let reader =
            AttrReader(nowhere, List.map given (unknown :: names), (fun _ _ -> Error "not read"), errors.Add)

        case.Read reader |> ignore
        reader.Finish()
        List.ofSeq errors

    let private asked (errors: TextError list) =
        errors
        |> List.tryFind (fun error -> error.Code = "CML9004" && error.Message.Contains unknown)
        |> Option.map _.Expected.Split(", ", StringSplitOptions.RemoveEmptyEntries)
        |> Option.defaultValue [||]
        |> Array.filter ((<>) "no attributes")
        |> List.ofArray

    /// All names that a reader asks for: some only where others are given.
    let rec private names case known =
        let found = asked (probe case known)

        if found.Length > known.Length && known.Length < 64 then
            names case found
        else
            known

    let private attributes (case: OpCase<'Op>) =
        let names = names case []
        let about name (error: TextError) = error.Message.Contains $"'{name}'"
        let missing = probe case []

        // One at a time: a field that is wrong hides those that are read with it.
        let kind name =
            probe case [ name ]
            |> List.tryFind (fun error -> error.Code = "CML9003" && about name error)
            |> Option.map _.Expected
            |> Option.defaultValue ""

        [
            for name in names ->
                {
                    Name = name
                    Kind = kind name
                    Optional = not (missing |> List.exists (fun error -> error.Code = "CML9003" && about name error))
                }
        ]

    let private operations (syntax: StageSyntax<'Op, 'Type>) =
        [
            for case in syntax.Cases ->
                {
                    Mnemonic = case.Mnemonic
                    Attributes = attributes case
                }
        ]

    /// The operations of a stage that is written in MLIR's form, in the order of its table; empty for the others.
    let ofStage (stage: StageKind) : DialectOperation list =
        match stage with
        | StageKind.Float -> operations Float.Syntax.syntax
        | StageKind.Planned -> operations Planned.Syntax.syntax
        | StageKind.Quant -> operations Quant.Syntax.syntax
        | StageKind.Circuit -> operations Circuit.Syntax.syntax
        | StageKind.Onnx
        | StageKind.Program -> []
