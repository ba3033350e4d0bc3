/// Words for what a parser did not like.
[<RequireQualifiedAccess>]
module internal ConcreteMl.Compiler.Core.Text.ParserErrors

open FParsec
open FParsec.Error

/// What was expected and met at a failure, in one line.
let explain (stream: CharStream<'State>) (errors: ErrorMessageList) =
    let rec labels (errors: ErrorMessageList) : string list * string list =
        let collect (expected, messages) (error: ErrorMessage) =
            match error with
            | Expected label -> label :: expected, messages
            | ExpectedString text
            | ExpectedStringCI text -> $"'{text}'" :: expected, messages
            | Message text -> expected, text :: messages
            | NestedError(_, _, inner)
            | CompoundError(_, _, _, inner) ->
                let more, others = labels inner
                more @ expected, others @ messages
            | _ -> expected, messages

        ErrorMessageList.ToHashSet errors |> Seq.fold collect ([], [])

    let expected, messages = labels errors
    let rest = stream.PeekString 24

    let met =
        match rest.IndexOfAny([| '\n'; '\r' |]) with
        | 0 -> "the end of the line"
        | -1 when rest = "" -> "the end of the text"
        | -1 -> $"'{rest}'"
        | stop -> $"'{rest.Substring(0, stop)}'"

    let message =
        match List.sort messages with
        | [] -> $"met {met}"
        | messages -> String.concat "; " messages

    message, expected |> List.distinct |> List.sort |> String.concat " or "
