namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// What the noise of a value comes from.
[<RequireQualifiedAccess>]
type NoiseSource =
    /// A fresh encryption.
    | Input
    /// The blind rotation of a table lookup.
    | Table
    /// The blind rotations of exact rounding, those of all dropped bits as one.
    | Rounding

/// A tensor of fresh noises: an input, the results of a lookup, or the sums of the bits that a rounding takes off.
type NoiseOrigin =
    {
        Source: NoiseSource
        /// The node (its index in the graph) that makes it; −1 for inputs.
        Node: int
        /// First of its elements in the numbering of all fresh noises.
        First: int
    }

/// The weights with which fresh noises reach a tensor, for each of its elements.
[<RequireQualifiedAccess>]
type NoiseForm =
    /// Exact: element e is Σ Weights[i] · noise Sources[i] over i in [Offsets[e], Offsets[e+1]), equal sources merged.
    | Exact of Offsets: int[] * Sources: int[] * Weights: float[]
    /// Squared 2-norms that no element exceeds; Independent when no two elements share a source.
    | Bound of Input: float * Table: float * Rounding: float * Independent: bool

/// The noise of one value: squared 2-norms by source, maxima over the elements.
type NoiseNorms =
    {
        Input: float
        Table: float
        Rounding: float
        /// Indices of the origins that reach it.
        Support: Set<int>
    }

    member this.Total = this.Input + this.Table + this.Rounding

/// Squared 2-norms of the weights that lead from fresh encryptions and bootstraps to each value. Equal terms are merged
/// exactly while that is cheap; beyond, operands with common sources are bounded by the triangle inequality.
type NoiseAnalysis =
    {
        Origins: NoiseOrigin[]
        /// For each value.
        Norms: NoiseNorms[]
    }

