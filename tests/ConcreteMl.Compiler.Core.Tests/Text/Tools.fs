/// Programs of others that must accept our texts; present on some machines.
module ConcreteMl.Compiler.Core.Tests.Text.Tools

open System
open System.Diagnostics
open System.IO

/// Every path at which a program of this name is installed.
let paths (name: string) : string list =
    let folders =
        (Environment.GetEnvironmentVariable "PATH"
         |> Option.ofObj
         |> Option.defaultValue "")
            .Split
            Path.PathSeparator

    Array.append folders [| "/usr/bin" |]
    |> Array.map (fun folder -> Path.Combine(folder, name))
    |> Array.filter File.Exists
    |> Array.distinct
    |> List.ofArray

/// The path of the first of these programs that is installed.
let tryFind (names: string list) : string option =
    names |> List.collect paths |> List.tryHead

/// Exit code, standard output and standard error of a program that reads `input`.
let run (program: string) (arguments: string list) (input: string) : int * string * string =
    let info =
        ProcessStartInfo(
            program,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Text.UTF8Encoding false,
            StandardOutputEncoding = Text.UTF8Encoding false
        )

    arguments |> List.iter info.ArgumentList.Add
    use started = Process.Start info |> Option.ofObj |> Option.get
    let output = started.StandardOutput.ReadToEndAsync()
    let errors = started.StandardError.ReadToEndAsync()
    // A program that refuses its input early closes the pipe.
    try
        started.StandardInput.Write input
        started.StandardInput.Close()
    with :? IOException ->
        ()

    started.WaitForExit()
    started.ExitCode, output.Result, errors.Result
