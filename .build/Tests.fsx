// Running the test projects and counting what they say.
#load "Restore.fsx"
#load "Checks.fsx"

open System
open System.IO
open System.Xml.Linq
open Processes
open Restore
open Checks

/// What one test project brought: how many tests passed, the names of those that failed, how many were skipped.
type Outcome =
    {
        Passed: int
        Failed: string list
        Skipped: int
    }

/// Outcomes of tests for which this machine lacks something. Every other outcome that is not a pass is a failure.
let skippedOutcomes = set [ "NotExecuted"; "Inconclusive" ]

let broken (reason: string) =
    {
        Passed = 0
        Failed = [ reason ]
        Skipped = 0
    }

let readResults (project: string) (file: string) =
    if not (File.Exists file) then
        broken $"{project}: the test run ended without results"
    else
        let results =
            XDocument.Load(file).Descendants()
            |> Seq.filter (fun element -> element.Name.LocalName = "UnitTestResult")
            |> Seq.map (fun element -> element.Attribute(XName.Get "outcome").Value, element.Attribute(XName.Get "testName").Value)
            |> List.ofSeq

        let passed, others =
            results |> List.partition (fun (outcome, _) -> outcome = "Passed")

        let skipped, failed =
            others |> List.partition (fun (outcome, _) -> skippedOutcomes.Contains outcome)

        for _, name in skipped do
            printfn "skipped: %s: %s" project name

        if results.IsEmpty then
            broken $"{project}: no test ran"
        else
            {
                Passed = passed.Length
                Failed =
                    failed
                    |> List.map (fun (outcome, name) -> $"{project}: {name} ({outcome.ToLowerInvariant()})")
                Skipped = skipped.Length
            }

let testProjects () =
    Directory.EnumerateFiles(inTree [ "tests" ], "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> Path.GetFileNameWithoutExtension(file).EndsWith ".Tests")
    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right))
    |> List.ofSeq

let runTests (project: string) =
    let name = Path.GetFileNameWithoutExtension project
    let results = inTree [ "artifacts"; "test-results" ]
    let file = Path.Combine(results, name + ".trx")
    File.Delete file

    let code =
        exitCode
            root
            "dotnet"
            [
                "test"
                project
                "-c"
                "Release"
                "--no-build"
                "--nologo"
                "--results-directory"
                results
                "--logger"
                $"trx;LogFileName={name}.trx"
                "--blame-hang-timeout"
                "9m"
                "--blame-hang-dump-type"
                "none"
            ]

    let outcome = readResults name file

    if code <> 0 && outcome.Failed.IsEmpty then
        { outcome with
            Failed = [ $"{name}: the test run ended with exit code {code}" ]
        }
    else
        outcome

/// Restores and builds once, then checks and all test projects; the last line is the verdict.
let test () =
    build ()
    Directory.CreateDirectory(inTree [ "artifacts"; "test-results" ]) |> ignore
    let checkResults = reportChecks ()
    let testResults = testProjects () |> List.map runTests

    let passed =
        (checkResults |> List.filter (snd >> List.isEmpty) |> List.length)
        + (testResults |> List.sumBy _.Passed)

    let failed =
        (checkResults
         |> List.filter (snd >> List.isEmpty >> not)
         |> List.map (fun (name, _) -> $"check: {name}"))
        @ (testResults |> List.collect _.Failed)

    failed |> List.iter (printfn "failed: %s")
    let skipped = testResults |> List.sumBy _.Skipped
    printfn "%d passed, %d failed, %d skipped" passed failed.Length skipped
    exit (if failed.IsEmpty then 0 else 1)
