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

/// A minute with a fresh seed, which is printed; whether nothing was found.
let minute () = campaign [ "--seconds"; "60" ] = 0
