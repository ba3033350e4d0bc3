// Running the test projects and counting what they say.
#load "Restore.fsx"
#load "Checks.fsx"
#load "Installs.fsx"
#load "Fuzz.fsx"

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Xml.Linq
open Processes
open Restore
open Checks
open Installs

/// What one test project brought: how many tests passed, the names of those that failed, how many were skipped.
type Outcome =
    {
        Passed: int
        Failed: string list
        Skipped: int
    }

let broken (reason: string) =
    {
        Passed = 0
        Failed = [ reason ]
        Skipped = 0
    }

/// What became of one test.
type Verdict =
    | Pass
    | Fail
    | Skip

let private counted (project: string) (results: (Verdict * string) list) =
    let named verdict =
        results |> List.filter (fst >> (=) verdict) |> List.map snd

    for name in named Skip do
        printfn "skipped: %s: %s" project name

    if results.IsEmpty then
        broken $"{project}: no test ran"
    else
        {
            Passed = (named Pass).Length
            Failed = named Fail |> List.map (fun name -> $"{project}: {name}")
            Skipped = (named Skip).Length
        }

let private elements (name: string) (file: string) =
    XDocument.Load(file).Descendants()
    |> Seq.filter (fun element -> element.Name.LocalName = name)
    |> List.ofSeq

let private text (attribute: string) (element: XElement) =
    element.Attribute(XName.Get attribute).Value

/// NUnit's results, as the test platform writes them. Only a pass is a pass.
let private readTrx file =
    elements "UnitTestResult" file
    |> List.map (fun element ->
        match text "outcome" element with
        | "Passed" -> Pass, text "testName" element
        | "NotExecuted"
        | "Inconclusive" -> Skip, text "testName" element
        | _ -> Fail, text "testName" element)

/// Expecto's results: a case that holds nothing has passed.
let private readJunit file =
    elements "testcase" file
    |> List.map (fun case ->
        match case.Elements() |> Seq.map _.Name.LocalName |> List.ofSeq with
        | [] -> Pass, text "name" case
        | [ "skipped" ] -> Skip, text "name" case
        | _ -> Fail, text "name" case)

let testProjects () =
    Directory.EnumerateFiles(inTree [ "tests" ], "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> Path.GetFileNameWithoutExtension(file).EndsWith ".Tests")
    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right))
    |> List.ofSeq

/// The F# tests are an executable of their own; the C# tests run under the test platform.
let private runExpecto (name: string) (file: string) =
    let tests = inTree [ "artifacts"; "bin"; name; "release"; name + ".dll" ]

    exitCode
        root
        "dotnet"
        [
            tests
            "--junit-summary"
            file
            "--fail-on-focused-tests"
            "--no-spinner"
            "--colours"
            "0"
        ],
    readJunit

/// Tests of a browser, which a project may hold beside others, and the filters for them alone and for all others.
let private browserOnly = [ "--filter"; "TestCategory=Browser" ]
let private noBrowser = [ "--filter"; "TestCategory!=Browser" ]

let private runNUnit (name: string) (filter: string list) (project: string) (file: string) =
    exitCode
        root
        "dotnet"
        ([
            "test"
            project
            "-c"
            "Release"
            "--no-build"
            "--nologo"
            "--results-directory"
            Path.GetDirectoryName file
            "--logger"
            $"trx;LogFileName={name}.trx"
            "--blame-hang-timeout"
            "9m"
            "--blame-hang-dump-type"
            "none"
         ]
         @ filter),
    readTrx

/// Runs the tests of a project that a filter of the test platform names (all, where it is empty); the results are called `name`.
let private runFiltered (name: string) (filter: string list) (project: string) =
    let isExpecto = Path.GetExtension project = ".fsproj"

    let file =
        inTree [ "artifacts"; "test-results"; name + (if isExpecto then ".xml" else ".trx") ]

    File.Delete file

    let code, read =
        if isExpecto then
            runExpecto name file
        else
            runNUnit name filter project file

    if not (File.Exists file) then
        broken $"{name}: the test run ended without results, with exit code {code}"
    else
        match counted name (read file) with
        | outcome when code <> 0 && outcome.Failed.IsEmpty ->
            { outcome with
                Failed = [ $"{name}: the test run ended with exit code {code}" ]
            }
        | outcome -> outcome

