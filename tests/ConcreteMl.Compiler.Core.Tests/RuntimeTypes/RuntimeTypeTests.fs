/// Every operator in every element type that ONNX Runtime has a kernel for gives its numbers.
module ConcreteMl.Compiler.Core.Tests.RuntimeTypes.RuntimeTypeTests

open System
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Tests.Onnx

let private opset = 21L

/// Of 1 and the value together. 16-bit floats are added up in 16 bits there, in 32 bits here; otherwise sums run in another order,
/// and exp and its kin by other polynomials.
let private tolerance element =
    match element with
    | Element.Float16 -> 1e-2
    | Element.BFloat16 -> 6e-2
    | Element.Float32 -> 1e-5
    | _ -> 1e-6

let private agree (expected: Tensor) (actual: Tensor) =
    let near (wanted: float) (met: float) =
        wanted.Equals met
        || wanted = met
        || abs (wanted - met) <= tolerance expected.Element * (1.0 + abs wanted)

    expected.Element = actual.Element
    && expected.Shape = actual.Shape
    && (if Element.isFloat expected.Element then
            Array.forall2 near (Tensor.toFloat64s expected) (Tensor.toFloat64s actual)
        else
            expected = actual)

let private ours (model: byte[]) (inputs: Tensor list) : Result<Tensor list, string> =
    let render found =
        found |> List.map Diagnostic.render |> String.concat "; "

    match
        ConcreteMl.Compiler.Core.Onnx.Decode.bytes "case" None model
        |> Result.bind (Import.model Context.quiet { BindBatch = false; Sizes = Map.empty })
    with
    | Error findings -> Error(render findings)
    | Ok graph -> Ok(Eval.graph graph inputs)

/// What one case in one type comes to: agreement, no kernel there, a refusal here, or a difference.
[<RequireQualifiedAccess>]
type Outcome =
    | Agrees
    | Unknown
    | Refused of string
    | Differs of string

/// Runs a case in a type here and in ONNX Runtime.
let compare (random: Random) (case: Case) element : Outcome =
    let model, inputs = SingleNode.file opset case (case.Operands random element)

    match Runtime.tryRun model inputs with
    | None -> Outcome.Unknown
    | Some expected ->
        try
            match ours model (List.map snd inputs) with
            | Error reason -> Outcome.Refused reason
            | Ok actual when actual.Length = expected.Length && List.forall2 agree expected actual -> Outcome.Agrees
            | Ok actual ->
                let show tensors =
                    tensors
                    |> List.map (fun (tensor: Tensor) -> $"%O{tensor} %A{Tensor.toFloat64s tensor |> Array.truncate 24}")
                    |> String.concat ", "

                Outcome.Differs $"of {show (List.map snd inputs)}: {show expected} there, {show actual} here"
        with :? EvalException as problem ->
            Outcome.Differs problem.Message

[<Tests>]
let tests =
    testList
        "RuntimeTypes"
        [
            testCase "operators give ONNX Runtime's numbers in every element type"
            <| fun () ->
                let seed = Random.Shared.Next()
                printfn $"RuntimeTypes: seed {seed}"

                let outcomes =
                    [
                        for case in Cases.all do
                            for element in case.Elements do
                                let outcome = compare (Random(HashCode.Combine(seed, element))) case element
                                $"{case.Operator} of {element}", outcome
                    ]

                let differences =
                    outcomes
                    |> List.choose (fun (name, outcome) ->
                        match outcome with
                        | Outcome.Differs what -> Some $"{name} {what}"
                        | _ -> None)

                let refusals =
                    outcomes
                    |> List.choose (fun (name, outcome) ->
                        match outcome with
                        | Outcome.Refused why -> Some $"{name}: {why}"
                        | _ -> None)
                    |> List.distinct

                let agreeing =
                    outcomes |> List.filter (fun (_, outcome) -> outcome = Outcome.Agrees)

                printfn $"RuntimeTypes: {agreeing.Length} agree, {differences.Length} differ, {refusals.Length} are refused here"
                Expect.isGreaterThan agreeing.Length 1000 "the run time is there and takes the cases"
                Expect.isEmpty differences (String.concat "\n" differences)
                Expect.isEmpty refusals (String.concat "\n" refusals)
        ]
