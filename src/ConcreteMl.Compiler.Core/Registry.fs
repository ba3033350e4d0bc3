namespace ConcreteMl.Compiler.Core

open System
open ConcreteMl.Compiler.Core.Base

/// Every step that has a name: those of the pipeline, in its order, with the reason of their place.
[<RequireQualifiedAccess>]
module Registry =

    /// All steps, each once, in the order of the pipeline; names are unique.
    let all: Step list =
        Pipeline.all false @ Pipeline.all true |> List.distinctBy _.Name

    let private distance (a: string) (b: string) =
        let mutable previous = Array.init (b.Length + 1) id

        for i in 1 .. a.Length do
            let current = Array.create (b.Length + 1) i

            for j in 1 .. b.Length do
                let change = if a[i - 1] = b[j - 1] then 0 else 1
                current[j] <- min (min (current[j - 1] + 1) (previous[j] + 1)) (previous[j - 1] + change)

            previous <- current

        previous[b.Length]

    /// The step of a name, or the nearest names (CML7001).
    let find (name: string) : Result<Step, Diagnostic list> =
        match all |> List.tryFind (fun step -> step.Name = name) with
        | Some step -> Ok step
        | None ->
            let near =
                all
                |> List.map (fun step -> distance name step.Name, step.Name)
                |> List.filter (fun (away, _) -> away <= max 2 (name.Length / 3))
                |> List.sort
                |> List.truncate 3
                |> List.map snd

            let expected =
                if near.IsEmpty then
                    "a name that `concreteml passes` lists"
                else
                    String.Join(" or ", near)

            Error
                [
                    Diagnostic.error "CML7001" name $"no step is called '{name}'" expected "`concreteml passes` lists all steps."
                ]

    /// A step as it is written on a command line, `name` or `name[option=value,…]`; an option without a value is a flag that is
    /// set. CML7001 to CML7003.
    let parse (text: string) : Result<Step, Diagnostic list> =
        let text = text.Trim()
        let start = text.IndexOf '['

        if start < 0 || not (text.EndsWith ']') then
            find text
        else
            let options =
                text[start + 1 .. text.Length - 2].Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
                |> Array.map (fun part ->
                    match part.IndexOf '=' with
                    | -1 -> part, "true"
                    | at -> part[.. at - 1].Trim(), part[at + 1 ..].Trim())
                |> Map.ofArray

            find (text[.. start - 1].Trim()) |> Result.bind (Step.withOptions options)
