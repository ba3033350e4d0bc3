namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Bootstraps that take the same parameters: lookups of a node, or those of one digit of a rounding.
[<Struct>]
type Site =
    {
        /// Index in the graph.
        Node: int
        /// Number of the digit; 0 for a lookup.
        Digit: int
    }

/// Lookups (or digits of exact roundings) alike enough to share parameters from the start.
type LookupGroup =
    {
        /// Width of the operand; of the encoding, for roundings.
        Bits: int
        /// log2 of the least size of a test polynomial that has the boxes of all operands in whole cells, for table lookups.
        LogSize: int
        /// Bits of a rounding's digit; 0 for table lookups.
        Digit: int
        /// Tables that each bootstrap looks up.
        Tables: int
        /// Bootstraps in all.
        Bootstraps: int64
        Sites: Site[]
        /// Width of the narrowest operand.
        LeastBits: int
        /// Bits that tell the results of a table apart, at most.
        ResultBits: int
        /// Whether every operand is a code without anything below it, as no approximate rounding leaves it.
        IsWhole: bool
    }

    /// Whether it holds digits of exact roundings.
    member this.IsRounding = this.Digit > 0

    /// Whether its operands may be read bit by bit: one blind rotation is faster up to nine bits.
    member this.MayBeWide =
        not this.IsRounding
        && this.IsWhole
        && this.LeastBits >= 10
        && this.LogSize = this.Bits + 1

    /// Bits by which its tables are indexed; a sign counts as one.
    member this.TableBits =
        if this.IsRounding then
            max 1 (this.Digit - 1)
        else
            this.Bits

    /// log2 of the least size of a test polynomial for its tables.
    member this.TableLogSize = if this.IsRounding then this.TableBits + 1 else this.LogSize

/// One site with what groups are told by.
type Place =
    {
        Site: Site
        Operand: ValueId
        /// Lowest bit of a digit.
        First: int
        /// Bits of a digit; 0 for a lookup.
        Size: int
        /// Tables of a lookup.
        Tables: int
        Bootstraps: int64
        /// The group that it was given; None before grouping.
        Group: int option
    }

/// The places of a circuit at which bootstraps happen.
[<RequireQualifiedAccess>]
module Sites =

    let private placesOf (graph: Graph) index (node: Node<Op>) =
        let elements = int64 (Shape.count (graph.TypeOf node.Results[0]).Shape)

        let place digit first size each group =
            {
                Site = { Node = index; Digit = digit }
                Operand = node.Operands[0]
                First = first
                Size = size
                Tables = node.Results.Length
                Bootstraps = elements * int64 each
                Group = group
            }

        let places (digits: Digit[]) =
            let firsts = digits |> Array.map _.Bits |> Array.scan (+) 0

            digits
            |> Array.mapi (fun number digit -> place number firsts[number] digit.Bits (Schedule.bootstraps digit.Bits) digit.Group)

        match node.Op with
        | Op.Lookup(_, plan)
        | Op.LookupMany(_, plan) -> [| place 0 0 0 1 (plan |> Option.map _.Group) |]
        | Op.Round(drop, RoundingMethod.Exact, plan) -> places (Digits.ofPlan drop plan)
        | Op.Round(_, RoundingMethod.Approximate, _)
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> [||]

    /// Every site of a graph, in the order of the nodes.
    let places (graph: Graph) : Place[] =
        graph.Nodes |> Array.mapi (placesOf graph) |> Array.concat

    /// Which values carry bits below their step, as approximate rounding leaves them.
    let private unrounded (graph: Graph) : bool[] =
        let found = Array.create graph.Types.Length false
        let carries (ValueId value) = found[value]

        for node in graph.Nodes do
            let left =
                match node.Op with
                | Op.Round(_, RoundingMethod.Approximate, _) -> true
                | Op.Linear _
                | Op.Reencode -> Array.exists carries node.Operands
                | Op.Round(_, RoundingMethod.Exact, _)
                | Op.Lookup _
                | Op.LookupMany _
                | Op.Constant _ -> false

            for ValueId result in node.Results do
                found[result] <- left

        found

    /// Bits that tell the codes of a value apart.
    let private codeBits (graph: Graph) value =
        let low, high = (graph.TypeOf value).Range
        max 1 (64 - System.Numerics.BitOperations.LeadingZeroCount(uint64 (high - low)))

    /// What places have in common that share parameters.
    let group (graph: Graph) (members: Place[]) : LookupGroup =
        let unrounded = unrounded graph
        let isUnrounded (ValueId value) = unrounded[value]
        let bits = members |> Array.map (fun place -> (graph.TypeOf place.Operand).Bits)

        {
            LeastBits = Array.min bits
            ResultBits =
                members
                |> Seq.collect (fun place -> graph.Nodes[place.Site.Node].Results)
                |> Seq.map (codeBits graph)
                |> Seq.max
            IsWhole = not (members |> Array.exists (fun place -> isUnrounded place.Operand))
            Bits = Array.max bits
            LogSize =
                members
                |> Array.map (fun place -> (graph.TypeOf place.Operand).Step.LeastLogSize)
                |> Array.max
            Digit = members |> Seq.map _.Size |> Seq.max
            Tables = members |> Seq.map _.Tables |> Seq.max
            Bootstraps = members |> Array.sumBy _.Bootstraps
            Sites = members |> Array.map _.Site
        }

    /// The groups that the graph's plans name, by number; None while a place has none, or a number is missing.
    let tryGroups (graph: Graph) : LookupGroup[] option =
        let places = places graph

        if places |> Array.exists _.Group.IsNone then
            None
        else
            let found =
                places
                |> Array.groupBy (fun place -> Option.get place.Group)
                |> Array.sortBy fst

            if found |> Array.map fst = [| 0 .. found.Length - 1 |] then
                Some(found |> Array.map (snd >> group graph))
            else
                None

    /// Bootstraps of one node, all its elements and digits together.
    let bootstrapsOf (graph: Graph) index : int64 =
        placesOf graph index graph.Nodes[index] |> Array.sumBy _.Bootstraps
