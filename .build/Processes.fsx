// Where the tree lies, and how a step runs a program.

open System
open System.Diagnostics
open System.IO

/// The project's folder.
let root = Path.GetDirectoryName __SOURCE_DIRECTORY__

let inTree (parts: string list) =
    Path.Combine(Array.ofList (root :: parts))

// No question, no telemetry, no build server that outlives the command.
for name, value in
    [
        "DOTNET_CLI_TELEMETRY_OPTOUT", "1"
        "DOTNET_NOLOGO", "1"
        "DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1"
        "MSBUILDDISABLENODEREUSE", "1"
    ] do
    Environment.SetEnvironmentVariable(name, value)

/// Standard output is kept for a benchmark's JSON: what restoring and building print goes to standard error.
let mutable outputIsTaken = false

/// Runs a program in `directory`, passing its output through; returns its exit code.
let exitCode (directory: string) (program: string) (arguments: string list) =
    let info =
        ProcessStartInfo(program, WorkingDirectory = directory, RedirectStandardOutput = outputIsTaken)

    arguments |> List.iter info.ArgumentList.Add
    use started = Process.Start info

    if outputIsTaken then
        eprintf "%s" (started.StandardOutput.ReadToEnd())

    started.WaitForExit()
    started.ExitCode

/// As `exitCode`, but ends the build when the program fails.
let run directory program arguments =
    match exitCode directory program arguments with
    | 0 -> ()
    | code ->
        eprintfn "build: '%s %s' ended with exit code %d" program (String.concat " " arguments) code
        exit code

let dotnet arguments = run root "dotnet" arguments
