namespace ConcreteMl.Compiler.Core.Planned.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Planned

/// A value of which codes are made at once, for passes that put lookups behind accumulators.
[<RequireQualifiedAccess>]
module internal CodedValue =

    /// Adds a node's value, of type `read`, and the lookup that makes codes of it, of type `coded`, which stand for the value from there on: they
    /// have the `meeting`, no longer what they are made of.
    let add (builder: GraphBuilder<PlanOp, Type>) rename (node: Node<PlanOp>) (read: Type) (coded: Type) meeting : ValueId =
        let value =
            builder.Value(node.Op, Array.map rename node.Operands, { read with Meeting = None }, node.Origin)

        let identity = PlanOp.Lookup(Region.identity read.Real read.Shape, false)
        builder.Value(identity, [| value |], { coded with Meeting = meeting }, node.Origin)
