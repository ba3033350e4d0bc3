namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core

type ImportOptions =
    {
        /// Binds the batch, the leading dimension of each input, to 1 where the model leaves it open.
        BindBatch: bool
        /// The shapes of one sample, by input: sizes that the model leaves open are taken from there.
        Sizes: Map<string, int[]>
    }

/// Why a node cannot be imported; collected, never shown as an exception.
type ImportException(diagnostic: Diagnostic) =
    inherit System.Exception(diagnostic.Message)
    member _.Diagnostic = diagnostic

/// What a name of the ONNX graph stands for.
[<RequireQualifiedAccess>]
type Binding =
    | Value of ValueId
    /// An initializer that no node has read yet.
    | Initializer of Onnx.NamedTensor
    /// A sequence of tensors, whose length is known.
    | Sequence of ValueId list
    /// An optional without content; one with content is its content.
    | Absent
    /// The result of a node that was refused; nodes that read it are skipped.
    | Failed

/// Integer codes of a quantized value: round(Real / Scale) + Zero, saturated to [Low, High].
type QuantizedCodes =
    {
        Real: ValueId
        Scale: Tensor
        Zero: Tensor
        Low: float
        High: float
        /// The dequantized value, where the codes were moved since they were made.
        Settled: ValueId option
    }

