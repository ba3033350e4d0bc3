// Damaged inputs of every kind for every command; tests/Fuzzing makes them.
#load "Processes.fsx"
#load "Restore.fsx"

open Processes
open Restore

/// What has been built, run where the tree lies; an abort of the process is a finding like another.
let private campaign arguments =
    exitCode root "dotnet" (inTree [ "artifacts"; "bin"; "Fuzzing"; "release"; "Fuzzing.dll" ] :: arguments)

/// `fuzz --seconds N`, with the options that tests/Fuzzing/Program.cs names.
let fuzz arguments =
    restore ()
    dotnet (compile "tests/Fuzzing")
    exit (campaign arguments)

/// What a minute with a fresh seed, which is printed, came to.
type Minute =
    | Clean
    /// Inputs were found wanting; their names are printed.
    | Found
    /// The process itself ended.
    | Aborted

let minute () =
    match campaign [ "--seconds"; "60" ] with
    | 0 -> Clean
    | 1 -> Found
    | _ -> Aborted
