/// Random graphs over the table of operators against ONNX Runtime.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.GraphTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Base.Codes

/// CML_GRAPHS says how many graphs are drawn, an eighth of them quantized: 2400 for a long search.
let private count =
    match Environment.GetEnvironmentVariable "CML_GRAPHS" |> Int32.TryParse with
    | true, count -> count
    | false, _ -> 160

/// New graphs in every run, unless CML_SEED names those of another one.
let private seed =
    match Environment.GetEnvironmentVariable "CML_SEED" |> Int32.TryParse with
    | true, seed -> seed
    | false, _ -> Random.Shared.Next 1_000_000_000

let private seeds number = [ seed .. seed + number - 1 ]

let private messages outcomes =
    outcomes |> List.distinct |> List.truncate 10 |> String.concat "\n"

[<Tests>]
let tests =
    testList
        "RuntimeGraphs"
        [
            testCase "random graphs compute what ONNX Runtime computes"
            <| fun () ->
                printfn $"RuntimeGraphs: CML_SEED={seed} CML_GRAPHS={count}"

                let outcomes =
                    seeds count |> List.map (fun seed -> Judge.judge (Graphs.draw seed 8 false))

                let choose pick = List.choose pick outcomes

                let differences =
                    choose (function
                        | Judge.Outcome.Differs what -> Some what
                        | _ -> None)

                let refusals =
                    choose (function
                        | Judge.Outcome.Refused why -> Some why
                        | _ -> None)

                let share outcome =
                    float (outcomes |> List.filter ((=) outcome) |> List.length) / float count

                printfn
                    $"RuntimeGraphs: {share Judge.Outcome.Agrees:P1} agree, {share Judge.Outcome.IllConditioned:P1} are ill-conditioned, {differences.Length} differ, {refusals.Length} are refused here"

                Expect.isEmpty (differences @ refusals) (messages (differences @ refusals))
                Expect.isGreaterThan (share Judge.Outcome.Agrees) 0.95 "what ONNX Runtime takes and rounding errors leave as it is"

            testCase "random graphs quantized are refused with a code, or near the model and simulated as in clear"
            <| fun () ->
                let fates =
                    seeds (count / 8)
                    |> List.map (fun seed -> Quantized.judge (Graphs.draw seed 5 true))

                let errors =
                    fates
                    |> List.collect (function
                        | Quantized.Fate.Compiled errors -> errors
                        | Quantized.Fate.Refused _ -> [])
                    |> List.sort

                let refusals =
                    fates
                    |> List.choose (function
                        | Quantized.Fate.Refused findings -> Some findings
                        | Quantized.Fate.Compiled _ -> None)

                for findings in refusals do
                    Expect.isTrue (findings |> List.exists Diagnostic.isError) "a refusal has an error"

                    for finding in findings do
                        Expect.isSome (Codes.tryFind finding.Code) finding.Code
                        // What the float stage computes, later steps compute too.
                        Expect.isFalse (finding.Message.StartsWith "the model cannot be computed") finding.Message

                let at share =
                    errors[int (share * float errors.Length)]

                printfn $"RuntimeGraphs: {refusals.Length} of {fates.Length} refused; errors {at 0.5:F3}, {at 0.8:F3}, {at 0.95:F3}"
                Expect.isLessThan (float refusals.Length) (0.4 * float fates.Length) "most are compiled"
                // 300 graphs of 4 to 6 bits: 0.04 at the median, 0.09 at 75 %; more where jumps or poles stand behind a quantizer. The
                // bounds are for the 20 graphs of a short run.
                Expect.isLessThan (at 0.5) 0.15 "the error at the median"
                Expect.isLessThan (at 0.75) 0.6 "the error at 75 %"
        ]
