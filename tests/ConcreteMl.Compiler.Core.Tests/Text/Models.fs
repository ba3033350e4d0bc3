/// The ONNX files that tests read.
module ConcreteMl.Compiler.Core.Tests.Text.Models

open System
open System.IO

/// The folder that holds the repository: the nearest one above that has the solution.
let root =
    let rec above (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith "the tests run outside the repository"
        | folder when File.Exists(Path.Combine(folder.FullName, "ConcreteMl.Compiler.sln")) -> folder.FullName
        | folder -> above folder.Parent

    above (DirectoryInfo AppContext.BaseDirectory)

/// A file of a model in `tests/models`.
let file (model: string) (name: string) =
    Path.Combine(root, "tests", "models", model, name)

/// Models of `tests/models` and the demo, and those of the folder that CONCRETEML_ZOO names, or that lies beside the repository.
let files () : string list =
    let below folder =
        if Directory.Exists folder then
            Directory.GetFiles(folder, "*.onnx", SearchOption.AllDirectories)
            |> Array.sort
            |> List.ofArray
        else
            []

    let zoo =
        match Environment.GetEnvironmentVariable "CONCRETEML_ZOO" with
        | null -> Path.Combine(root, "..", "shared", "zoo")
        | folder -> folder

    below (Path.Combine(root, "tests", "models"))
    @ below (Path.Combine(root, "demo"))
    @ below zoo
