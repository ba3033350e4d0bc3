// Restoring from the lock file, and building.
#load "Processes.fsx"

open System
open System.IO
open System.Runtime.InteropServices
open Processes

/// The folder that `paket.dependencies` names as its source; filled below, so that no feed is named in this tree.
let packageFolder =
    Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".nuget", "packages")

/// Lets `step` restore a project that consists of `items`, outside the tree, into the package folder, through whatever feeds the
/// machine's NuGet configuration names.
let private inScratch (step: string -> string -> string list -> 'T) (items: string seq) : 'T =
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

    let result =
        step scratch "dotnet" [ "restore"; "--packages"; packageFolder; "--verbosity"; "quiet" ]

    Directory.Delete(scratch, true)
    result

/// The build ends where a package lacks.
let fillPackageFolder (items: string seq) = inScratch run items

/// The ahead-of-time compiler of this SDK's runtime, with which the command line is compiled: faster commands, the same results.
let private fillAheadCompiler () =
    let name = "Microsoft.NETCore.App.Crossgen2.linux-x64"

    let isThere =
        Directory.Exists(Path.Combine(packageFolder, name.ToLowerInvariant(), Environment.Version.ToString()))

    if RuntimeInformation.RuntimeIdentifier = "linux-x64" && not isThere then
        let item =
            $"""    <PackageDownload Include="{name}" Version="[$(BundledNETCoreAppPackageVersion)]" />"""

        if inScratch exitCode [ item ] <> 0 then
            printfn "restore: no ahead-of-time compiler here; commands start later"

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

    fillAheadCompiler ()
    dotnet [ "restore"; "ConcreteMl.Compiler.sln"; "--verbosity"; "quiet" ]

let compile target =
    [ "build"; target; "-c"; "Release"; "-v"; "minimal"; "-nologo" ]

let build () =
    restore ()
    dotnet (compile "ConcreteMl.Compiler.sln")
