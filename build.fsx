// The only entry point: dotnet fsi build.fsx -- restore|format|check|build|test|demo|bench|pack|samples|ci
open System
open System.Diagnostics
open System.IO
open System.Xml.Linq

let root = __SOURCE_DIRECTORY__

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

/// The folder that `paket.dependencies` names as its source; filled below, so that no feed is named in this tree.
let packageFolder =
    Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".nuget", "packages")

/// Restores a project that consists of `items`, outside the tree, into the package folder, through whatever feeds the
/// machine's NuGet configuration names.
let fillPackageFolder (items: string seq) =
    let scratch =
        Path.Combine(Path.GetTempPath(), $"concreteml-restore-{Environment.ProcessId}")

    Directory.CreateDirectory scratch |> ignore

    let project =
        [
            "<Project Sdk=\"Microsoft.NET.Sdk\">"
            "  <PropertyGroup>"
            "    <TargetFramework>net10.0</TargetFramework>"
            "    <NuGetAudit>false</NuGetAudit>"
            "    <RestoreEnablePackagePruning>false</RestoreEnablePackagePruning>"
            "    <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>"
            "  </PropertyGroup>"
            "  <ItemGroup>"
            String.concat "\n" items
            "  </ItemGroup>"
            "</Project>"
        ]

    File.WriteAllLines(Path.Combine(scratch, "restore.csproj"), project)
    run scratch "dotnet" [ "restore"; "--packages"; packageFolder; "--verbosity"; "quiet" ]
    Directory.Delete(scratch, true)

let lockFile = inTree [ "paket.lock" ]

/// Every package that the lock names, direct or not. PackageDownload resolves nothing, so exactly these are fetched;
/// PackageReference would choose other versions of what the direct ones depend on.
let lockedPackages () =
    File.ReadAllLines lockFile
    |> Array.choose (fun line ->
        match line.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries) with
        | [| name; version |] when line.StartsWith "    " && not (line.StartsWith "     ") ->
            let version = version.Trim('(', ')')
            Some $"""    <PackageDownload Include="{name}" Version="[{version}]" />"""
        | _ -> None)

/// The packages that `paket.dependencies` asks for, with whatever they depend on: what `paket install` chooses from.
let wantedPackages () =
    File.ReadAllLines(inTree [ "paket.dependencies" ])
    |> Array.filter (fun line -> line.StartsWith "nuget ")
    |> Array.map (fun line ->
        match line.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray with
        | _ :: name :: rest ->
            let version = rest |> List.find (fun word -> Char.IsDigit word[0])
            $"""    <PackageReference Include="{name}" Version="[{version}]" />"""
        | _ -> failwithf "paket.dependencies: expected 'nuget NAME VERSION', met '%s'" line)

/// The lock lacks a package that `paket.dependencies` asks for, so `paket install` is to follow.
let lockIsStale () =
    let locked =
        if File.Exists lockFile then
            File.ReadAllText lockFile
        else
            ""

    wantedPackages ()
    |> Array.exists (fun reference ->
        match reference.Split('"') with
        | [| _; name; _; _; _ |] -> not (locked.Contains $"\n    {name} (")
        | _ -> true)

let restore () =
    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]

    if lockIsStale () then
        fillPackageFolder (wantedPackages ())
        dotnet [ "paket"; "install" ]
    else
        fillPackageFolder (lockedPackages ())
        dotnet [ "paket"; "restore" ]

    dotnet [ "restore"; "ConcreteMl.Compiler.sln"; "--verbosity"; "quiet" ]

let compile target =
    [ "build"; target; "-c"; "Release"; "-v"; "minimal"; "-nologo" ]

let build () =
    restore ()
    dotnet (compile "ConcreteMl.Compiler.sln")

// --- check -----------------------------------------------------------------------------------------------------------

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
        "F# formatting", formatting "fantomas" [ "--check"; "src"; "tests"; "samples"; "build.fsx" ]
        "C# formatting", formatting "csharpier" [ "check"; "src"; "tests" ]
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

// --- test ------------------------------------------------------------------------------------------------------------

/// What one test project brought: how many tests passed, the names of those that failed, how many were skipped.
type Outcome =
    {
        Passed: int
        Failed: string list
        Skipped: int
    }

/// Outcomes of tests for which this machine lacks something. Every other outcome that is not a pass is a failure.
let skippedOutcomes = set [ "NotExecuted"; "Inconclusive" ]

let broken (reason: string) =
    {
        Passed = 0
        Failed = [ reason ]
        Skipped = 0
    }

let readResults (project: string) (file: string) =
    if not (File.Exists file) then
        broken $"{project}: the test run ended without results"
    else
        let results =
            XDocument.Load(file).Descendants()
            |> Seq.filter (fun element -> element.Name.LocalName = "UnitTestResult")
            |> Seq.map (fun element -> element.Attribute(XName.Get "outcome").Value, element.Attribute(XName.Get "testName").Value)
            |> List.ofSeq

        let passed, others =
            results |> List.partition (fun (outcome, _) -> outcome = "Passed")

        let skipped, failed =
            others |> List.partition (fun (outcome, _) -> skippedOutcomes.Contains outcome)

        for _, name in skipped do
            printfn "skipped: %s: %s" project name

        if results.IsEmpty then
            broken $"{project}: no test ran"
        else
            {
                Passed = passed.Length
                Failed =
                    failed
                    |> List.map (fun (outcome, name) -> $"{project}: {name} ({outcome.ToLowerInvariant()})")
                Skipped = skipped.Length
            }

