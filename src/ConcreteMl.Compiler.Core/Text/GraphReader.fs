/// Makes a graph of the operations that the reader found, and reports everything that does not fit.
module internal ConcreteMl.Compiler.Core.Text.GraphReader

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base

/// What is known while the lines of one graph are read in order.
type private Scope<'Op, 'Type> =
    {
        Syntax: StageSyntax<'Op, 'Type>
        Document: Document
        Report: TextError -> unit
        Values: Dictionary<string, ValueId * MlirType>
        /// Values whose definition is wrong: their uses are not reported again.
        Damaged: HashSet<string>
    }

    member this.Error(code, at, message, expected) =
        this.Report
            {
                Code = code
                At = at
                Message = message
                Expected = expected
            }

    member this.Define(at, name: string, id: ValueId, mlirType) =
        if not (this.Values.TryAdd(name, (id, mlirType))) then
            this.Error("CML9005", at, $"%%{name} is defined twice", "a new name for every value")

let private resolve (document: Document) (key: string) (mlirType: MlirType) : Result<Tensor, string> =
    match Map.tryFind key document.Resources, mlirType with
    | None, _ -> Error $"no large constant '{key}' stands in the dialect_resources block"
    | Some bytes, MlirType.Tensor(Some dims, element) when dims |> Array.forall Option.isSome ->
        let shape = dims |> Array.map Option.get
        let count = shape |> Array.fold (fun total size -> total * int64 size) 1L

        match MlirType.tryElement element with
        | Some element when count * int64 (Element.bytes element) = int64 bytes.Length ->
            match Tensor.tryOfBytes element shape (ReadOnlySpan bytes) with
            | Some tensor -> Ok tensor
            | None -> Error $"the bytes of '{key}' do not fill {MlirType.print mlirType}"
        | Some _ -> Error $"the {bytes.Length} bytes of '{key}' do not fill {MlirType.print mlirType}"
        | None -> Error $"{MlirType.print element} is no element type"
    | Some _, other -> Error $"'{key}' needs a tensor type of static shape, not {MlirType.print other}"

let private attributes (scope: Scope<'Op, 'Type>) at named =
    AttrReader(at, named, resolve scope.Document, scope.Report)

/// The operands that are defined, with a report for each that is not or has another type than its definition.
let private operands (scope: Scope<'Op, 'Type>) (operation: Operation) : ValueId list option =
    if operation.Operands.Length <> operation.OperandTypes.Length then
        scope.Error(
            "CML9007",
            operation.At,
            $"{operation.Operands.Length} operands have {operation.OperandTypes.Length} types",
            "one type for each operand"
        )

        None
    else
        let one (operand: Use) mlirType =
            match scope.Values.TryGetValue operand.Value with
            | true, (id, defined) when defined = mlirType -> Some id
            | true, (_, defined) ->
                scope.Error(
                    "CML9006",
                    operand.At,
                    $"%%{operand.Value} is used as {MlirType.print mlirType}",
                    $"{MlirType.print defined}, as it is defined"
                )

                None
            | false, _ ->
                if not (scope.Damaged.Contains operand.Value) then
                    scope.Error("CML9005", operand.At, $"%%{operand.Value} is not defined above this line", "a value of an earlier line")

                None

        let found = List.map2 one operation.Operands operation.OperandTypes

        if List.forall Option.isSome found then
            Some(List.map Option.get found)
        else
            None

/// A node that awaits the end of the text without errors.
type private ReadNode<'Op, 'Type> =
    {
        Op: 'Op
        Operands: ValueId list
        Types: 'Type list
        Origin: Origin
    }

