namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Replaces calls of a model's local functions by the functions' nodes.
[<RequireQualifiedAccess>]
module Inline =

    type private Key = string * string * string

    type private Scope =
        {
            Model: Model
            Functions: Map<Key, Function>
            /// Every value name and every node name that is taken.
            ValueNames: HashSet<string>
            NodeNames: HashSet<string>
            /// Nodes made so far.
            mutable Count: int
            Found: List<Diagnostic>
        }

    /// A call within a call: what names and attributes of the body stand for.
    type private Frame =
        {
            /// The functions being expanded, innermost first.
            Path: Key list
            /// "" outside functions, else the calling node's name and a slash.
            Prefix: string
            Rename: string -> string
            /// What a reference to an attribute stands for; None: the attribute is left out.
            Attribute: string -> Attribute option
            /// The function's own imports; None outside functions.
            Opsets: (string * int64) list option
        }

    /// More nodes than any real model has: functions that call each other many times can grow exponentially.
    let private limit = 200_000

    /// Deeper nesting of calls than any real model has.
    let private depthLimit = 200

    let private key (node: Node) : Key = node.Domain, node.OpType, node.Overload

    let private keyOf (func: Function) : Key = func.Domain, func.Name, func.Overload

    let private unique (taken: HashSet<string>) (wanted: string) =
        let rec free count =
            let name = if count = 0 then wanted else $"{wanted}#{count}"
            if taken.Add name then name else free (count + 1)

        free 0

    let rec private collect (values: HashSet<string>) (names: HashSet<string>) (graph: Graph) =
        for info in Seq.concat [ graph.Inputs; graph.Outputs; graph.ValueInfos ] do
            values.Add info.Name |> ignore

        for tensor in graph.Initializers do
            values.Add tensor.Name |> ignore

        for node in graph.Nodes do
            names.Add node.Name |> ignore
            Seq.append node.Inputs node.Outputs |> Seq.iter (values.Add >> ignore)

            for _, value in node.Attributes do
                match value with
                | Attribute.Graph inner -> collect values names inner
                | Attribute.Graphs inner -> Array.iter (collect values names) inner
                | _ -> ()

    let private renameInfo rename (info: ValueInfo) = { info with Name = rename info.Name }

    let private renameTensor rename (tensor: NamedTensor) =
        { tensor with
            Name = rename tensor.Name
        }

    /// The version by which a body's node is read, where it differs from the model's import.
    let private opset (scope: Scope) (frame: Frame) (node: Node) =
        match frame.Opsets with
        | None -> node.Opset
        | Some imports ->
            let own = Opset.ofImports imports node.Domain

            if own = Opset.ofImports scope.Model.Opsets node.Domain then
                None
            else
                own

    let private copy name source target =
        {
            Name = name
            OpType = "Identity"
            Domain = ""
            Overload = ""
            Opset = None
            Inputs = [| source |]
            Outputs = [| target |]
            Attributes = []
        }

    let rec private substitute (scope: Scope) (frame: Frame) (name: string, value: Attribute) =
        match value with
        | Attribute.Reference outer -> frame.Attribute outer |> Option.map (fun value -> name, value)
        | Attribute.Graph graph -> Some(name, Attribute.Graph(subgraph scope frame graph))
        | Attribute.Graphs graphs -> Some(name, Attribute.Graphs(Array.map (subgraph scope frame) graphs))
        | other -> Some(name, other)

    and private subgraph (scope: Scope) (frame: Frame) (graph: Graph) : Graph =
        {
            Name = graph.Name
            Inputs = Array.map (renameInfo frame.Rename) graph.Inputs
            Outputs = Array.map (renameInfo frame.Rename) graph.Outputs
            ValueInfos = Array.map (renameInfo frame.Rename) graph.ValueInfos
            Initializers = Array.map (renameTensor frame.Rename) graph.Initializers
            Nodes = nodes scope frame graph.Nodes
        }

    and private nodes (scope: Scope) (frame: Frame) (body: Node[]) : Node[] =
        body |> Array.collect (node scope frame)

    and private node (scope: Scope) (frame: Frame) (node: Node) : Node[] =
        let renamed =
            { node with
                Name =
                    if frame.Prefix = "" then
                        node.Name
                    else
                        unique scope.NodeNames (frame.Prefix + node.Name)
                Inputs = Array.map frame.Rename node.Inputs
                Outputs = Array.map frame.Rename node.Outputs
                Opset = opset scope frame node
                Attributes = List.choose (substitute scope frame) node.Attributes
            }

        scope.Count <- scope.Count + 1

        if scope.Count > limit then
            [||]
        else
            match Map.tryFind (key node) scope.Functions with
            | None -> [| renamed |]
            | Some func when List.contains (key node) frame.Path || List.length frame.Path >= depthLimit ->
                scope.Found.Add(recursion renamed func)
                [||]
            | Some func -> call scope frame renamed func

    and private recursion (node: Node) (func: Function) =
        Diagnostic.error
            "CML1024"
            node.Name
            $"the function {func.Name} calls itself, or calls are nested more than {depthLimit} deep"
            "functions that end, without recursion"
            "Export the model without recursive functions."

    and private call (scope: Scope) (frame: Frame) (node: Node) (func: Function) : Node[] =
        let names = Dictionary<string, string>()

        let at (given: string[]) index =
            if index < given.Length then given[index] else ""

        let fresh (name: string) =
            unique scope.ValueNames $"{node.Name}/{name}"

        func.Inputs
        |> Array.iteri (fun index name -> names[name] <- at node.Inputs index)

        // An output that is an input as well is copied after the body; all others are written under the caller's name.
        let copies =
            func.Outputs
            |> Array.mapi (fun index name -> name, at node.Outputs index)
            |> Array.filter (fun (name, target) ->
                if names.ContainsKey name then
                    target <> ""
                else
                    names[name] <- (if target = "" then fresh name else target)
                    false)

        let rename (name: string) =
            if name = "" then
                ""
            else
                match names.TryGetValue name with
                | true, value -> value
                | false, _ ->
                    names[name] <- fresh name
                    names[name]

        let attribute name =
            Attributes.tryFind name node
            |> Option.orElse (
                func.Defaults
                |> List.tryPick (fun (key, value) -> if key = name then Some value else None)
            )

        let inner =
            {
                Path = keyOf func :: frame.Path
                Prefix = node.Name + "/"
                Rename = rename
                Attribute = attribute
                Opsets = Some func.Opsets
            }

        let copied =
            copies
            |> Array.map (fun (source, target) -> copy (unique scope.NodeNames $"{node.Name}/{target}") names[source] target)

        Array.append (nodes scope inner func.Nodes) copied

    let private tooLarge (model: Model) =
        Diagnostic.error
            "CML1025"
            model.Graph.Name
            $"with its functions inlined the model has more than {limit} nodes"
            $"at most {limit} nodes"
            "Export the model with fewer nested functions."

    /// The model with all calls of its local functions replaced by their nodes, and without functions. Attribute
    /// references take the call's values or the defaults; nodes and inner values get unique names below the call's;
    /// nodes keep the operator set version of their function in `Opset`.
    /// Errors: CML1024 recursion or nesting beyond 200 calls, CML1025 more than 200,000 nodes.
    let functions (model: Model) : Result<Model, Diagnostic list> =
        if Array.isEmpty model.Functions then
            Ok model
        else
            let scope =
                {
                    Model = model
                    Functions = model.Functions |> Seq.map (fun func -> keyOf func, func) |> Map.ofSeq
                    ValueNames = HashSet<string>()
                    NodeNames = HashSet<string>()
                    Count = 0
                    Found = List<Diagnostic>()
                }

            collect scope.ValueNames scope.NodeNames model.Graph

            let frame =
                {
                    Path = []
                    Prefix = ""
                    Rename = id
                    Attribute = fun _ -> None
                    Opsets = None
                }

            let graph = subgraph scope frame model.Graph

            if scope.Count > limit then
                Error [ tooLarge model ]
            elif scope.Found.Count > 0 then
                Error(scope.Found |> Seq.distinctBy (fun finding -> finding.Message) |> List.ofSeq)
            else
                Ok
                    { model with
                        Graph = graph
                        Functions = [||]
                    }
