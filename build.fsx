// The only entry point: dotnet fsi build.fsx -- restore|format|check|build|test|demo|bench|pack|ci
open System
open System.Diagnostics
open System.IO

let root = __SOURCE_DIRECTORY__

/// Runs a program in `directory`, passing its output through; fails the build on a non-zero exit code.
let run (directory: string) (program: string) (arguments: string list) =
    let info = ProcessStartInfo(program, WorkingDirectory = directory)
    arguments |> List.iter info.ArgumentList.Add
    use started = Process.Start info
    started.WaitForExit()

    if started.ExitCode <> 0 then
        eprintfn "build: '%s %s' ended with exit code %d" program (String.concat " " arguments) started.ExitCode
        exit started.ExitCode

let dotnet arguments = run root "dotnet" arguments

/// Fills the machine's own package folder through whatever feeds its NuGet configuration names,
/// so that Paket can read that folder as a local feed and no feed is named in this tree.
let fillPackageFolder () =
    let references =
        File.ReadAllLines(Path.Combine(root, "paket.dependencies"))
        |> Array.filter (fun line -> line.StartsWith "nuget ")
        |> Array.map (fun line ->
            match line.Split(' ', StringSplitOptions.RemoveEmptyEntries) with
            | [| _; name; version |] -> $"""    <PackageReference Include="{name}" Version="[{version}]" />"""
            | _ -> failwithf "paket.dependencies: expected 'nuget NAME VERSION', met '%s'" line)

    let scratch =
        Path.Combine(Path.GetTempPath(), $"concreteml-restore-{Environment.ProcessId}")

    Directory.CreateDirectory scratch |> ignore

    let project =
        [
            "<Project Sdk=\"Microsoft.NET.Sdk\">"
            "  <PropertyGroup>"
            "    <TargetFramework>net10.0</TargetFramework>"
            "    <RestoreEnablePackagePruning>false</RestoreEnablePackagePruning>"
            "    <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>"
            "  </PropertyGroup>"
            "  <ItemGroup>"
            String.concat "\n" references
            "  </ItemGroup>"
            "</Project>"
        ]

    File.WriteAllLines(Path.Combine(scratch, "restore.csproj"), project)
    run scratch "dotnet" [ "restore"; "--verbosity"; "quiet" ]
    Directory.Delete(scratch, true)

let restore () =
    fillPackageFolder ()
    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]

    dotnet
        [
            "paket"
            (if File.Exists(Path.Combine(root, "paket.lock")) then
                 "restore"
             else
                 "install")
        ]

let build () =
    restore ()
    dotnet [ "build"; "ConcreteMl.Compiler.sln"; "-c"; "Release"; "-v"; "minimal" ]

match fsi.CommandLineArgs |> List.ofArray |> List.tail |> List.filter ((<>) "--") with
| [ "restore" ] -> restore ()
| [ "build" ] -> build ()
| _ ->
    eprintfn "usage: dotnet fsi build.fsx -- restore|build"
    exit 2
