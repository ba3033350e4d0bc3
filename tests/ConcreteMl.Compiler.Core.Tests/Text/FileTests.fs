/// Runs tests/filetests: each file is a stage's text with a pass and what the pass makes of it, or with the errors that it has.
module ConcreteMl.Compiler.Core.Tests.Text.FileTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private folder = Path.Combine(Models.root, "tests", "filetests")
let private separator = "// expect\n"

let private files () =
    Directory.GetFiles(folder, "*.mlir", SearchOption.AllDirectories)
    |> Array.map (fun path -> Path.GetRelativePath(folder, path))
    |> Array.sort

let private render (findings: Diagnostic list) =
    findings |> List.map Diagnostic.render |> String.concat "\n"

/// The value of a `// key: value` line of the header.
let private header (key: string) (text: string) =
    let found = Regex.Match(text, $"(?m)^// {key}: (.+)$")

    if found.Success then
        Some(found.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries) |> List.ofArray)
    else
        None

let private readable text =
    match Subjects.read text with
    | Ok subject -> subject
    | Error findings -> failwith (render findings)

// ---- what holds for every text

let private returns (subject: Subjects.Subject) =
    Expect.equal ((readable subject.Text).Text) subject.Text "parse ∘ print is not the identity"

let private legal (subject: Subjects.Subject) =
    let errors = subject.Findings() |> List.filter Diagnostic.isError
    Expect.isEmpty errors (render errors)

/// Outputs agree: integers exactly, reals within float32's rounding of sums.
let private sameOutputs (before: Subjects.Subject) (after: Subjects.Subject) =
    for seed in 1..5 do
        let expected = before.Outputs seed
        let met = after.Outputs seed
        Expect.equal met.Length expected.Length "number of outputs"

        List.iter2
            (fun (expected: float[]) (met: float[]) ->
                Expect.equal met.Length expected.Length "size of an output"

                let scale =
                    expected |> Array.fold (fun largest value -> max largest (abs value)) 1e-3

                Array.iter2
                    (fun (expected: float) (met: float) ->
                        if not (Double.IsNaN expected && Double.IsNaN met) then
                            Expect.isLessThanOrEqual (abs (met - (expected))) (1e-5 * scale) "met")
                    expected
                    met)
            expected
            met

let private apply (names: string list) (subject: Subjects.Subject) =
    (subject, names)
    ||> List.fold (fun (subject: Subjects.Subject) name ->
        match subject.Apply name with
        | None -> failwith $"the pipeline has no step '{name}'"
        | Some(Error findings) -> failwith (render findings)
        | Some(Ok result) -> result)

// ---- passes

let private bless path (input: string) (result: string) =
    if isNull (Environment.GetEnvironmentVariable "CI") then
        File.WriteAllText(path, input + separator + result)
    else
        failtest "CML_BLESS is for people: it is refused where CI is set"

let private passTest path (content: string) (names: string list) =
    let parts = content.Split separator
    Expect.isLessThanOrEqual parts.Length 2 "one expectation a file"
    let before = readable parts[0]
    let after = apply names before
    returns before
    returns after
    legal before
    legal after
    Expect.equal ((apply names before).Text) after.Text "the pass is not deterministic"

    if not (names |> List.exists Subjects.isLossy) then
        sameOutputs before after

    if content.Contains "\n// idempotent\n" then
        Expect.equal ((apply names after).Text) after.Text "the pass is not idempotent"

    if Environment.GetEnvironmentVariable "CML_BLESS" = "1" then
        bless path parts[0] after.Text
    else
        Expect.equal parts.Length 2 "the file has no expectation; CML_BLESS=1 writes it"
        Expect.equal after.Text parts[1] "after.Text"

// ---- errors

/// The line that a finding is about: "line:column" of the reader, or the node or value or port that the verifier names.
let private lineOf (lines: string[]) (finding: Diagnostic) =
    let place = Option.defaultValue "" finding.Node
    let read = Regex.Match(place, @"^(\d+):\d+$")

    if read.Success then
        int read.Groups[1].Value
    else
        let marks =
            [
                $"loc({Literal.quote place})"
                $"{place} ="
                $"{place}:"
                $"name = {Literal.quote place}"
            ]

        lines
        |> Array.tryFindIndex (fun line -> marks |> List.exists (fun mark -> line.Contains(mark, StringComparison.Ordinal)))
        |> Option.map ((+) 1)
        |> Option.defaultValue 0

let private errorTest (content: string) =
    let lines = content.Split '\n'

    let expected =
        lines
        |> Array.mapi (fun index line ->
            [
                for found in Regex.Matches(line, @"// error.*?(?=$)") -> index + 1, found.Value
            ])
        |> List.concat
        |> List.collect (fun (line, mark) -> [ for code in Regex.Matches(mark, @"CML\d{4}") -> line, code.Value ])

    let findings =
        match Subjects.read content with
        | Error findings -> findings
        | Ok subject -> subject.Findings() |> List.filter Diagnostic.isError

    let met = findings |> List.map (fun finding -> lineOf lines finding, finding.Code)

    let show pairs =
        pairs
        |> List.sort
        |> List.map (fun (line, code) -> $"{line} {code}")
        |> String.concat "\n"

    Expect.isNonEmpty expected "the file expects no error"
    Expect.equal (show met) (show expected) (render findings)

/// Steps that need a model, calibration data or a parameter search have tests of their own.
let private testedElsewhere = set [ "import"; "emit" ]

[<Tests>]
let tests =
    testList
        "Text.File"
        [
            testTheory "file test" (files ())
            <| fun (name: string) ->
                let path = Path.Combine(folder, name)
                let content = File.ReadAllText path

                match header "pass" content with
                | Some names -> passTest path content names
                | None -> errorTest content

            testCase "every pass of the pipeline has a file test"
            <| fun () ->
                let tested =
                    files ()
                    |> Seq.collect (fun name ->
                        File.ReadAllText(Path.Combine(folder, name))
                        |> header "pass"
                        |> Option.defaultValue [])
                    |> Set.ofSeq

                let steps =
                    Pipeline.all false @ Pipeline.all true
                    |> List.map (fun step -> step.Pass)
                    |> Set.ofList

                Expect.isEmpty (steps - testedElsewhere - tested) "steps - testedElsewhere - tested"
        ]