let testProjects () =
    Directory.EnumerateFiles(inTree [ "tests" ], "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> Path.GetFileNameWithoutExtension(file).EndsWith ".Tests")
    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right))
    |> List.ofSeq

let runTests (project: string) =
    let name = Path.GetFileNameWithoutExtension project
    let results = inTree [ "artifacts"; "test-results" ]
    let file = Path.Combine(results, name + ".trx")
    File.Delete file

    let code =
        exitCode
            root
            "dotnet"
            [
                "test"
                project
                "-c"
                "Release"
                "--no-build"
                "--nologo"
                "--results-directory"
                results
                "--logger"
                $"trx;LogFileName={name}.trx"
                "--blame-hang-timeout"
                "9m"
                "--blame-hang-dump-type"
                "none"
            ]

    let outcome = readResults name file

    if code <> 0 && outcome.Failed.IsEmpty then
        { outcome with
            Failed = [ $"{name}: the test run ended with exit code {code}" ]
        }
    else
        outcome

/// Restores and builds once, then checks and all test projects; the last line is the verdict.
let test () =
    build ()
    Directory.CreateDirectory(inTree [ "artifacts"; "test-results" ]) |> ignore
    let checkResults = reportChecks ()
    let testResults = testProjects () |> List.map runTests

    let passed =
        (checkResults |> List.filter (snd >> List.isEmpty) |> List.length)
        + (testResults |> List.sumBy _.Passed)

    let failed =
        (checkResults
         |> List.filter (snd >> List.isEmpty >> not)
         |> List.map (fun (name, _) -> $"check: {name}"))
        @ (testResults |> List.collect _.Failed)

    failed |> List.iter (printfn "failed: %s")
    let skipped = testResults |> List.sumBy _.Skipped
    printfn "%d passed, %d failed, %d skipped" passed failed.Length skipped
    exit (if failed.IsEmpty then 0 else 1)

// --- the rest --------------------------------------------------------------------------------------------------------

/// Compiles a real model that ships with the sources and runs it on encrypted data.
let demo () =
    restore ()
    dotnet (compile "src/ConcreteMl.Cli")

    let tool =
        inTree
            [
                "artifacts"
                "bin"
                "ConcreteMl.Cli"
                "release"
                (if OperatingSystem.IsWindows() then
                     "concreteml.exe"
                 else
                     "concreteml")
            ]

    let model name =
        Path.Combine("tests", "models", "digits_mlp", name)

    let compiled = Path.Combine("artifacts", "digits_mlp.cml")

    let step (title: string) (arguments: string list) =
        printfn "\n== %s\n$ concreteml %s" title (String.concat " " arguments)
        run root tool arguments

    step
        "Compile a perceptron for handwritten digits, trained in PyTorch and exported to ONNX"
        [
            "compile"
            model "model.onnx"
            "--calibration"
            model "calib.npz"
            "--bits"
            "3"
            "--rounding"
            "6"
            "-o"
            compiled
        ]

    step "Its accuracy on test data, in clear" [ "score"; compiled; "--input"; model "test.npz"; "--mode"; "clear" ]

    step
        "Two inferences on encrypted data, compared with clear and simulated runs"
        [ "check"; compiled; "--input"; model "test.npz"; "--limit"; "2" ]

let format () =
    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]
    dotnet [ "fantomas"; "src"; "tests"; "samples"; "build.fsx" ]
    dotnet [ "csharpier"; "format"; "src"; "tests" ]

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

/// What `bench` measures; tests/Benchmarks says more with each verb's options.
let benchmarks = [ "pbs"; "lookup"; "model"; "noise" ]

/// Builds the benchmarks and runs one where the caller stands, so that its paths are the caller's.
let bench arguments =
    match arguments with
    | verb :: _ when List.contains verb benchmarks ->
        outputIsTaken <- true
        restore ()
        dotnet (compile "tests/Benchmarks")
        outputIsTaken <- false
        let project = inTree [ "tests"; "Benchmarks" ]
        run Environment.CurrentDirectory "dotnet" ([ "run"; "--project"; project; "-c"; "Release"; "--no-build"; "--" ] @ arguments)
    | _ ->
        let verbs = String.concat "|" benchmarks
        eprintfn $"usage: dotnet fsi build.fsx -- bench {verbs} [--option value ...]"
        exit 1

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

match fsi.CommandLineArgs |> List.ofArray |> List.tail |> List.filter ((<>) "--") with
| [ "restore" ] -> restore ()
| [ "format" ] -> format ()
| [ "check" ] -> check ()
| [ "build" ] -> build ()
| [ "test" ] -> test ()
| [ "demo" ] -> demo ()
| "bench" :: arguments -> bench arguments
| [ "pack" ] -> pack ()
| [ "samples" ] -> samples ()
| [ "ci" ] ->
    Environment.SetEnvironmentVariable("CI", "true")
    test ()
| _ ->
    eprintfn "usage: dotnet fsi build.fsx -- restore|format|check|build|test|demo|bench|pack|samples|ci"
    exit 2