let private resultTypes (scope: Scope<'Op, 'Type>) (reader: AttrReader) (operation: Operation) : 'Type list option =
    if operation.Results.Length <> operation.ResultTypes.Length then
        scope.Error(
            "CML9007",
            operation.At,
            $"{operation.Results.Length} results have {operation.ResultTypes.Length} types",
            "one type for each result"
        )

        None
    else
        let types =
            operation.ResultTypes
            |> List.mapi (fun index mlirType -> scope.Syntax.Types.Read mlirType (reader.OfResult index))

        if List.forall Option.isSome types then
            Some(List.map Option.get types)
        else
            None

/// Reads one line; None when something is wrong with it, which is reported.
let private node (scope: Scope<'Op, 'Type>) (operation: Operation) : ReadNode<'Op, 'Type> option =
    match scope.Syntax.Cases |> List.tryFind (fun case -> case.Mnemonic = operation.Name) with
    | None ->
        scope.Error(
            "CML9002",
            operation.At,
            $"operation \"{operation.Name}\" is not known",
            $"an operation of the stage, such as \"{scope.Syntax.Cases.Head.Mnemonic}\""
        )

        None
    | Some case ->
        let reader =
            AttrReader(operation.At, operation.Attributes, resolve scope.Document, scope.Report, operation.Blocks)

        let op = case.Read reader
        let types = resultTypes scope reader operation
        let operands = operands scope operation
        reader.Finish()

        if reader.HasUnreadRegion then
            scope.Error("CML9010", operation.At, $"\"{operation.Name}\" has a region", "no region")

        match op, types, operands with
        | Some op, Some types, Some operands ->
            Some
                {
                    Op = op
                    Operands = operands
                    Types = types
                    Origin = Location.origin scope.Document.Aliases operation.Location
                }
        | _ -> None

/// Reads the lines of the graph in order; ids are given as a builder gives them.
let private nodes (scope: Scope<'Op, 'Type>) firstId (operations: Operation list) =
    let mutable next = firstId
    let read = List<ReadNode<'Op, 'Type>>()

    for operation in operations do
        match node scope operation with
        | None -> operation.Results |> List.iter (scope.Damaged.Add >> ignore)
        | Some found ->
            List.iter2
                (fun name mlirType ->
                    scope.Define(operation.At, name, ValueId next, mlirType)
                    next <- next + 1)
                operation.Results
                operation.ResultTypes

            read.Add found

    List.ofSeq read

