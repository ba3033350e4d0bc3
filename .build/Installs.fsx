// Installing what was packed, as users do: from artifacts/packages, outside the source tree, into a package folder of its own.
#load "Packages.fsx"

open System
open System.IO
open System.Runtime.InteropServices
open Processes
open Restore

let private scratch = inTree [ "artifacts"; "installs" ]

/// Options with which a project finds our packages where `pack` left them. Others' packages may come from the machine's folder; ours
/// may not, so that no older package of the same version is met.
let private fromPackages =
    [
        "-nologo"
        "-v"
        "q"
        "-p:RestoreAdditionalProjectSources=" + inTree [ "artifacts"; "packages" ]
        "-p:RestorePackagesPath=" + Path.Combine(scratch, "packages")
        "-p:RestoreFallbackFolders=" + packageFolder
    ]

/// The same for a verb that builds.
let private intoOut = [ "-c"; "Release"; "-o"; "out" ] @ fromPackages

let private place (name: string) (files: (string * string) list) =
    let folder = Path.Combine(scratch, name)
    Directory.CreateDirectory folder |> ignore

    for file, content in files do
        File.WriteAllText(Path.Combine(folder, file), content)

    folder

/// What became of an installation.
type Installed =
    | Works
    | Broken of string
    /// This machine's feed lacks what it takes.
    | Missing of string

let private step (name: string) (run: unit -> int) =
    match run () with
    | 0 -> Works
    | code -> Broken $"{name} ended with exit code {code}"

/// Runs steps until one fails.
let rec private inOrder (steps: (string * (unit -> int)) list) =
    match steps with
    | [] -> Works
    | (name, run) :: rest ->
        match step name run with
        | Works -> inOrder rest
        | other -> other

/// README's C# example as a program that ends with 0 when the encrypted run gave what the clear one gave.
let private example () =
    let lines = File.ReadAllLines(inTree [ "README.md" ])

    let code =
        lines
        |> Seq.skipWhile ((<>) "```csharp")
        |> Seq.skip 1
        |> Seq.takeWhile ((<>) "```")
        |> List.ofSeq

    String.concat
        "\n"
        ("using ConcreteMl;" :: code
         @ [
             "return clear[0].ToDoubles().SequenceEqual(encrypted[0].ToDoubles()) ? 0 : 1;"
             ""
         ])

let private application (properties: string) =
    String.concat
        "\n"
        [
            "<Project Sdk=\"Microsoft.NET.Sdk\">"
            "  <PropertyGroup>"
            "    <TargetFramework>net10.0</TargetFramework>"
            "    <OutputType>Exe</OutputType>"
            "    <AssemblyName>example</AssemblyName>"
            "    <Nullable>enable</Nullable>"
            "    <ImplicitUsings>enable</ImplicitUsings>"
            properties
            "  </PropertyGroup>"
            "  <ItemGroup>"
            "    <PackageReference Include=\"ConcreteMl.Compiler\" Version=\"*\" />"
            "  </ItemGroup>"
            "</Project>"
        ]

let private exampleIn (name: string) (properties: string) =
    place name [ "example.csproj", application properties; "Program.cs", example () ]

/// Runs the example beside a copy of its model, so that what it writes stays out of the source tree.
let private runExample folder () =
    let model = Path.Combine("tests", "models", "digits_mlp")
    Directory.CreateDirectory(Path.Combine(folder, model)) |> ignore

    for file in Directory.EnumerateFiles(inTree [ model ]) do
        File.Copy(file, Path.Combine(folder, model, Path.GetFileName file), true)

    exitCode folder (Path.Combine(folder, "out", "example")) []

let private built () =
    let folder = exampleIn "example" ""

    inOrder
        [
            "dotnet build", (fun () -> exitCode folder "dotnet" ("build" :: intoOut))
            "the example", runExample folder
        ]

/// A published application needs packages of the SDK that a feed may lack. That ours restore is what `built` shows.
let private published (name: string) (properties: string) =
    let folder = exampleIn name properties

    let runtime =
        [
            $"-p:RuntimeIdentifier={RuntimeInformation.RuntimeIdentifier}"
            "-p:SelfContained=true"
        ]

    if exitCode folder "dotnet" ("restore" :: runtime @ fromPackages) <> 0 then
        Missing "the feed has not what publishing takes"
    else
        inOrder
            [
                "dotnet publish", (fun () -> exitCode folder "dotnet" ("publish" :: runtime @ intoOut))
                "the example", runExample folder
            ]

