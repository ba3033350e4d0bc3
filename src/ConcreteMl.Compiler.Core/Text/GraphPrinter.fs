/// Prints a graph of any stage in MLIR's generic form.
module internal ConcreteMl.Compiler.Core.Text.GraphPrinter

open ConcreteMl.Compiler.Core.Base

let private operation (syntax: StageSyntax<'Op, 'Type>) (op: 'Op) =
    syntax.Cases
    |> List.tryPick (fun case -> case.Write op |> Option.map (fun attributes -> case, attributes))
    |> Option.defaultWith (fun () -> invalidOp $"the {syntax.Prefix} stage has no spelling for {op}")

/// The lines of a region, with what stands before and behind them.
let private region (writer: MlirWriter) (block: Block) =
    let names (values: string list) =
        values |> List.map (fun name -> "%" + name) |> String.concat ", "

    let line (operation: Operation) =
        let attributes =
            operation.Attributes |> List.map (fun entry -> entry.Name, entry.Value)

        let left =
            if operation.Results.IsEmpty then
                ""
            else
                names operation.Results + " = "

        let operands = operation.Operands |> List.map _.Value |> names

        $"    {left}\"{operation.Name}\"({operands}){writer.Attributes attributes}{writer.Signature(operation.OperandTypes, operation.ResultTypes, operation.Location)}"

    let arguments =
        block.Arguments
        |> List.map (fun argument -> $"%%{argument.Name}: {MlirType.print argument.Type}")
        |> String.concat ", "

    [
        " ({"
        $"  ^bb0({arguments}):"
        yield! List.map line block.Operations
        "  })"
    ]
    |> String.concat "\n"

let private list (values: ValueId[]) =
    values |> Array.map string |> String.concat ", "

let private node syntax (writer: MlirWriter) (graph: Graph<'Op, 'Type>) (node: Node<'Op>) =
    let case, attributes = operation syntax node.Op

    let held =
        case.Region node.Op |> Option.map (region writer) |> Option.defaultValue ""

    let types = graph.TypeOf >> syntax.Types.Write
    let results = node.Results |> Array.map types |> List.ofArray
    let operands = node.Operands |> Array.map (types >> fst) |> List.ofArray

    let typeAttributes =
        results
        |> List.mapi (fun index (_, attributes) ->
            attributes
            |> List.map (fun (name, value) -> name + AttrReader.Suffix index, value))
        |> List.concat

    let left =
        if node.Results.Length = 0 then
            ""
        else
            list node.Results + " = "

    writer.Line
        $"  {left}\"{case.Mnemonic}\"({list node.Operands}){held}{writer.Attributes(attributes @ typeAttributes)}{writer.Signature(operands, List.map fst results, Location.ofOrigin node.Origin)}"

let private ports (graph: Graph<'Op, 'Type>) (syntax: StageSyntax<'Op, 'Type>) =
    let port (port: Port) more =
        Attr.Dictionary(PortFields.port.Write(port.Name, port.Coding) @ more)

    let inputs =
        graph.Inputs
        |> Array.map (fun input -> port input (syntax.Types.Write(graph.TypeOf input.Value) |> snd))

    let outputs = graph.Outputs |> Array.map (fun output -> port output [])
    List.ofArray inputs, List.ofArray outputs

/// The text of a graph.
let print (syntax: StageSyntax<'Op, 'Type>) (elide: bool) (notes: int -> string list) (graph: Graph<'Op, 'Type>) : string =
    let writer = MlirWriter elide

    let mlirType value =
        graph.TypeOf value |> syntax.Types.Write |> fst

    if elide then
        writer.Line $"// Constants of more than {MlirWriter.InlineElements} elements are left out: this text cannot be read back."

    writer.Line $"\"{syntax.Prefix}.graph\"() ({{"

    let arguments =
        graph.Inputs
        |> Array.map (fun input -> $"{input.Value}: {MlirType.print (mlirType input.Value)} loc({Literal.quote input.Name})")
        |> String.concat ", "

    writer.Line(if arguments = "" then "^bb0:" else $"^bb0({arguments}):")

    graph.Nodes
    |> Array.iteri (fun index each ->
        node syntax writer graph each

        for note in notes index do
            writer.Line $"  // ^ {note}")

    let returned = graph.Outputs |> Array.map (fun output -> output.Value)
    let types = returned |> Array.map mlirType |> List.ofArray
    writer.Line $"  \"{syntax.Prefix}.return\"({list returned}){writer.Signature(types, [], Location.Unknown)}"
    let inputs, outputs = ports graph syntax

    let header =
        PortFields.header.Write
            {
                Name = graph.Name
                Inputs = inputs
                Outputs = outputs
                Elided = elide
                Attributes = graph.Attributes
            }

    writer.Line $"}}){writer.Attributes header}{writer.Signature([], [], Location.Unknown)}"
    writer.Resources()
    writer.ToString()
