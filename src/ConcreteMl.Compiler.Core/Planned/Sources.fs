namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A graph of the float stage.
type FloatGraph = ConcreteMl.Compiler.Core.Float.Graph
/// An operation of the float stage.
type FloatOp = ConcreteMl.Compiler.Core.Float.Op
/// A node of the float stage.
type FloatNode = Node<FloatOp>
/// The window of a convolution or pool.
type FloatWindow = ConcreteMl.Compiler.Core.Float.Window
/// How a window's pads are found.
type FloatAutoPad = ConcreteMl.Compiler.Core.Float.AutoPad
/// A function of one operand.
type FloatUnary = ConcreteMl.Compiler.Core.Float.Unary
/// A function of two operands.
type FloatBinary = ConcreteMl.Compiler.Core.Float.Binary

/// What is known of each value of a float graph, by value id.
type Sources =
    {
        Graph: FloatGraph
        /// The tensor of values that depend on no input.
        Constants: Tensor option[]
        /// The static shape of the others (empty where unknown).
        Shapes: int[][]
        Producers: FloatNode option[]
        /// The value that each other value is an element-wise function of: itself for inputs and for results of mixing operations,
        /// −1 for constants and for results of an element-wise operation with two sources.
        Anchors: int[]
    }

/// Which values are constants, which are encrypted, and of what each encrypted value is an element-wise function.
[<RequireQualifiedAccess>]
module Sources =

    open ConcreteMl.Compiler.Core.Float

    let private index (ValueId value) = value

    /// The operands that depend on an input.
    let encrypted (sources: Sources) (node: FloatNode) =
        node.Operands
        |> Array.map index
        |> Array.filter (fun value -> sources.Constants[value].IsNone)

    let private evaluate (constants: Tensor option[]) (shapes: int[][]) (node: FloatNode) =
        match node.Op with
        | Op.Shape _ when shapes[index node.Operands[0]].Length > 0 ->
            let shape = shapes[index node.Operands[0]]
            Some(Eval.op node.Op [ Tensor.ofFloat32 shape (Array.zeroCreate (Shape.count shape)) ])
        | op ->
            let operands = node.Operands |> Array.map (fun operand -> constants[index operand])

            if Array.forall Option.isSome operands then
                Some(Eval.op op (operands |> Array.map Option.get |> List.ofArray))
            else
                None

    let private anchor (constants: Tensor option[]) (anchors: int[]) (node: FloatNode) result =
        if not (OpFamilies.isElementwise node.Op) then
            result
        else
            let found =
                node.Operands
                |> Array.map index
                |> Array.filter (fun value -> constants[value].IsNone)
                |> Array.map (fun value -> anchors[value])
                |> Array.distinct

            match found with
            | [| single |] -> single
            | _ ->
                match node.Op with
                | Op.Binary Binary.Add
                | Op.Binary Binary.Sub -> result
                | _ -> -1

    /// A value without static shape (CML3013).
    let private shapeless name =
        Diagnostic.error
            "CML3013"
            name
            "the shape of an encrypted value depends on data"
            "a static shape"
            "export the model with fixed sizes beside the batch"

    /// The encrypted values, with the names of what makes them.
    let private encryptedValues (graph: FloatGraph) (constants: Tensor option[]) =
        [
            for port in graph.Inputs do
                port.Name, index port.Value
            for node in graph.Nodes do
                if constants[index node.Results[0]].IsNone then
                    for result in node.Results do
                        node.Origin |> List.tryLast |> Option.defaultValue $"{result}", index result
        ]

    /// Analyses a graph; values without static shape are reported (CML3013).
    let analyse (graph: FloatGraph) : Result<Sources, Diagnostic list> =
        let count = graph.Types.Length
        let constants, anchors = Array.create count None, Array.create count -1
        let tried = graph.Types |> Array.map ValueType.tryShape
        let shapes = tried |> Array.map (Option.defaultValue [||])

        for port in graph.Inputs do
            anchors[index port.Value] <- index port.Value

        for node in graph.Nodes do
            match evaluate constants shapes node with
            | Some values -> List.iteri (fun position value -> constants[index node.Results[position]] <- Some value) values
            | None ->
                for result in node.Results do
                    anchors[index result] <- anchor constants anchors node (index result)

        match
            encryptedValues graph constants
            |> List.filter (fun (_, value) -> tried[value].IsNone)
        with
        | [] ->
            Ok
                {
                    Graph = graph
                    Constants = constants
                    Shapes = shapes
                    Producers = Graph.producers graph
                    Anchors = anchors
                }
        | found -> Error(found |> List.map (fst >> shapeless))
