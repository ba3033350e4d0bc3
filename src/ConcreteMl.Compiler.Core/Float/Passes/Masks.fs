namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// A value some of whose elements hold an absorbing constant, whatever the input: −∞ or −10⁹ where a mask was added.
type internal Masked =
    {
        /// The same value without the mask; what its masked elements hold has no meaning.
        Base: ValueId
        /// By element.
        Mask: bool[]
        /// What masked elements hold; 0 elsewhere.
        Fill: float[]
    }

/// What the rule knows while it rebuilds a graph.
type internal Site =
    {
        Graph: Graph
        Constants: Dictionary<ValueId, Tensor>
        Found: Dictionary<ValueId, Masked>
        Outputs: HashSet<ValueId>
    }

/// What a rule makes of a node: a mask that goes on, or the value itself with masked elements replaced by what they come to.
type internal Outcome =
    | Goes of Masked
    | Ends of ValueId

/// What is known of masked values, and the selections that rules write.
module internal Masks =

    /// Constants from here on absorb: GPT-2 masks by −10⁴, others by −10⁹, the least float32 or −∞.
    let absorbing = 1e4

    /// The other entries of a mask that is added are this much smaller, or it is no mask.
    let apart = 100.0

    let absorbs value = abs value >= absorbing

    let spread (shape: int[]) (tensor: Tensor) : float[] =
        let target = Tensor.ofFloat64 shape (Array.zeroCreate (Shape.count shape))
        let values = Tensor.ofFloat64 tensor.Shape (Tensor.toFloat64s tensor)

        Eval.op (Op.Binary Binary.Add) [ values; target ]
        |> List.head
        |> Tensor.toFloat64s

    let shapeOf (site: Site) value =
        ValueType.tryShape (site.Graph.TypeOf value) |> Option.defaultValue [||]

    let isStatic (site: Site) value =
        (ValueType.tryShape (site.Graph.TypeOf value)).IsSome
        && Element.isFloat (site.Graph.TypeOf value).Element

    let constantOf (site: Site) value =
        match site.Constants.TryGetValue value with
        | true, tensor -> Some tensor
        | _ -> None

    let maskedOf (site: Site) value =
        match site.Found.TryGetValue value with
        | true, masked -> Some masked
        | _ -> None

    /// A mask as the numbers that movements and broadcasts carry, and back.
    let flags (mask: bool[]) : float[] =
        mask |> Array.map (fun hidden -> if hidden then 1.0 else 0.0)

    let ofFlags (flags: float[]) : bool[] =
        flags |> Array.map (fun flag -> flag > 0.0)

    let booleans shape (values: bool[]) = Tensor.ofBool shape values

    /// Elements of `left` where `first` says so, of `right` elsewhere; both of one shape.
    let select (writer: GraphWriter) (first: bool[]) left right : ValueId =
        let shape = writer.Shape left
        let count = first.Length

        let flat value =
            writer.Add(Op.Reshape true, [ value; writer.Integers [ count ] ])

        if Array.forall id first then
            left
        elif not (Array.exists id first) then
            right
        else
            let both = writer.Add(Op.Concat 0, [ flat left; flat right ])

            let picks =
                first
                |> Array.mapi (fun element own -> if own then element else count + element)

            writer.Add(Op.Reshape true, [ writer.Gather(0, picks, both); writer.Integers shape ])

    /// The value with other elements of it in each place, by their flat position.
    let rearranged (writer: GraphWriter) (picks: int[]) value : ValueId =
        let flat = writer.Add(Op.Reshape true, [ value; writer.Integers [ picks.Length ] ])

        writer.Add(Op.Reshape true, [ writer.Gather(0, picks, flat); writer.Integers(writer.Shape value) ])

    /// The value with the nearest element of the same line of the last axis that is not hidden in place of each hidden one: what has
    /// no meaning then widens no range. Lines that are hidden as a whole stay.
    let standIn (writer: GraphWriter) (hidden: bool[]) value : ValueId =
        let shape = writer.Shape value
        let line = if shape.Length = 0 then 1 else max 1 (Array.last shape)

        let shown element =
            let first = element / line * line
            [| first .. first + line - 1 |] |> Array.filter (fun other -> not hidden[other])

        let nearest element =
            match (if hidden[element] then shown element else [||]) with
            | [||] -> element
            | others -> others |> Array.minBy (fun other -> abs (other - element))

        if not (Array.exists id hidden) then
            value
        else
            rearranged writer (Array.init hidden.Length nearest) value

    /// An operand of a result of this shape, broadcast where it is smaller.
    let broadcast (writer: GraphWriter) (shape: int[]) value =
        if writer.Shape value = shape then
            value
        else
            writer.Add(Op.Expand, [ value; writer.Integers shape ])

    /// The operand without its mask, and the mask over the shape of a result.
    let over (site: Site) rename (shape: int[]) value : ValueId * bool[] * float[] =
        match maskedOf site value with
        | None -> rename value, Array.zeroCreate (Shape.count shape), Array.zeroCreate (Shape.count shape)
        | Some masked ->
            let own = shapeOf site value

            let mask = spread shape (Tensor.ofFloat64 own (flags masked.Mask)) |> ofFlags

            masked.Base, mask, spread shape (Tensor.ofFloat64 own masked.Fill)
