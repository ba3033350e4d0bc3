namespace ConcreteMl.Compiler.Core.Base

open System.Collections.Generic

/// A value of a graph; prints as in the dump.
[<Struct>]
type ValueId =
    | ValueId of int

    override this.ToString() =
        let (ValueId index) = this
        $"%%{index}"

/// The names of the ONNX nodes that a node comes from, in graph order.
type Origin = string list

/// One operation: any number of operands and results.
type Node<'Op> =
    {
        Op: 'Op
        Operands: ValueId[]
        Results: ValueId[]
        Origin: Origin
    }

/// How quantization rounds to whole codes.
[<RequireQualifiedAccess>]
type Rounding =
    | HalfEven
    | Floor
    | Ceiling
    | TowardZero
    | AwayFromZero
    | HalfAwayFromZero
    | HalfTowardZero

/// How the client maps real numbers to the integer codes of an encrypted input or output, element by element:
/// code = clip(round(real / Scale + Zero), Low, High); real = Scale · (code − Zero).
/// `Scale` and `Zero` are float64 tensors that broadcast to the port's shape.
type Coding =
    {
        Scale: Tensor
        Zero: Tensor
        Low: int64
        High: int64
        /// The element type of the real numbers; quantization is computed in it.
        Real: Element
        Rounding: Rounding
        /// So many codes below `Low` and above `High` (like `Scale`), real numbers are still such as calibration met, though they are
        /// clipped; None where calibration met none.
        Beyond: Tensor option
    }

/// A named input or output of a graph; `Coding` is None while the graph computes on real numbers.
type Port =
    {
        Name: string
        Value: ValueId
        Coding: Coding option
    }

/// What a graph says of itself as a whole: sizes, bounds, keys. Texts hold it beside name, inputs and outputs, value for value.
[<RequireQualifiedAccess>]
type Attribute =
    | Flag of bool
    | Integer of int64
    | Real of float
    | Text of string
    | Tensor of Tensor
    | List of Attribute list
    /// Names with values, in an order of their own.
    | Record of (string * Attribute) list

[<RequireQualifiedAccess>]
module Attribute =

    /// Names that the text of a graph uses itself.
    let reserved = set [ "name"; "inputs"; "outputs"; "elided" ]

    /// The same attributes; ArgumentException when one has a reserved name or none.
    let allowed (attributes: Map<string, Attribute>) =
        match attributes |> Map.tryFindKey (fun name _ -> name = "" || reserved.Contains name) with
        | Some name -> invalidArg (nameof attributes) $"no attribute of a graph can be called '{name}'"
        | None -> attributes

/// The one container of all stages. Value ids are dense: `Types[i]` is the type of `%i`; inputs come first, then the
/// results of the nodes in order. Nodes are in topological order. Nobody changes the arrays after construction.
type Graph<'Op, 'Type> =
    {
        Name: string
        Inputs: Port[]
        Outputs: Port[]
        Nodes: Node<'Op>[]
        Types: 'Type[]
        /// By name; `name`, `inputs`, `outputs` and `elided` are taken by the text.
        Attributes: Map<string, Attribute>
    }

    member this.TypeOf(ValueId index) = this.Types[index]

/// Collects nodes in order and numbers their results; the only way in which graphs are made.
type GraphBuilder<'Op, 'Type>(name: string) =
    let types = List<'Type>()
    let nodes = List<Node<'Op>>()
    let inputs = List<Port>()

    let fresh valueType =
        types.Add valueType
        ValueId(types.Count - 1)

    member _.TypeOf(ValueId index) = types[index]

    /// Adds an input; all inputs come before the first node.
    member _.Input(name: string, valueType: 'Type, ?coding: Coding) =
        if nodes.Count > 0 then
            invalidOp "inputs are added before nodes"

        let value = fresh valueType

        inputs.Add
            {
                Name = name
                Value = value
                Coding = coding
            }

        value

    member _.Node(op: 'Op, operands: ValueId seq, resultTypes: 'Type seq, origin: Origin) : ValueId[] =
        let operands = Array.ofSeq operands

        for ValueId operand in operands do
            if operand < 0 || operand >= types.Count then
                invalidOp $"operand %%{operand} is not defined yet"

        let results = resultTypes |> Seq.map fresh |> Array.ofSeq

        nodes.Add
            {
                Op = op
                Operands = operands
                Results = results
                Origin = origin
            }

        results

    /// A node with a single result.
    member this.Value(op: 'Op, operands: ValueId seq, resultType: 'Type, origin: Origin) : ValueId =
        this.Node(op, operands, [ resultType ], origin)[0]

    member _.Build(outputs: Port seq, ?attributes: Map<string, Attribute>) : Graph<'Op, 'Type> =
        {
            Name = name
            Inputs = inputs.ToArray()
            Outputs = Array.ofSeq outputs
            Nodes = nodes.ToArray()
            Types = types.ToArray()
            Attributes = attributes |> Option.map Attribute.allowed |> Option.defaultValue Map.empty
        }

[<RequireQualifiedAccess>]
module Graph =

    /// The graph with these attributes and no others. ArgumentException for a name that the text uses itself.
    let withAttributes (attributes: Map<string, Attribute>) (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        { graph with
            Attributes = Attribute.allowed attributes
        }

    /// The graph with one more attribute, or another value of it.
    let withAttribute (name: string) (value: Attribute) (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        withAttributes (graph.Attributes.Add(name, value)) graph

    /// The graph without an attribute.
    let withoutAttribute (name: string) (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        withAttributes (graph.Attributes.Remove name) graph

    /// The node that defines a value; None for inputs.
    let producers (graph: Graph<'Op, 'Type>) : Node<'Op> option[] =
        let result = Array.create graph.Types.Length None

        for node in graph.Nodes do
            for ValueId value in node.Results do
                result[value] <- Some node

        result

    /// The nodes that read each value, in order; a node that reads it twice appears twice.
    let consumers (graph: Graph<'Op, 'Type>) : Node<'Op> list[] =
        let result = Array.create graph.Types.Length []

        for node in Array.rev graph.Nodes do
            for ValueId value in Array.rev node.Operands do
                result[value] <- node :: result[value]

        result