[<RequireQualifiedAccess>]
module Noise =

    /// Terms of one operation up to which forms stay exact.
    [<Literal>]
    let private MostTerms = 1500000L

    type private Tracked = { Form: NoiseForm; Support: Set<int> }

    let private empty elements =
        {
            Form = NoiseForm.Exact(Array.zeroCreate (elements + 1), [||], [||])
            Support = Set.empty
        }

    let private bounds (origins: NoiseOrigin seq) (tracked: Tracked) =
        match tracked.Form with
        | NoiseForm.Bound(input, table, rounding, _) -> input, table, rounding
        | NoiseForm.Exact(offsets, sources, weights) ->
            let origins = Array.ofSeq origins
            let firsts = origins |> Array.map _.First

            let kind source =
                let found = Array.BinarySearch(firsts, source)
                origins[if found >= 0 then found else ~~~found - 1].Source

            let mutable input, table, rounding = 0.0, 0.0, 0.0

            for element in 0 .. offsets.Length - 2 do
                let mutable i, t, r = 0.0, 0.0, 0.0

                for index in offsets[element] .. offsets[element + 1] - 1 do
                    let square = weights[index] * weights[index]

                    match kind sources[index] with
                    | NoiseSource.Input -> i <- i + square
                    | NoiseSource.Table -> t <- t + square
                    | NoiseSource.Rounding -> r <- r + square

                input <- max input i
                table <- max table t
                rounding <- max rounding r

            input, table, rounding

    let private isIndependent tracked =
        match tracked.Form with
        | NoiseForm.Bound(_, _, _, independent) -> independent
        | NoiseForm.Exact(_, sources, _) -> (Array.distinct sources).Length = sources.Length

    /// Merges the operands' exact forms term by term; None when that takes too many terms.
    let private tryExact (noises: int) (terms: Terms) elements (estimate: int64) (operands: Tracked[]) =
        let forms =
            operands
            |> Array.choose (fun operand ->
                match operand.Form with
                | NoiseForm.Exact(offsets, sources, weights) -> Some struct (offsets, sources, weights)
                | NoiseForm.Bound _ -> None)

        let density =
            forms
            |> Array.map (fun struct (offsets, sources, _) -> float sources.Length / float (max 1 (offsets.Length - 1)))
            |> Array.fold max 1.0

        if forms.Length < operands.Length || float estimate * density > float MostTerms then
            None
        else
            let sums = Array.zeroCreate<float> noises
            let seen = Array.create noises -1
            let touched = Collections.Generic.List<int>()
            let resultOffsets = Array.zeroCreate (elements + 1)
            let resultSources = Collections.Generic.List<int>()
            let resultWeights = Collections.Generic.List<float>()

            for element in 0 .. elements - 1 do
                touched.Clear()

                terms element (fun operand from weight ->
                    let struct (offsets, sources, weights) = forms[operand]

                    for index in offsets[from] .. offsets[from + 1] - 1 do
                        let source = sources[index]

                        if seen[source] <> element then
                            seen[source] <- element
                            sums[source] <- 0.0
                            touched.Add source

                        sums[source] <- sums[source] + weight * weights[index])

                for source in touched do
                    if sums[source] <> 0.0 then
                        resultSources.Add source
                        resultWeights.Add sums[source]

                resultOffsets[element + 1] <- resultSources.Count

            Some(NoiseForm.Exact(resultOffsets, resultSources.ToArray(), resultWeights.ToArray()))

    /// Largest squared 2-norm and 1-norm of the weights of one result element.
    let private weightNorms (linear: Linear) (operand: int[]) (result: int[]) =
        let columns (values: float[]) (starts: int seq) count step =
            let norm start =
                let mutable squares, sum = 0.0, 0.0

                for k in 0 .. count - 1 do
                    let value = values[start + k * step]
                    squares <- squares + value * value
                    sum <- sum + abs value

                struct (squares, sum)

            starts
            |> Seq.fold
                (fun struct (squares, sum) start ->
                    let struct (s, a) = norm start
                    struct (max squares s, max sum a))
                struct (0.0, 0.0)

        match linear with
        | Linear.MatMul weights ->
            let rank = weights.Rank
            let inner, width = weights.Shape[rank - 2], weights.Shape[rank - 1]
            let matrices = weights.Count / (inner * width)

            let starts =
                seq {
                    for matrix in 0 .. matrices - 1 do
                        for column in 0 .. width - 1 do
                            matrix * inner * width + column
                }

            columns (Tensor.toFloat64s weights) starts inner width
        | Linear.Conv(weights, _, _) ->
            let taps = Shape.count weights.Shape[1..]
            columns (Tensor.toFloat64s weights) (Seq.init weights.Shape[0] (fun filter -> filter * taps)) taps 1
        | Linear.SumPool(kernel, _) ->
            let cells = float (Shape.count kernel)
            struct (cells, cells)
        | Linear.ReduceSum _ ->
            let cells = float (Shape.count operand / max 1 (Shape.count result))
            struct (cells, cells)
        | Linear.Scale factors ->
            let largest =
                Tensor.toFloat64s factors |> Array.fold (fun most f -> max most (abs f)) 0.0

            struct (largest * largest, largest)
        | _ -> struct (1.0, 1.0)

    let private disjoint (operands: Tracked[]) =
        let total = operands |> Array.sumBy (fun operand -> operand.Support.Count)
        (operands |> Seq.map _.Support |> Set.unionMany).Count = total

    let private isMovement (linear: Linear) =
        match linear with
        | Linear.Shift _
        | Linear.Scale _
        | Linear.Reshape _
        | Linear.Transpose _
        | Linear.Slice _
        | Linear.Pad _ -> true
        | _ -> false

    let private bound origins (linear: Linear) (operands: Tracked[]) shapes result =
        let parts = operands |> Array.map (bounds origins)

        let combined (merge: float[] -> float) =
            merge (parts |> Array.map (fun (i, _, _) -> i)),
            merge (parts |> Array.map (fun (_, t, _) -> t)),
            merge (parts |> Array.map (fun (_, _, r) -> r))

        let (input, table, rounding), independent =
            match linear with
            | Linear.Concat _ -> combined Array.max, disjoint operands && Array.forall isIndependent operands
            | Linear.Combine multipliers when disjoint operands ->
                let weigh = Array.map2 (fun (m: int64) part -> float m * float m * part) multipliers
                combined (weigh >> Array.sum), false
            | Linear.Combine multipliers ->
                let weigh =
                    Array.map2 (fun (m: int64) (part: float) -> abs (float m) * sqrt part) multipliers

                combined (fun parts -> let sum = Array.sum (weigh parts) in sum * sum), false
            | _ ->
                let independent = isIndependent operands[0]
                let struct (squares, sum) = weightNorms linear (Array.head shapes) result
                let factor = if independent then squares else sum * sum
                combined (fun parts -> factor * parts[0]), independent && isMovement linear

        NoiseForm.Bound(input, table, rounding, independent)

    let private scaled factor form =
        match form with
        | NoiseForm.Exact(offsets, sources, weights) -> NoiseForm.Exact(offsets, sources, weights |> Array.map ((*) factor))
        | NoiseForm.Bound(input, table, rounding, independent) ->
            let square = factor * factor
            NoiseForm.Bound(input * square, table * square, rounding * square, independent)

    /// Adds to each element a noise of its own, `first` onwards.
    let private withRounding first form =
        match form with
        | NoiseForm.Bound(input, table, rounding, independent) -> NoiseForm.Bound(input, table, rounding + 1.0, independent)
        | NoiseForm.Exact(offsets, sources, weights) ->
            let elements = offsets.Length - 1

            let insert (own: int -> 'T) (values: 'T[]) =
                Array.init elements (fun element -> Array.append values[offsets[element] .. offsets[element + 1] - 1] [| own element |])
                |> Array.concat

            NoiseForm.Exact(
                Array.mapi (fun element offset -> offset + element) offsets,
                insert (fun element -> first + element) sources,
                insert (fun _ -> 1.0) weights
            )

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
                tryExact origins.Noises terms (Shape.count result.Shape) estimate operands
                |> Option.defaultWith (fun () -> bound origins.All linear operands shapes result.Shape)
            Support = operands |> Seq.map _.Support |> Set.unionMany
        }

    /// What one of a node's results carries, given what its operands carry.
    let private through (graph: Graph) (origins: Origins) index (node: Node<Op>) (result: ValueType) operands =
        match node.Op with
        | Op.Lookup _
        | Op.LookupMany _ -> origins.Fresh NoiseSource.Table index (Shape.count result.Shape)
        | Op.Constant tensor -> empty tensor.Count
        | Op.Reencode ->
            let steps = (graph.TypeOf node.Operands[0]).Bits - result.Bits

            { Array.head operands with
                Form = scaled (Math.Pow(2.0, float steps)) operands[0].Form
            }
        | Op.Round(_, RoundingMethod.Approximate, _) -> operands[0]
        | Op.Round(_, RoundingMethod.Exact, _) ->
            let first = origins.Add NoiseSource.Rounding index (Shape.count result.Shape)

            {
                Form = withRounding first operands[0].Form
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

    /// Analyses a whole circuit.
    let analyse (graph: Graph) : NoiseAnalysis =
        let origins = Origins()
        let tracked = Array.create graph.Types.Length (empty 0)

        for port in graph.Inputs do
            let (ValueId value) = port.Value
            tracked[value] <- origins.Fresh NoiseSource.Input -1 (Shape.count graph.Types[value].Shape)

        graph.Nodes
        |> Array.iteri (fun index node ->
            let operands =
                node.Operands |> Array.map (fun (ValueId operand) -> tracked[operand])

            for ValueId value in node.Results do
                tracked[value] <- through graph origins index node graph.Types[value] operands)

        let norms one =
            let input, table, rounding = bounds origins.All one

            {
                Input = input
                Table = table * float (mostResultsMet origins.All one.Support)
                Rounding = rounding
                Support = one.Support
            }

        {
            Origins = origins.All.ToArray()
            Norms = tracked |> Array.map norms
        }
