// What the tree must look like beyond compiling: formatting, sizes of files, names and words.
#load "Processes.fsx"

open System
open System.IO
open Processes

/// Every file of the tree that a person wrote, as a path relative to the root.
let writtenFiles () =
    let skipped = set [ "artifacts"; "bin"; "obj"; ".git"; ".paket"; "paket-files" ]

    let rec walk directory =
        seq {
            yield! Directory.EnumerateFiles directory

            for child in Directory.EnumerateDirectories directory do
                if not (skipped.Contains(Path.GetFileName child)) then
                    yield! walk child
        }

    walk root
    |> Seq.map (fun file -> Path.GetRelativePath(root, file))
    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right))
    |> List.ofSeq

let hasExtension (extensions: string list) (file: string) =
    List.contains (Path.GetExtension file) extensions

let formatting program arguments =
    match exitCode root "dotnet" (program :: arguments) with
    | 0 -> []
    | _ -> [ $"'dotnet {program}' asks for changes; run: dotnet fsi build.fsx -- format" ]

let lineLimit = 400

let tooLong files =
    files
    |> List.filter (hasExtension [ ".fs"; ".fsx"; ".cs" ])
    |> List.map (fun file -> file, File.ReadAllLines(inTree [ file ]).Length)
    |> List.filter (fun (_, lines) -> lines > lineLimit)
    |> List.map (fun (file, lines) -> $"{file}: {lines} lines, at most {lineLimit}; split it by concern")

let vagueNames files =
    let vague =
        set [ "utils"; "util"; "helpers"; "helper"; "common"; "misc"; "miscellaneous" ]

    files
    |> List.filter (hasExtension [ ".fs"; ".fsx"; ".cs" ])
    |> List.filter (fun file -> vague.Contains(Path.GetFileNameWithoutExtension(file).ToLowerInvariant()))
    |> List.map (fun file -> $"{file}: say what the file holds")

/// Words that mean unfinished work, and hosts of package feeds (the machine's configuration names those). Spelled in pieces,
/// so that this file passes its own check.
let unwantedWords =
    [ "TO" + "DO"; "FIX" + "ME"; "NotImplemented" + "Exception"; "nuget" + ".org" ]

let unwanted files =
    [
        for file in files do
            if
                hasExtension
                    [
                        ".fs"
                        ".fsx"
                        ".cs"
                        ".md"
                        ".props"
                        ".targets"
                        ".csproj"
                        ".fsproj"
                        ".dependencies"
                    ]
                    file
            then
                for index, line in Seq.indexed (File.ReadLines(inTree [ file ])) do
                    for word in unwantedWords do
                        if line.Contains(word, StringComparison.Ordinal) then
                            $"{file}:{index + 1}: '{word}'"
    ]

/// Named checks with what each found; warnings are errors of the build itself.
let checks () =
    let files = writtenFiles ()

    [
        "F# formatting", formatting "fantomas" [ "--check"; "src"; "tests"; "samples"; ".build"; "build.fsx" ]
        "C# formatting", formatting "csharpier" [ "check"; "src"; "tests"; "samples" ]
        "file length", tooLong files
        "file names", vagueNames files
        "unwanted words", unwanted files
    ]

let reportChecks () =
    let results = checks ()

    for name, findings in results do
        for finding in findings do
            eprintfn "check, %s: %s" name finding

    results

let format () =
    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]
    dotnet [ "fantomas"; "src"; "tests"; "samples"; ".build"; "build.fsx" ]
    dotnet [ "csharpier"; "format"; "src"; "tests"; "samples" ]

let check () =
    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]

    let unclean =
        reportChecks () |> List.filter (snd >> List.isEmpty >> not) |> List.length

    printfn
        "%s"
        (if unclean = 0 then
             "check: clean"
         else
             $"check: {unclean} of its parts found something")

    exit (min unclean 1)
