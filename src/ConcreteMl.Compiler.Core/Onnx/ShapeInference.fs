namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Onnx.Shapes

/// Which symbolic dimensions get a size before inference.
type Bindings =
    {
        /// Size of the leading dimension of each real input where that is named or unknown; the name, when it has one,
        /// gets the size everywhere. None: stays symbolic.
        Batch: int64 option
        /// Sizes of further named dimensions.
        Names: Map<string, int64>
    }

[<RequireQualifiedAccess>]
module Bindings =

    /// All dimensions stay as the model declares them.
    let none = { Batch = None; Names = Map.empty }

    /// One sample at a time: the batch is 1.
    let sample = { Batch = Some 1L; Names = Map.empty }

/// Types by value name; names that are not in it have no known type.
type InferredTypes = IReadOnlyDictionary<string, ValueType>

/// Element types and shapes of all values of a model's main graph.
[<RequireQualifiedAccess>]
module ShapeInference =

    let private rules =
        let custom =
            List.allPairs [ "onnx.brevitas"; "qonnx.custom_op.general" ] [ "IntQuant"; "Quant" ]
            |> List.map (fun key ->
                key,
                fun (site: Site) ->
                    [
                        { Site.operand 0 site with
                            Items = None
                        }
                    ])

        [ ElementwiseRules.all; LinearRules.all; MoveRules.all; SliceRules.all ]
        |> List.concat
        |> List.map (fun (name, rule) -> ("", name), rule)
        |> List.append custom
        |> Map.ofList

    let private bind (names: Map<string, int64>) (valueType: ValueType) =
        let one dim =
            match dim with
            | Dimension.Named name -> Map.tryFind name names |> Option.map Dimension.Known |> Option.defaultValue dim
            | Dimension.Known _
            | Dimension.Unknown -> dim

        match valueType with
        | ValueType.Tensor(element, Some dims) -> ValueType.Tensor(element, Some(Array.map one dims))
        | ValueType.Tensor(_, None)
        | ValueType.Other _
        | ValueType.Missing -> valueType

    /// The names that the bindings give a size: their own, and those of the real inputs' leading dimensions.
    let private boundNames (bindings: Bindings) (inputs: ValueInfo[]) =
        match bindings.Batch with
        | None -> bindings.Names
        | Some batch ->
            (bindings.Names, inputs)
            ||> Array.fold (fun names input ->
                match input.Type with
                | ValueType.Tensor(_, Some dims) when dims.Length > 0 ->
                    match dims[0] with
                    | Dimension.Named name when not (names.ContainsKey name) -> names.Add(name, batch)
                    | _ -> names
                | _ -> names)

    let private bindLeading (bindings: Bindings) (valueType: ValueType) =
        match bindings.Batch, valueType with
        | Some batch, ValueType.Tensor(element, Some dims) when dims.Length > 0 && dims[0] = Dimension.Unknown ->
            ValueType.Tensor(element, Some(Array.updateAt 0 (Dimension.Known batch) dims))
        | _ -> valueType

    /// Whether a declaration says something else than inference; names do not count.
    let private contradicts (declared: ValueType) (inferred: ValueType) =
        match declared, inferred with
        | ValueType.Tensor(declaredElement, declaredDims), ValueType.Tensor(element, dims) ->
            // A constant of a narrow type is held in a wider one.
            (Result.isOk declaredElement && declaredElement <> element)
            || (match declaredDims, dims with
                | Some declared, Some inferred ->
                    declared.Length <> inferred.Length
                    || Array.exists2 (fun l r -> Dimensions.tryUnify l r = None) declared inferred
                | _ -> false)
        | _ -> false

    /// What inference left open, filled from the declaration.
    let private refine (declared: ValueType) (inferred: ValueType) =
        match declared, inferred with
        | _, ValueType.Missing -> declared
        | ValueType.Tensor(_, Some declared), ValueType.Tensor(element, None) -> ValueType.Tensor(element, Some declared)
        | ValueType.Tensor(_, Some declared), ValueType.Tensor(element, Some inferred) when declared.Length = inferred.Length ->
            let fill declared inferred =
                if inferred = Dimension.Unknown then declared else inferred

            ValueType.Tensor(element, Some(Array.map2 fill declared inferred))
        | _ -> inferred

    let private print (valueType: ValueType) =
        match valueType with
        | ValueType.Tensor(element, dims) ->
            let name =
                match element with
                | Ok element -> ElementType.name element
                | Error name -> name

            match dims with
            | Some dims -> name + Dimensions.print dims
            | None -> name
        | ValueType.Other name -> name
        | ValueType.Missing -> "no type"

    let private contradiction name declared inferred =
        Diagnostic.warning
            "CML1030"
            name
            $"the model declares the value as {print declared}, but its operators make {print inferred}"
            "a declaration that agrees with the graph"
            "Nothing has to be done: the inferred type is used. Exporting the model again without a fixed batch size avoids the warning."

    let private fixedBatchWarning name declared =
        Diagnostic.warning
            "CML1030"
            name
            $"the model declares the output as {print declared}, but its first dimension is the batch of the inputs"
            "a declaration that agrees with the graph"
            "Nothing has to be done: the inferred type is used. Exporting the model again with a named batch avoids the warning."

    let private impossible (node: Node) message =
        Diagnostic.error
            "CML1031"
            node.Name
            $"{node.OpType} cannot work on its operands: {message}"
            "operands whose shapes fit the operator"
            "Check the shapes with which the model was exported, above all a fixed batch size."

    /// Whether a tensor of this type has more elements than a value may have.
    let private isTooLarge (valueType: ValueType) =
        match valueType with
        | ValueType.Tensor(_, Some dims) ->
            match Dimensions.product (dims |> Array.filter ((<>) (Dimension.Known 0L))) with
            | Dimension.Known count -> count > Shape.mostElements
            | Dimension.Named _
            | Dimension.Unknown ->
                dims
                |> Array.exists (function
                    | Dimension.Known size -> size > Shape.mostElements
                    | _ -> false)
        | _ -> false

    let private tooLarge place name valueType =
        Diagnostic.error
            "CML1032"
            place
            $"the value '{name}' of type {print valueType} has too many elements"
            $"at most {Shape.mostElements} elements"
            "Check the shapes with which the model was exported."

    let private inferNode (model: Model) (values: Dictionary<string, Inferred>) (found: List<Diagnostic>) (node: Node) =
        let lookup name =
            match values.TryGetValue name with
            | true, value -> value
            | false, _ -> Inferred.missing

        match Map.tryFind (node.Domain, node.OpType) rules with
        | None -> []
        | Some rule ->
            try
                rule
                    {
                        Node = node
                        Version = Opset.ofNode model node
                        Operands = node.Inputs |> Array.map lookup
                    }
            with
            | ShapeContradiction message ->
                found.Add(impossible node message)
                []
            | :? OverflowException as problem ->
                found.Add(impossible node problem.Message)
                []

    /// Adds the results of a node, checked against and completed by what the model declares.
    let private record
        (declared: Dictionary<string, ValueType>)
        (values: Dictionary<string, Inferred>)
        (found: List<Diagnostic>)
        (node: Node)
        (results: Inferred list)
        =
        let results = Array.ofList results

        node.Outputs
        |> Array.iteri (fun index name ->
            let inferred =
                if index < results.Length then
                    results[index]
                else
                    Inferred.missing

            if name <> "" && isTooLarge inferred.Type then
                found.Add(tooLarge node.Name name inferred.Type)
            elif name <> "" then
                values[name] <-
                    match declared.TryGetValue name with
                    | true, claim when contradicts claim inferred.Type ->
                        found.Add(contradiction name claim inferred.Type)
                        inferred
                    | true, claim ->
                        { inferred with
                            Type = refine claim inferred.Type
                        }
                    | false, _ -> inferred)

    let private infer (bindings: Bindings) (model: Model) : Dictionary<string, Inferred> * List<Diagnostic> =
        let graph = model.Graph
        let inputs = Inputs.real graph
        let names = boundNames bindings inputs
        let found = List<Diagnostic>()
        let values = Dictionary<string, Inferred>()
        let declared = Dictionary<string, ValueType>()

        for info in Seq.append graph.ValueInfos graph.Outputs do
            declared[info.Name] <- bind names info.Type

        for input in inputs do
            values[input.Name] <-
                {
                    Type = input.Type |> bind names |> bindLeading bindings
                    Items = None
                }

            if isTooLarge values[input.Name].Type then
                found.Add(tooLarge input.Name input.Name values[input.Name].Type)

        for tensor in graph.Initializers do
            values[tensor.Name] <- Inferred.ofNamed tensor

        for node in graph.Nodes do
            inferNode model values found node |> record declared values found node

        values, found

    /// Outputs that declare a fixed batch although the graph follows the inputs' batch: seen by letting two samples in.
    let private fixedBatch (bindings: Bindings) (model: Model) (found: Diagnostic seq) : Diagnostic list =
        let reported = found |> Seq.choose (fun finding -> finding.Node) |> Set.ofSeq
        let pair, _ = infer { bindings with Batch = Some 2L } model

        model.Graph.Outputs
        |> Array.filter (fun output -> not (reported.Contains output.Name))
        |> Array.choose (fun output ->
            match pair.TryGetValue output.Name with
            | true, inferred ->
                match output.Type, inferred.Type with
                | ValueType.Tensor(_, Some declared), ValueType.Tensor(_, Some dims) when
                    dims.Length = declared.Length
                    && dims.Length > 0
                    && dims[0] = Dimension.Known 2L
                    && declared[0] = Dimension.Known 1L
                    ->
                    Some(fixedBatchWarning output.Name output.Type)
                | _ -> None
            | false, _ -> None)
        |> List.ofArray

    /// Infers the types of all values of the main graph, with symbolic dimensions bound as asked. Local functions should
    /// be inlined first. Findings: CML1030 (warning) where a declaration contradicts the operators, CML1031 (error)
    /// where operands do not fit an operator, CML1032 (error) where a value has more elements than an array can hold. Values of unknown operators have their declared type, if any.
    let run (bindings: Bindings) (model: Model) : InferredTypes * Diagnostic list =
        let values, found = infer bindings model
        let types = Dictionary<string, ValueType>()

        for entry in values do
            types[entry.Key] <- entry.Value.Type

        types,
        List.ofSeq found
        @ (if bindings.Batch = Some 1L then
               fixedBatch bindings model found
           else
               [])
