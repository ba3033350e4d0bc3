// The only entry point: dotnet fsi build.fsx -- restore|format|check|build|test|demo|bench|pack|install|fuzz|ci
#load ".build/Processes.fsx"
#load ".build/Restore.fsx"
#load ".build/Checks.fsx"
#load ".build/Tests.fsx"
#load ".build/Demo.fsx"
#load ".build/Packages.fsx"
#load ".build/Installs.fsx"
#load ".build/Fuzz.fsx"

open System
open Processes
open Restore

/// What `bench` measures; tests/Benchmarks says more with each verb's options.
let benchmarks =
    [
        "pbs"
        "lookup"
        "model"
        "times"
        "keyswitch"
        "noise"
        "gate"
        "rounding"
        "settings"
        "aot"
    ]

/// Builds the benchmarks and runs one where the caller stands, so that its paths are the caller's.
let bench arguments =
    match arguments with
    | verb :: _ when List.contains verb benchmarks ->
        outputIsTaken <- true
        restore ()
        dotnet (compile "tests/Benchmarks")
        outputIsTaken <- false
        let project = inTree [ "tests"; "Benchmarks" ]
        // What is measured runs as in an application.
        Environment.SetEnvironmentVariable(profiles, null)
        run Environment.CurrentDirectory "dotnet" ([ "run"; "--project"; project; "-c"; "Release"; "--no-build"; "--" ] @ arguments)
    | _ ->
        let verbs = String.concat "|" benchmarks
        eprintfn $"usage: dotnet fsi build.fsx -- bench {verbs} [--option value ...]"
        exit 1

match fsi.CommandLineArgs |> List.ofArray |> List.tail |> List.filter ((<>) "--") with
| [ "restore" ] -> restore ()
| [ "format" ] -> Checks.format ()
| [ "check" ] -> Checks.check ()
| [ "build" ] -> build ()
| [ "test" ] -> Tests.test ()
| [ "demo" ] -> Demo.demo ()
| "bench" :: arguments -> bench arguments
| [ "pack" ] -> Packages.pack ()
| [ "install" ] -> Installs.install ()
| "fuzz" :: arguments -> Fuzz.fuzz arguments
| [ "ci" ] ->
    Environment.SetEnvironmentVariable("CI", "true")
    Tests.test ()
| _ ->
    eprintfn "usage: dotnet fsi build.fsx -- restore|format|check|build|test|demo|bench|pack|install|fuzz|ci"
    exit 2