/// The entries of a port's dictionary, read by `fields`.
let private portEntries (scope: Scope<'Op, 'Type>) at (read: AttrReader -> 'T option) (attribute: Attr) : 'T option =
    match attribute with
    | Attr.Dictionary entries ->
        let named =
            entries
            |> List.map (fun (name, value) -> { Name = name; Value = value; At = at })

        let reader = attributes scope at named
        let result = read reader
        reader.Finish()
        result
    | _ ->
        scope.Error("CML9003", at, "a port is no dictionary", "{name = \"…\"}")
        None

let private inputs (scope: Scope<'Op, 'Type>) at (header: PortFields.Header) (arguments: BlockArgument list) =
    if header.Inputs.Length <> arguments.Length then
        scope.Error("CML9007", at, $"{arguments.Length} block arguments have {header.Inputs.Length} inputs", "one dictionary for each")

        arguments
        |> List.iter (fun argument -> scope.Damaged.Add argument.Name |> ignore)

        []
    else
        List.zip arguments header.Inputs
        |> List.mapi (fun index (argument, entries) ->
            scope.Define(argument.At, argument.Name, ValueId index, argument.Type)

            entries
            |> portEntries scope at (fun reader ->
                match PortFields.port.Read reader, scope.Syntax.Types.Read argument.Type reader with
                | Some(name, coding), Some valueType -> Some(name, valueType, coding)
                | _ -> None))
        |> List.choose id

let private outputs (scope: Scope<'Op, 'Type>) at (header: PortFields.Header) (last: Operation) =
    let values = operands scope last

    if header.Outputs.Length <> last.Operands.Length then
        scope.Error(
            "CML9007",
            at,
            $"{last.Operands.Length} returned values have {header.Outputs.Length} outputs",
            "one dictionary for each"
        )

        []
    else
        let ports = header.Outputs |> List.map (portEntries scope at PortFields.port.Read)

        match values with
        | Some values when List.forall Option.isSome ports ->
            List.map2
                (fun value port ->
                    let name, coding = Option.get port

                    {
                        Name = name
                        Value = value
                        Coding = coding
                    })
                values
                ports
        | _ -> []

let private build (header: PortFields.Header) inputs (nodes: ReadNode<'Op, 'Type> list) (outputs: Port list) =
    let builder = GraphBuilder<'Op, 'Type>(header.Name)

    for inputName, valueType, coding in inputs do
        match coding with
        | Some coding -> builder.Input(inputName, valueType, coding) |> ignore
        | None -> builder.Input(inputName, valueType) |> ignore

    for node in nodes do
        builder.Node(node.Op, node.Operands, node.Types, node.Origin) |> ignore

    builder.Build(outputs, header.Attributes)

/// The operations that a text holds, without the module around them.
let private unwrapped (document: Document) =
    match document.Operations with
    | [ outer ] when outer.Name = "builtin.module" -> outer.Blocks |> List.collect (fun block -> block.Operations)
    | operations -> operations

let private graphOf (scope: Scope<'Op, 'Type>) (operation: Operation) (block: Block) =
    let at = operation.At
    let reader = attributes scope at operation.Attributes
    let header = PortFields.header.Read reader
    reader.Finish()

    match header with
    | None -> None
    | Some header when header.Attributes.ContainsKey "" ->
        scope.Error("CML9004", at, "an attribute has no name", "a name for every attribute")
        None
    | Some header when header.Elided ->
        scope.Error("CML9009", at, "the constants of this text were left out when it was printed", "a text printed without --elide")
        None
    | Some header ->
        let inputs = inputs scope at header block.Arguments

        match List.tryLast block.Operations with
        | Some last when last.Name = $"{scope.Syntax.Prefix}.return" ->
            let nodes =
                nodes scope block.Arguments.Length (List.take (block.Operations.Length - 1) block.Operations)

            let outputs = outputs scope at header last
            Some(fun () -> build header inputs nodes outputs)
        | _ ->
            nodes scope block.Arguments.Length block.Operations |> ignore
            scope.Error("CML9010", at, "the graph does not end with its results", $"\"{scope.Syntax.Prefix}.return\" as the last operation")
            None

/// The graph that a text holds, or every error of the text in order.
let read (syntax: StageSyntax<'Op, 'Type>) (document: Document) : Result<Graph<'Op, 'Type>, TextError list> =
    let errors = List<TextError>(document.Errors)

    let scope =
        {
            Syntax = syntax
            Document = document
            Report = errors.Add
            Values = Dictionary()
            Damaged = HashSet document.Damaged
        }

    let wrong message =
        let at =
            document.Operations
            |> List.tryHead
            |> Option.map (fun operation -> operation.At)
            |> Option.defaultValue { Line = 1; Column = 1 }

        scope.Error("CML9010", at, message, $"one operation \"{syntax.Prefix}.graph\" with one block")
        None

    let graph =
        match unwrapped document with
        | [ operation ] when operation.Name = $"{syntax.Prefix}.graph" ->
            match operation.Blocks with
            | [ block ] -> graphOf scope operation block
            | blocks -> wrong $"the graph has {blocks.Length} blocks"
        | _ when errors.Count > 0 -> None
        | [] -> wrong "the text holds no graph"
        | [ operation ] -> wrong $"the text holds \"{operation.Name}\""
        | operations -> wrong $"the text holds {operations.Length} operations"

    match graph with
    | Some build when errors.Count = 0 -> Ok(build ())
    | _ ->
        errors
        |> Seq.distinct
        |> Seq.sortBy (fun error -> error.At.Line, error.At.Column)
        |> List.ofSeq
        |> Error