/// The float graph while it grows: names, types and, where they are known, values.
[<Sealed>]
type ImportScope(graphName: string, forCircuit: bool, mayMiss: Lazy<bool>) =
    let builder = GraphBuilder<Op, ValueType>(graphName)
    let known = List<Operand>()
    // Names by graph, the innermost first: bodies of control flow see the names of the graphs around them.
    let names = Stack<Dictionary<string, Binding>>([ Dictionary<string, Binding>() ])
    let codes = Dictionary<ValueId, QuantizedCodes>()
    let wanted = HashSet<string>()

    let register (ValueId index) operand =
        if index <> known.Count then
            invalidOp "values are registered in order"

        known.Add operand

    member _.Operand(ValueId index) = known[index]

    /// Whether the graph is to be quantized, so that what a model decides at run time has to be decided by calibration.
    member _.ForCircuit = forCircuit

    /// Whether calibration holds missing values (NaN), so that numbers have to stand in for them.
    member _.MayMiss = mayMiss.Value

    /// Constants of element types narrower than those that hold them, by ONNX's name of the type.
    member val Narrow = Dictionary<string, string>()

    /// Names of values that had to be constant and were not.
    member _.Wanted = wanted

    /// Values that are codes of a quantizer, so that the dequantizer behind it can be joined with it.
    member _.Codes = codes

    member _.TryFind(name: string) =
        names
        |> Seq.tryPick (fun own ->
            match own.TryGetValue name with
            | true, binding -> Some binding
            | _ -> None)

    member _.Bind(name: string, binding: Binding) = names.Peek()[name] <- binding

    /// Binds a name anew in the graph that defines it.
    member _.Rebind(name: string, binding: Binding) =
        let own =
            names
            |> Seq.tryFind (fun own -> own.ContainsKey name)
            |> Option.defaultWith (fun () -> names.Peek())

        own[name] <- binding

    /// Runs an action within a graph of its own names.
    member _.Inside(action: unit -> 'T) : 'T =
        names.Push(Dictionary<string, Binding>())

        try
            action ()
        finally
            names.Pop() |> ignore

    member _.Input(name: string, valueType: ValueType) =
        let value = builder.Input(name, valueType)
        register value { Type = valueType; Value = None }
        names.Peek()[name] <- Binding.Value value

    /// Adds a node with this many results; Error tells why its operands do not fit.
    member _.Node(op: Op, operands: ValueId list, results: int, origin: Origin) : Result<ValueId[], string> =
        operands
        |> List.map (fun (ValueId index) -> known[index])
        |> TypeInference.operands op
        |> Result.map (fun inferred ->
            let inferred = List.truncate results inferred

            let values =
                builder.Node(op, operands, inferred |> List.map (fun result -> result.Type), origin)

            Seq.iter2 register values inferred
            values)

    member _.Build(outputs: Port seq) = builder.Build outputs

/// One ONNX node on its way into the float graph: its inputs, attributes and opset, and what importers may add for it.
[<Sealed>]
type NodeScope(scope: ImportScope, node: Onnx.Node, opset: int) =

    let title =
        if node.Domain = "" then
            node.OpType
        else
            $"{node.Domain}.{node.OpType}"

    member _.Node = node
    member _.ForCircuit = scope.ForCircuit
    member _.MayMiss = scope.MayMiss

    /// ONNX's name of an input's element type where it is narrower than the one that holds it; "" otherwise.
    member _.NarrowType(index: int) : string =
        match node.Inputs |> Array.tryItem index |> Option.map scope.Narrow.TryGetValue with
        | Some(true, name) -> name
        | _ -> ""

    /// The version of the node's domain that gives it its meaning.
    member _.Opset = opset

    /// Ends the import of this node with a finding.
    member _.Refuse(code: string, message: string, expected: string, cure: string) : 'T =
        raise (ImportException(Diagnostic.error code node.Name $"{title} (opset {opset}): {message}" expected cure))

    member this.RefuseAttribute(message: string, expected: string) : 'T =
        this.Refuse("CML1101", message, expected, "Export the model with that form of the operator, or rewrite the layer.")

    member this.Add(op: Op, operands: ValueId list, results: int) : ValueId[] =
        match scope.Node(op, operands, results, [ node.Name ]) with
        | Ok values ->
            Array.iter this.Bound values
            values
        | Error problem ->
            this.Refuse(
                "CML1105",
                problem,
                "operands whose types and shapes fit together",
                "Check the model with its exporter's own checker, and export it again."
            )

    /// Refuses a value that every sample would have to make and that no network has.
    member private this.Bound(value: ValueId) =
        match scope.Operand value with
        | {
              Value = None
              Type = { Dims = Some dims } as valueType
          } ->
            let size =
                dims
                |> Array.fold
                    (fun product dim ->
                        match dim with
                        | Dim.Known size -> product * float size
                        | Dim.Dynamic -> product)
                    1.0

            if size > float Shape.mostComputed then
                this.Refuse(
                    "CML1032",
                    $"a value of type {ValueType.print valueType} has too many elements",
                    $"at most {Shape.mostComputed} elements of a value that depends on an input",
                    "Check the shapes with which the model was exported."
                )
        | _ -> ()

    /// Adds an operation with one result.
    member this.Add(op: Op, operands: ValueId list) : ValueId = this.Add(op, operands, 1)[0]

    member this.Constant(value: Tensor) : ValueId = this.Add(Op.Constant value, [])

    member this.Integers(values: int seq) : ValueId =
        let values = values |> Seq.map int64 |> Array.ofSeq
        this.Constant(Tensor.ofInt64 [| values.Length |] values)

    /// A scalar in the element type of another value.
    member this.Scalar(like: ValueId, value: float) : ValueId =
        this.Constant(Elements.ofFloat64s (this.Type like).Element [||] [| value |])

    member _.Type(value: ValueId) : ValueType = scope.Operand(value).Type

    member this.Dims(value: ValueId) : Dim[] =
        match (this.Type value).Dims with
        | Some dims -> dims
        | None ->
            this.Refuse(
                "CML1106",
                $"the rank of an operand is unknown ({ValueType.print (this.Type value)})",
                "an operand whose rank does not depend on data",
                "Declare the shapes of the model's inputs."
            )

    member this.Rank(value: ValueId) = (this.Dims value).Length

    member this.Shape(value: ValueId) : int[] =
        match ValueType.tryShape (this.Type value) with
        | Some shape -> shape
        | None ->
            this.Refuse(
                "CML1106",
                $"the shape of an operand is unknown ({ValueType.print (this.Type value)})",
                "an operand whose shape does not depend on data",
                "Declare the shapes of the model's inputs."
            )

    /// A dimension that must not depend on data.
    member this.Size(dim: Dim) : int =
        match dim with
        | Dim.Known size -> size
        | Dim.Dynamic ->
            this.Refuse(
                "CML1106",
                "a dimension of an operand is unknown",
                "a dimension that does not depend on data",
                "Declare the shapes of the model's inputs."
            )

    /// The axis in [0, rank) that a possibly negative one names.
    member this.Axis(rank: int, axis: int) : int =
        match Shape.tryAxis rank axis with
        | Some axis -> axis
        | None -> this.Refuse("CML1105", $"axis {axis} of a tensor of rank {rank}", "an axis that exists", "Export the model again.")

    /// The number of inputs, trailing omitted ones not counted.
    member _.Arity =
        match Array.tryFindIndexBack ((<>) "") node.Inputs with
        | Some last -> last + 1
        | None -> 0

    member this.TryInput(index: int) : ValueId option =
        if index >= node.Inputs.Length || node.Inputs[index] = "" then
            None
        else
            match scope.TryFind node.Inputs[index] with
            | Some(Binding.Value value) -> Some value
            | Some(Binding.Initializer({ Value = Ok tensor })) ->
                let value = this.Constant tensor
                scope.Rebind(node.Inputs[index], Binding.Value value)
                Some value
            | Some(Binding.Initializer({ Value = Error reason })) ->
                this.Refuse(
                    "CML1102",
                    $"the constant {node.Inputs[index]} has an element type that cannot be computed in: {reason}",
                    "booleans, integers or floats of 16, 32 or 64 bits",
                    "Convert the constant, or the layer that uses it."
                )
            | Some Binding.Absent -> None
            | Some(Binding.Sequence _) ->
                this.Refuse(
                    "CML1102",
                    $"input {index} ({node.Inputs[index]}) is a sequence of tensors",
                    "a tensor",
                    "Take an element of it (SequenceAt), or join them (ConcatFromSequence)."
                )
            | Some Binding.Failed
            | None ->
                this.Refuse("CML1105", $"input {node.Inputs[index]} is not defined", "a value defined before", "Export the model again.")

    /// What an input stands for: a tensor, a sequence, or an empty optional; None where it is left out.
    member this.TryBinding(index: int) : Binding option =
        if index >= node.Inputs.Length || node.Inputs[index] = "" then
            None
        else
            match scope.TryFind node.Inputs[index] with
            | Some(Binding.Sequence _ | Binding.Absent as binding) -> Some binding
            | _ -> this.TryInput index |> Option.map Binding.Value

    member this.Input(index: int) : ValueId =
        match this.TryInput index with
        | Some value -> value
        | None -> this.Refuse("CML1105", $"input {index} is missing", "all required inputs", "Export the model again.")

    /// The operands at these positions and, where present, later optional ones.
    member this.Inputs: ValueId list = List.init this.Arity this.Input

    member _.TryValue(value: ValueId) : Tensor option =
        scope.Operand(value).Value |> Option.map (fun value -> value.Force())

    member _.TryCodes(value: ValueId) : QuantizedCodes option =
        match scope.Codes.TryGetValue value with
        | true, codes -> Some codes
        | _ -> None

    member _.Remember(value: ValueId, codes: QuantizedCodes) = scope.Codes[value] <- codes

    /// The value of an input that must not depend on the model's inputs.
    member this.ConstantValue(index: int, role: string) : Tensor =
        match this.TryValue(this.Input index) with
        | Some tensor -> tensor
        | None ->
            scope.Wanted.Add node.Inputs[index] |> ignore

            this.Refuse(
                "CML1104",
                $"{role} ({node.Inputs[index]}) depends on the model's inputs",
                $"constant {role}",
                "Make it a constant or compute it from shapes alone."
            )

    member this.TryConstantValue(index: int, role: string) : Tensor option =
        if index < this.Arity && node.Inputs[index] <> "" then
            Some(this.ConstantValue(index, role))
        else
            None

    member _.Has(attribute: string) =
        (Onnx.Attributes.tryFind attribute node).IsSome

    member _.Int(attribute: string, fallback: int) =
        Elements.saturated (Onnx.Attributes.int attribute (int64 fallback) node)

    member _.Float(attribute: string, fallback: float32) =
        Onnx.Attributes.float attribute fallback node

    member _.Flag(attribute: string, fallback: bool) =
        Onnx.Attributes.flag attribute fallback node

    member _.Text(attribute: string, fallback: string) =
        Onnx.Attributes.text attribute fallback node

    /// The element type that an attribute names by number.
    member this.Element(attribute: string, fallback: Element) : Element =
        match this.Has attribute, Onnx.ElementType.ofNumber (this.Int(attribute, 0)) with
        | false, _ -> fallback
        | true, Ok element -> element
        | true, Error name -> this.RefuseAttribute($"{attribute} = {name}", "booleans, integers or floats of 16, 32 or 64 bits")

    member _.TryInts(attribute: string) =
        Onnx.Attributes.tryInts attribute node
        |> Option.map (Array.map Elements.saturated)

    /// The integers of a list attribute; none where it is absent.
    member _.Int64s(attribute: string) : int64[] =
        Onnx.Attributes.tryInts attribute node |> Option.defaultValue [||]

    /// The numbers of a list attribute; none where it is absent.
    member _.Float32s(attribute: string) : float32[] =
        Onnx.Attributes.tryFloats attribute node |> Option.defaultValue [||]

    /// The texts of a list attribute; none where it is absent.
    member _.Texts(attribute: string) : string[] =
        match Onnx.Attributes.tryFind attribute node with
        | Some(Onnx.Attribute.Texts values) -> values
        | _ -> [||]

    /// Attribute `name` before opset `since`, input `index` from then on; None when absent.
    member this.IntsOrInput(since: int, attribute: string, index: int) : int[] option =
        if opset < since then
            this.TryInts attribute
        else
            this.TryConstantValue(index, attribute) |> Option.map Elements.integers

/// Adds what a node means to the graph; returns the values of the node's outputs, fewer when the rest is of no use.
type Importer = NodeScope -> ValueId[]

/// Adds the nodes of a graph inside a node to the graph around it, its inputs bound as given; returns its outputs.
type BodyImporter = Onnx.Graph -> Binding list -> Binding[]

/// As `Importer`, for operators with bodies, sequences or optionals.
type FoldedImporter = BodyImporter -> NodeScope -> Binding[]