/// A project of samples/, copied.
let private sample (name: string) =
    let files =
        Directory.EnumerateFiles(inTree [ "samples"; name ])
        |> Seq.map (fun file -> Path.GetFileName file, File.ReadAllText file)
        |> List.ofSeq

    let folder = place name files

    inOrder
        [
            "dotnet build", (fun () -> exitCode folder "dotnet" ("build" :: intoOut))
            name,
            (fun () ->
                exitCode
                    folder
                    "dotnet"
                    [
                        Path.Combine("out", name + ".dll")
                        inTree [ "tests"; "models"; "digits_mlp" ]
                    ])
        ]

/// The C# samples together, copied: they serve and wait, so building is what is tried here; tests run what they show.
let private servers () =
    let projects =
        [
            "TwoMachines/Server/Server.csproj"
            "TwoMachines/Client/Client.csproj"
            "Cluster/Front/Front.csproj"
            "Cluster/Silo/Silo.csproj"
        ]

    let folder = place "servers" []

    for project in projects do
        let from = Path.GetDirectoryName(inTree [ "samples"; project ])
        let target = Path.GetDirectoryName(Path.Combine(folder, project))
        Directory.CreateDirectory target |> ignore

        for file in Directory.EnumerateFiles from do
            File.Copy(file, Path.Combine(target, Path.GetFileName file), true)

    let lines =
        [ "<Solution>" ]
        @ (projects |> List.map (fun project -> $"  <Project Path=\"{project}\" />"))
        @ [ "</Solution>" ]

    File.WriteAllLines(Path.Combine(folder, "servers.slnx"), lines)

    if exitCode folder "dotnet" ([ "restore"; "Cluster/Silo" ] @ fromPackages) <> 0 then
        Missing "the feed has not what the cluster's membership takes"
    else
        step "dotnet build" (fun () -> exitCode folder "dotnet" ([ "build"; "-c"; "Release" ] @ fromPackages))

/// The page of samples/Browser where its test looks for it.
let private page () =
    let sample = Path.Combine("samples", "Browser")
    let out = inTree [ "artifacts"; sample; "out" ]

    if exitCode root "dotnet" ([ "restore"; sample ] @ fromPackages) <> 0 then
        Missing "the feed has not what applications in browsers take"
    else
        step "dotnet publish" (fun () -> exitCode root "dotnet" ([ "publish"; sample; "-c"; "Release"; "-o"; out ] @ fromPackages))

let private tool () =
    let folder = place "tool" []

    let install =
        [
            "tool"
            "install"
            "ConcreteMl.Cli"
            "--tool-path"
            "."
            "--add-source"
            inTree [ "artifacts"; "packages" ]
        ]

    inOrder
        [
            "dotnet tool install", (fun () -> exitCode folder "dotnet" install)
            "concreteml explain", (fun () -> exitCode folder (Path.Combine(folder, "concreteml")) [ "explain"; "CML1001" ])
        ]

/// What was packed, installed and run.
let installs () =
    if Directory.Exists scratch then
        Directory.Delete(scratch, true)

    [
        "README's C# example on packages", built ()
        "a trimmed application", published "trimmed" "    <PublishTrimmed>true</PublishTrimmed>"
        "an ahead-of-time compiled application",
        published "native" "    <PublishAot>true</PublishAot><CppCompilerAndLinker>gcc</CppCompilerAndLinker>"
        "sample ResearchPass (F#)", sample "ResearchPass"
        "sample ResearchQuantizer (F#)", sample "ResearchQuantizer"
        "samples TwoMachines and Cluster (C#)", servers ()
        "sample Browser, published", page ()
        "the tool", tool ()
    ]

/// Packs, installs, and says what does not work.
let install () =
    Packages.pack ()
    let results = installs ()

    for name, result in results do
        printfn "%s: %A" name result

    exit (
        if results |> List.exists (fun (_, result) -> result.IsBroken) then
            1
        else
            0
    )
