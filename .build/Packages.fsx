// Packing, and trying what was packed as users do.
#load "Restore.fsx"

open System
open System.IO
open Processes
open Restore

/// Every project of src/ that does not say that it is no package.
let packable () =
    Directory.EnumerateFiles(inTree [ "src" ], "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> not (File.ReadAllText(file).Contains "<IsPackable>false</IsPackable>"))
    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right))
    |> List.ofSeq

/// Packages of the library, the halves and the tool, and the tool itself, in artifacts/packages.
let pack () =
    build ()

    let options =
        List.ofArray ("-c Release --no-build -o artifacts/packages -nologo".Split ' ')

    for project in packable () do
        dotnet ([ "pack"; project ] @ options)

/// Builds and runs the projects of samples/ against the packages that `pack` made, outside the tree, as a researcher would: with a
/// package folder of their own, so that no older package of the same version is met.
let samples () =
    pack ()
    let scratch = inTree [ "artifacts"; "samples" ]

    if Directory.Exists scratch then
        Directory.Delete(scratch, true)

    for name in [ "ResearchPass"; "ResearchQuantizer" ] do
        let place = Path.Combine(scratch, name)
        Directory.CreateDirectory place |> ignore

        for file in Directory.EnumerateFiles(inTree [ "samples"; name ]) do
            File.Copy(file, Path.Combine(place, Path.GetFileName file))

        let packages = inTree [ "artifacts"; "packages" ]
        let own = Path.Combine(scratch, "packages")

        run
            place
            "dotnet"
            [
                "build"
                "-c"
                "Release"
                "-nologo"
                "-v"
                "q"
                "-o"
                Path.Combine(place, "out")
                $"-p:RestoreAdditionalProjectSources={packages}"
                $"-p:RestorePackagesPath={own}"
                $"-p:RestoreFallbackFolders={packageFolder}"
            ]

        run
            place
            "dotnet"
            [
                Path.Combine("out", name + ".dll")
                inTree [ "tests"; "models"; "digits_mlp" ]
            ]
