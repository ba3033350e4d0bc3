namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// The circuit as a quantized graph of the same codes, for the analyses of that stage.
[<RequireQualifiedAccess>]
module QuantizedView =

    type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

    let private typed (t: ValueType) : ConcreteMl.Compiler.Core.Quant.ValueType =
        {
            Shape = t.Shape
            Bits = t.Bits
            Range = t.Range
            Uniform = None
        }

    /// A node with the operation of the quantized stage that has the same codes.
    let private coded (graph: Graph) (node: Node<Op>) : Node<QuantOp> =
        {
            Op =
                match node.Op with
                | Op.Linear linear -> QuantOp.Linear linear
                | Op.Lookup(table, _) -> QuantOp.Lookup table
                | Op.LookupMany _ -> invalidArg (nameof node) "lookups are taken apart first"
                | Op.Round(drop, way, _) -> QuantOp.Round(drop, way)
                | Op.Reencode -> QuantOp.Linear(Linear.Move(Move.Reshape (graph.TypeOf node.Results[0]).Shape))
                | Op.Constant tensor -> QuantOp.Constant tensor
            Operands = node.Operands
            Results = node.Results
            Origin = node.Origin
        }

    /// The quantized graph, its values numbered as the circuit's.
    let ofCircuit (graph: Graph) : ConcreteMl.Compiler.Core.Quant.Graph =
        {
            Name = graph.Name
            Inputs = graph.Inputs
            Outputs = graph.Outputs
            Nodes = graph.Nodes |> Array.collect LookupPieces.apart |> Array.map (coded graph)
            Types = Array.map typed graph.Types
            Attributes = Map.empty
        }
