namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// Squared 2-norms of the weights that lead from fresh encryptions and bootstraps to each value. Equal terms are merged
/// exactly while that is cheap; beyond, operands with common sources are bounded by the triangle inequality.
type NoiseAnalysis =
    {
        Origins: NoiseOrigin[]
        /// For each value.
        Norms: SourceNorms[]
        /// For each value: indices of the origins that reach it.
        Supports: Set<int>[]
    }

/// Analyses noise.
[<RequireQualifiedAccess>]
module Noise =

    /// The noises that were met so far, numbered in the order of the nodes.
    type private Origins() =
        let origins = Collections.Generic.List<NoiseOrigin>()
        let mutable noises = 0

        member _.All = origins

        /// Noises so far; the next one has this number.
        member _.Noises = noises

        /// One noise per element; the number of the first.
        member _.Add source node elements =
            let first = noises

            origins.Add
                {
                    Source = source
                    Node = node
                    First = first
                }

            noises <- noises + elements
            first

        /// Values that each carry a noise of their own and nothing else.
        member this.Fresh source node elements =
            let first = this.Add source node elements

            {
                Form = NoiseForm.Exact([| 0..elements |], Array.init elements ((+) first), Array.create elements 1.0)
                Support = Set.singleton (origins.Count - 1)
            }

    let private throughLinear (graph: Graph) (origins: Origins) (node: Node<Op>) linear operands =
        let result = graph.TypeOf node.Results[0]
        let shapes = node.Operands |> Array.map (fun value -> (graph.TypeOf value).Shape)
        let terms = Terms.ofLinear linear shapes result.Shape
        let estimate = Terms.count linear shapes result.Shape

        {
            Form =
                NoiseForm.tryExact origins.Noises terms (Shape.count result.Shape) estimate operands
                |> Option.defaultWith (fun () -> NoiseBound.behind origins.All linear operands shapes result.Shape)
            Support = operands |> Seq.map _.Support |> Set.unionMany
        }

    /// What one of a node's results carries, given what its operands carry.
    let private through (graph: Graph) (origins: Origins) index (node: Node<Op>) (result: ValueType) operands =
        match node.Op with
        | Op.Lookup _
        | Op.LookupMany _ -> origins.Fresh NoiseSource.Table index (Shape.count result.Shape)
        | Op.Constant tensor -> NoiseForm.empty tensor.Count
        | Op.Reencode ->
            let steps = (graph.TypeOf node.Operands[0]).Bits - result.Bits

            { Array.head operands with
                Form = NoiseForm.scaled (Math.Pow(2.0, float steps)) operands[0].Form
            }
        | Op.Round(_, RoundingMethod.Approximate, _) -> operands[0]
        | Op.Round(_, RoundingMethod.Exact, _) ->
            let first = origins.Add NoiseSource.Rounding index (Shape.count result.Shape)

            {
                Form = NoiseForm.withRounding first operands[0].Form
                Support = operands[0].Support.Add(origins.All.Count - 1)
            }
        | Op.Linear linear -> throughLinear graph origins node linear operands

    /// Most results of one lookup operation that reach a value. Results that one blind rotation gives are counted as noises of their
    /// own, but share noise in part: where m of them meet with weights w, (Σ |w|)² ≤ m · Σ w² bounds what they add up to, however
    /// they are correlated.
    let private mostResultsMet (origins: Collections.Generic.List<NoiseOrigin>) (support: Set<int>) =
        support
        |> Seq.map (fun origin -> origins[origin])
        |> Seq.filter (fun origin -> origin.Source = NoiseSource.Table)
        |> Seq.countBy _.Node
        |> Seq.fold (fun most (_, count) -> max most count) 1

    /// What every value carries, the origins added as they are met.
    let private track (origins: Origins) (graph: Graph) : TrackedNoise[] =
        let tracked = Array.create graph.Types.Length (NoiseForm.empty 0)
        let get (ValueId value) = tracked[value]
        let set (ValueId value) own = tracked[value] <- own

        for port in graph.Inputs do
            set port.Value (origins.Fresh NoiseSource.Input -1 (Shape.count (graph.TypeOf port.Value).Shape))

        for index, node in Array.indexed graph.Nodes do
            let operands = Array.map get node.Operands

            for result in node.Results do
                set result (through graph origins index node (graph.TypeOf result) operands)

        tracked

    let private norms (origins: Origins) (tracked: TrackedNoise) : SourceNorms =
        let input, table, rounding = NoiseForm.bounds origins.All tracked

        {
            Input = input
            Table = table * float (mostResultsMet origins.All tracked.Support)
            Rounding = rounding
        }

    /// Analyses a whole circuit.
    let analyse (graph: Graph) : NoiseAnalysis =
        let origins = Origins()
        let tracked = track origins graph

        {
            Origins = origins.All.ToArray()
            Norms = tracked |> Array.map (norms origins)
            Supports = tracked |> Array.map _.Support
        }

    /// The graph with the norms of every value in its type; the graph itself when they are there already.
    let annotate (graph: Graph) : Graph =
        let norms = (analyse graph).Norms

        if graph.Types |> Array.map _.Noise = Array.map Some norms then
            graph
        else
            { graph with
                Types =
                    Array.map2
                        (fun valueType norms ->
                            { valueType with
                                ValueType.Noise = Some norms
                            })
                        graph.Types
                        norms
            }

    /// Which origins reach the results of a node, given those that reach its operands; `fresh` adds one.
    let private reached (fresh: NoiseSource -> int) (node: Node<Op>) (operands: Set<int>[]) =
        let all = Set.unionMany operands

        match node.Op with
        | Op.Lookup _
        | Op.LookupMany _ -> node.Results |> Array.map (fun _ -> Set.singleton (fresh NoiseSource.Table))
        | Op.Round(_, RoundingMethod.Exact, _) -> [| operands[0].Add(fresh NoiseSource.Rounding) |]
        | Op.Round(_, RoundingMethod.Approximate, _) -> [| operands[0] |]
        | Op.Constant _
        | Op.Reencode
        | Op.Linear _ -> [| all |]

    /// The origins that reach every value, the origins added as `track` adds them.
    let private supports (origins: Origins) (graph: Graph) : Set<int>[] =
        let supports = Array.create graph.Types.Length Set.empty
        let get (ValueId value) = supports[value]
        let set (ValueId value) own = supports[value] <- own

        let add node value source =
            origins.Add source node (Shape.count (graph.TypeOf value).Shape) |> ignore
            origins.All.Count - 1

        for port in graph.Inputs do
            set port.Value (Set.singleton (add -1 port.Value NoiseSource.Input))

        for index, node in Array.indexed graph.Nodes do
            node.Operands
            |> Array.map get
            |> reached (add index node.Results[0]) node
            |> Array.iter2 set node.Results

        supports

    /// The analysis that a graph's types hold; None where a type holds none.
    let tryRead (graph: Graph) : NoiseAnalysis option =
        if graph.Types |> Array.forall _.Noise.IsSome then
            let origins = Origins()
            let supports = supports origins graph

            Some
                {
                    Origins = origins.All.ToArray()
                    Norms = graph.Types |> Array.map (fun valueType -> Option.get valueType.Noise)
                    Supports = supports
                }
        else
            None
