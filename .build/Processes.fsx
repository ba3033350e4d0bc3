// Where the tree lies, and how a step runs a program.

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading
open System.Threading.Tasks

/// The project's folder.
let root = Path.GetDirectoryName __SOURCE_DIRECTORY__

let inTree (parts: string list) =
    Path.Combine(Array.ofList (root :: parts))

/// Compilers and tests end before the profiles of tiered compilation pay: with them a build takes 1.25 times the processor time and
/// tests 1.1 to 1.2 times.
let profiles = "DOTNET_TieredPGO"

// No question, no telemetry, no build server that outlives the command.
for name, value in
    [
        "DOTNET_CLI_TELEMETRY_OPTOUT", "1"
        "DOTNET_NOLOGO", "1"
        "DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1"
        "MSBUILDDISABLENODEREUSE", "1"
        profiles, "0"
    ] do
    Environment.SetEnvironmentVariable(name, value)

/// Standard output is kept for a benchmark's JSON: what restoring and building print goes to standard error.
let mutable outputIsTaken = false

/// Where the programs of a step leave their output that runs beside others; null elsewhere.
let private heldBack = AsyncLocal<StringBuilder | null>()

let private hold (text: StringBuilder) (started: Process) =
    let keep (line: DataReceivedEventArgs) =
        if not (isNull line.Data) then
            lock text (fun () -> text.AppendLine line.Data |> ignore)

    started.OutputDataReceived.Add keep
    started.ErrorDataReceived.Add keep
    started.BeginOutputReadLine()
    started.BeginErrorReadLine()

/// Runs a program in `directory`, passing its output through; returns its exit code.
let exitCode (directory: string) (program: string) (arguments: string list) =
    let held = heldBack.Value

    let info =
        ProcessStartInfo(
            program,
            WorkingDirectory = directory,
            RedirectStandardOutput = (outputIsTaken || not (isNull held)),
            RedirectStandardError = not (isNull held)
        )

    arguments |> List.iter info.ArgumentList.Add
    use started = Process.Start info

    match held with
    | null when outputIsTaken -> eprintf "%s" (started.StandardOutput.ReadToEnd())
    | null -> ()
    | text -> hold text started

    started.WaitForExit()
    started.ExitCode

/// Does work beside what follows; what its programs print is printed at once when it is asked for its result.
let beside (work: unit -> 'T) : Lazy<'T> =
    let text = StringBuilder()

    let working =
        Task.Run(fun () ->
            heldBack.Value <- text
            work ())

    lazy
        (working.Wait()
         printf "%O" text
         working.Result)

/// As `exitCode`, but ends the build when the program fails.
let run directory program arguments =
    match exitCode directory program arguments with
    | 0 -> ()
    | code ->
        eprintf "%O" heldBack.Value
        eprintfn "build: '%s %s' ended with exit code %d" program (String.concat " " arguments) code
        exit code

let dotnet arguments = run root "dotnet" arguments
