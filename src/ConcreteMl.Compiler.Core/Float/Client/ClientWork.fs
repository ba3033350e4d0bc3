namespace ConcreteMl.Compiler.Core.Float.Client

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// What a step of the client wants to know, under one name: numbers, integers or texts.
type WorkSetting =
    | Reals of float[]
    | Integers of int64[]
    | Texts of string[]

/// One step of a client's part as its half of an artefact records it: all shapes and positions worked out, so that the client needs no
/// shape inference. Each step writes one value.
type WorkStep =
    {
        /// The operation's name in the float stage, without its prefix; `take` for movements, `lookup` for tables.
        Kind: string
        /// Numbers of the values that it reads: the part's inputs first, then what steps wrote, in order.
        Reads: int list
        /// By name; `element` and `shape` tell the result's type.
        Settings: (string * WorkSetting) list
    }

/// The steps of a part; the last ones write its outputs, in their order.
[<RequireQualifiedAccess>]
module ClientWork =

    let private index (ValueId value) = value

    let private texts (values: string list) = Texts(Array.ofList values)

    let private typed (valueType: ValueType) =
        [
            "element", texts [ string valueType.Element ]
            "shape", Integers(ValueType.tryShape valueType |> Option.defaultValue [||] |> Array.map int64)
        ]

    /// The settings of an operation: the attributes of its spelling that are numbers or truths.
    let private parameters (op: Op) =
        let setting (attribute: Attribute) =
            match attribute with
            | Attribute.Real value
            | Attribute.Record [ _; "value", Attribute.Real value ] -> Some(Reals [| value |])
            | Attribute.Integer value -> Some(Integers [| value |])
            | Attribute.Flag value -> Some(Integers [| (if value then 1L else 0L) |])
            | _ -> None

        PartText.parameters op
        |> List.choose (fun (name, value) -> setting value |> Option.map (fun value -> name, value))

    /// The flat positions that a movement takes from its operand.
    let private positions (op: Op) (shape: int[]) (constants: Tensor list) =
        let places = Tensor.ofInt64 shape (Array.init (Shape.count shape) int64)

        match Eval.op op (places :: constants) with
        | moved :: _ -> Tensor.toInt64s moved
        | [] -> invalidOp "a movement has a result"

    let private constant (value: Tensor) =
        if Element.isFloat value.Element then
            Reals(Tensor.toFloat64s value)
        else
            Integers(Tensor.toInt64s value)

    /// The name of an operation, as the float stage spells it without its prefix.
    let nameOf (op: Op) : string = PartText.mnemonic op

    /// The steps of a graph.
    let ofGraph (graph: Graph) : WorkStep list =
        let constants = Dictionary<int, Tensor>()

        for node in graph.Nodes do
            match node.Op with
            | Op.Constant value -> constants[index node.Results[0]] <- value
            | _ -> ()

        let shapeOf value =
            ValueType.tryShape (graph.TypeOf value) |> Option.defaultValue [||]

        let step (node: Node<Op>) =
            let result = typed (graph.TypeOf node.Results[0])
            let reads = node.Operands |> Array.map index |> List.ofArray
            let first = node.Operands |> Array.tryHead

            let rest =
                reads
                |> List.skip (min 1 reads.Length)
                |> List.choose (fun value ->
                    match constants.TryGetValue value with
                    | true, tensor -> Some tensor
                    | _ -> None)

            let make kind reads more =
                {
                    Kind = kind
                    Reads = reads
                    Settings = result @ more
                }

            match node.Op, first with
            | Op.Constant value, _ -> make "constant" [] [ "values", constant value ]
            | Op.Concat axis, _ -> make "concat" reads [ "axis", Integers [| int64 axis |] ]
            | Op.Gather _, Some table when constants.ContainsKey(index table) -> make "lookup" reads []
            | (Op.Reshape _ | Op.Flatten _ | Op.Squeeze | Op.Unsqueeze), Some x -> make "reshape" [ index x ] []
            | (Op.Transpose _ | Op.Slice | Op.Gather _ | Op.Expand), Some x ->
                make "take" [ index x ] [ "positions", Integers(positions node.Op (shapeOf x) rest) ]
            | Op.ReduceSum(_, true), Some x when rest |> List.forall (fun axes -> axes.Count = 0) -> make "reshape" [ index x ] []
            | Op.ReduceSum _, Some x ->
                let axes =
                    match rest with
                    | [ axes ] when axes.Count > 0 -> Elements.integers axes |> Array.map int64
                    | _ -> Array.init (shapeOf x).Length int64

                make "reducesum" [ index x ] [ "axes", Integers axes ]
            | op, _ -> make (PartText.mnemonic op) reads (parameters op)

        let outputs =
            [
                for port in graph.Outputs ->
                    {
                        Kind = "reshape"
                        Reads = [ index port.Value ]
                        Settings = typed (graph.TypeOf port.Value)
                    }
            ]

        [ for node in graph.Nodes -> step node ] @ outputs
