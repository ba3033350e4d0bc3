// Packing every package and the tool.
#load "Restore.fsx"

open System.IO
open Processes
open Restore

/// Packages of every project of src/ that does not say that it is none, and the tool, in artifacts/packages.
let packBuilt () =
    let packages = inTree [ "artifacts"; "packages" ]

    if Directory.Exists packages then
        Directory.Delete(packages, true)

    dotnet
        [
            "pack"
            "ConcreteMl.Compiler.sln"
            "-c"
            "Release"
            "--no-build"
            "-nologo"
            "-v"
            "q"
            "-o"
            packages
        ]

let pack () =
    build ()
    packBuilt ()