let private isCi = Environment.GetEnvironmentVariable "CI" = "true"

/// CI publishes the page that a browser's tests need; they follow its installations.
let runTests (project: string) =
    runFiltered (Path.GetFileNameWithoutExtension project) (if isCi then noBrowser else []) project

let private together (left: Outcome) (right: Outcome) =
    {
        Passed = left.Passed + right.Passed
        Failed = left.Failed @ right.Failed
        Skipped = left.Skipped + right.Skipped
    }

/// Packing what was built, and installing it as users do; last, the page that was published in a browser.
let private installOutcome () =
    Packages.packBuilt ()

    let installed =
        installs ()
        |> List.map (fun (name, result) ->
            match result with
            | Works -> Pass, name
            | Broken why -> Fail, $"{name}: {why}"
            | Missing why -> Skip, $"{name}: {why}")
        |> counted "install"

    inTree [ "tests"; "ConcreteMl.AspNetCore.Tests"; "ConcreteMl.AspNetCore.Tests.csproj" ]
    |> runFiltered "Browser" browserOnly
    |> together installed

/// A minute of damaged inputs from a seed of this run. What it finds is printed and counts as skipped: another seed finds what an
/// older change brought, which must not refuse this one. An abort fails.
let private fuzzOutcome () =
    let verdict =
        match Fuzz.minute () with
        | Fuzz.Clean -> Pass
        | Fuzz.Found -> Skip
        | Fuzz.Aborted -> Fail

    counted "fuzz" (List.singleton (verdict, "a minute of damaged inputs"))

/// Test projects that take longer than the others.
let private longest =
    [
        "ConcreteMl.Compiler.Core.Tests"
        "ConcreteMl.Compiler.Tests"
        "ConcreteMl.Tfhe.Tests"
    ]

/// What the tree must look like; a check that finds something has failed.
let private checkOutcome () =
    reportChecks ()
    |> List.map (fun (name, findings) -> (if findings.IsEmpty then Pass else Fail), name)
    |> counted "check"

/// The work of a test run with its names, what takes longest first. Packages, installations and damaged inputs are CI's: they take as
/// long as a test project.
let private jobs () : (string * (unit -> Outcome)) list =
    let long, short =
        testProjects ()
        |> List.partition (fun project -> List.contains (Path.GetFileNameWithoutExtension project) longest)

    let tests projects =
        projects
        |> List.map (fun (project: string) -> Path.GetFileNameWithoutExtension project, (fun () -> runTests project))

    let ofCi =
        if isCi then
            [ "install", installOutcome; "fuzz", fuzzOutcome ]
        else
            []

    tests long @ ofCi @ tests short @ List.singleton ("check", checkOutcome)

/// Three workers share the jobs: most of them keep one core busy, and some wait for processes that they started.
let private outcomes () =
    let waiting = ConcurrentQueue(jobs ())

    let work () =
        let rec next found =
            match waiting.TryDequeue() with
            | true, (name, job) ->
                let clock = Stopwatch.StartNew()
                let outcome = job ()
                printfn "%s took %.0f s" name clock.Elapsed.TotalSeconds
                next (outcome :: found)
            | _ -> found

        next []

    let others = List.init 2 (fun _ -> beside work)
    let own = work ()
    own @ (others |> List.collect _.Value)

/// Restores and builds once, then runs checks and all test projects; the last line is the verdict.
let test () =
    build ()
    Directory.CreateDirectory(inTree [ "artifacts"; "test-results" ]) |> ignore
    let results = outcomes ()
    let failed = results |> List.collect _.Failed
    failed |> List.iter (printfn "failed: %s")
    let passed = results |> List.sumBy _.Passed
    let skipped = results |> List.sumBy _.Skipped
    printfn "%d passed, %d failed, %d skipped" passed failed.Length skipped
    exit (if failed.IsEmpty then 0 else 1)
