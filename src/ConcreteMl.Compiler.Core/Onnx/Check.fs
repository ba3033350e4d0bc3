namespace ConcreteMl.Compiler.Core.Onnx

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Onnx.Checks

/// Whether a decoded model keeps ONNX's rules, as far as they matter for compiling it.
[<RequireQualifiedAccess>]
module Check =

    let private note code node message =
        Diagnostic.create Severity.Note code (Some node) message "" "Nothing has to be done unless the import goes wrong."

    let private irVersion (model: Model) =
        if model.IrVersion < 1L then
            [
                Diagnostic.error
                    "CML1010"
                    model.Graph.Name
                    $"the model's IR version is {model.IrVersion}"
                    $"a version from 1 to {Opset.newestIr}"
                    "Export the model again."
            ]
        elif model.IrVersion > Opset.newestIr then
            [
                note
                    "CML1010"
                    model.Graph.Name
                    $"the model's IR version {model.IrVersion} is newer than {Opset.newestIr}, the newest known here"
            ]
        else
            []

    /// The domains that nodes use, each with the first node that does.
    let private usedDomains (nodes: Node[]) =
        let firsts = Dictionary<string, string>()

        let rec visit (node: Node) =
            firsts.TryAdd(node.Domain, node.Name) |> ignore

            for _, value in node.Attributes do
                match value with
                | Attribute.Graph graph -> Array.iter visit graph.Nodes
                | Attribute.Graphs graphs -> graphs |> Array.iter (fun graph -> Array.iter visit graph.Nodes)
                | _ -> ()

        Array.iter visit nodes

        firsts
        |> Seq.map (fun entry -> entry.Key, entry.Value)
        |> Seq.sort
        |> List.ofSeq

    let private shown domain =
        if domain = "" then "ai.onnx" else domain

    /// Missing imports: an error for ai.onnx, whose version decides what nodes mean; other domains are read as version 1.
    let private missingImports (imports: (string * int64) list) (nodes: Node[]) (irVersion: int64) =
        usedDomains nodes
        |> List.filter (fun (domain, _) -> Opset.ofImports imports domain = None)
        |> List.map (fun (domain, node) ->
            let create =
                if domain = "" && irVersion >= 3L then
                    Diagnostic.error
                else
                    Diagnostic.warning

            create
                "CML1011"
                node
                $"the node's domain {shown domain} is not imported"
                "an operator set version for every domain in use"
                "Export the model again, or add the import.")

    let private imports (place: string) (imports: (string * int64) list) =
        [
            for domain, version in List.distinct imports do
                if version < 1L then
                    Diagnostic.error
                        "CML1011"
                        place
                        $"the domain {shown domain} is imported with version {version}"
                        "a version of at least 1"
                        "Export the model again."
                elif domain = "" && version > int64 Opset.newest then
                    note
                        "CML1023"
                        place
                        $"operator set {version} is newer than {Opset.newest}, the newest known here; nodes are read as in {Opset.newest}"

            for domain, versions in imports |> List.distinct |> List.groupBy fst do
                if versions.Length > 1 then
                    Diagnostic.warning
                        "CML1011"
                        place
                        $"the domain {shown domain} is imported with different versions"
                        "one version for each domain"
                        "Nothing has to be done: the largest version is used."
        ]

    let private repeatedFunctions (model: Model) =
        model.Functions
        |> Array.countBy (fun func -> func.Domain, func.Name, func.Overload)
        |> Array.filter (fun (_, count) -> count > 1)
        |> Array.map (fun ((domain, name, _), count) ->
            Diagnostic.error
                "CML1020"
                name
                $"the function {name} of domain {shown domain} is defined {count} times"
                "one definition of each domain, name and overload"
                "Export the model again.")
        |> List.ofArray

    let private func (scope: Scope) (irVersion: int64) (func: Function) =
        let scope =
            { scope with
                Imports = func.Opsets
                Parameters = Some(Set.ofSeq (Seq.append func.Attributes (Seq.map fst func.Defaults)))
            }

        scope.Found.AddRange(imports func.Name func.Opsets)
        scope.Found.AddRange(missingImports func.Opsets func.Nodes irVersion)
        NameChecks.func scope func
        NodeChecks.all scope func.Nodes

    /// All findings at once: errors CML1010 to CML1022 (IR version, imports, names, types, attributes, arity, functions),
    /// and notes where the model is newer than what is known here.
    let run (model: Model) : Diagnostic list =
        let scope =
            {
                Found = List<Diagnostic>()
                Imports = model.Opsets
                Functions =
                    model.Functions
                    |> Seq.map (fun func -> (func.Domain, func.Name, func.Overload), func)
                    |> Map.ofSeq
                Parameters = None
            }

        scope.Found.AddRange(irVersion model)
        scope.Found.AddRange(imports model.Graph.Name model.Opsets)
        scope.Found.AddRange(missingImports model.Opsets model.Graph.Nodes model.IrVersion)
        scope.Found.AddRange(repeatedFunctions model)
        NameChecks.main scope model.Graph
        NodeChecks.all scope model.Graph.Nodes
        model.Functions |> Array.iter (func scope model.IrVersion)
        List.ofSeq scope.Found
