/// Runs every list of tests in this assembly: `dotnet run`, with Expecto's options (`--filter-test-case NAME`, `--list-tests`).
module ConcreteMl.Compiler.Core.Tests.Program

open Expecto

[<EntryPoint>]
let main arguments =
    runTestsInAssemblyWithCLIArgs [ No_Spinner ] arguments
