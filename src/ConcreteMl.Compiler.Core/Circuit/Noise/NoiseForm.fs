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

/// A form with the origins that reach it.
type TrackedNoise =
    {
        Form: NoiseForm
        /// Indices of origins.
        Support: Set<int>
    }

/// Forms of noises: made, scaled, merged and bounded.
[<RequireQualifiedAccess>]
module NoiseForm =

    /// Terms of one operation up to which forms stay exact.
    [<Literal>]
    let private MostTerms = 1500000L

    /// No noise at all.
    let empty elements =
        {
            Form = NoiseForm.Exact(Array.zeroCreate (elements + 1), [||], [||])
            Support = Set.empty
        }

    /// What noises come from, by their numbers. Terms that follow each other come from one origin as a rule: it is looked at first.
    [<Sealed>]
    type private Kinds(origins: NoiseOrigin[]) =
        let firsts = origins |> Array.map _.First
        let mutable last = 0

        let isOfLast source =
            firsts[last] <= source
            && (last + 1 = firsts.Length || source < firsts[last + 1])

        member _.Of(source: int) =
            if not (isOfLast source) then
                let found = Array.BinarySearch(firsts, source)
                last <- if found >= 0 then found else ~~~found - 1

            origins[last].Source

    /// The squared norms of one element's terms, by source.
    let private squares (kinds: Kinds) (sources: int[]) (weights: float[]) first last =
        let mutable input, table, rounding = 0.0, 0.0, 0.0

        for index in first..last do
            let square = weights[index] * weights[index]

            match kinds.Of sources[index] with
            | NoiseSource.Input -> input <- input + square
            | NoiseSource.Table -> table <- table + square
            | NoiseSource.Rounding -> rounding <- rounding + square

        struct (input, table, rounding)

    /// The largest squared norms by source.
    let bounds (origins: NoiseOrigin seq) (tracked: TrackedNoise) =
        match tracked.Form with
        | NoiseForm.Bound(input, table, rounding, _) -> input, table, rounding
        | NoiseForm.Exact(offsets, sources, weights) ->
            let kinds = Kinds(Array.ofSeq origins)
            let mutable input, table, rounding = 0.0, 0.0, 0.0

            for element in 0 .. offsets.Length - 2 do
                let struct (i, t, r) =
                    squares kinds sources weights offsets[element] (offsets[element + 1] - 1)

                input <- max input i
                table <- max table t
                rounding <- max rounding r

            input, table, rounding

    /// Whether no two elements share a source.
    let isIndependent (tracked: TrackedNoise) =
        match tracked.Form with
        | NoiseForm.Bound(_, _, _, independent) -> independent
        | NoiseForm.Exact(_, sources, _) -> (Array.distinct sources).Length = sources.Length

    /// Terms of one element, added up by source.
    type private Sums(noises: int) =
        let sums = Array.zeroCreate<float> noises
        let seen = Array.zeroCreate<bool> noises
        let touched = Collections.Generic.List<int>()

        member _.Add(source, weight) =
            if not seen[source] then
                seen[source] <- true
                touched.Add source

            sums[source] <- sums[source] + weight

        /// Moves the sums that are not 0, in the order in which their sources were met; the next element begins.
        member _.MoveTo(sources: Collections.Generic.List<int>, weights: Collections.Generic.List<float>) =
            for source in touched do
                if sums[source] <> 0.0 then
                    sources.Add source
                    weights.Add sums[source]

                sums[source] <- 0.0
                seen[source] <- false

            touched.Clear()

    let private merged noises (terms: Terms) elements (forms: struct (int[] * int[] * float[])[]) =
        let sums = Sums noises
        let resultOffsets = Array.zeroCreate (elements + 1)
        let resultSources = Collections.Generic.List<int>()
        let resultWeights = Collections.Generic.List<float>()

        for element in 0 .. elements - 1 do
            terms element (fun operand from weight ->
                let struct (offsets, sources, weights) = forms[operand]

                for index in offsets[from] .. offsets[from + 1] - 1 do
                    sums.Add(sources[index], weight * weights[index]))

            sums.MoveTo(resultSources, resultWeights)
            resultOffsets[element + 1] <- resultSources.Count

        NoiseForm.Exact(resultOffsets, resultSources.ToArray(), resultWeights.ToArray())

    /// The most terms of an element, on the average over a form's elements; 1 at least.
    let private density (forms: struct (int[] * int[] * float[])[]) =
        forms
        |> Array.map (fun struct (offsets, sources, _) -> float sources.Length / float (max 1 (offsets.Length - 1)))
        |> Array.fold max 1.0

    /// Merges the operands' exact forms term by term; None when that takes too many terms.
    let tryExact (noises: int) (terms: Terms) elements (estimate: int64) (operands: TrackedNoise[]) =
        let forms =
            operands
            |> Array.choose (fun operand ->
                match operand.Form with
                | NoiseForm.Exact(offsets, sources, weights) -> Some struct (offsets, sources, weights)
                | NoiseForm.Bound _ -> None)

        if
            forms.Length < operands.Length
            || float estimate * density forms > float MostTerms
        then
            None
        else
            Some(merged noises terms elements forms)

    /// Every weight times a factor.
    let scaled factor form =
        match form with
        | NoiseForm.Exact(offsets, sources, weights) -> NoiseForm.Exact(offsets, sources, weights |> Array.map ((*) factor))
        | NoiseForm.Bound(input, table, rounding, independent) ->
            let square = factor * factor
            NoiseForm.Bound(input * square, table * square, rounding * square, independent)

    /// Adds to each element a noise of its own, `first` onwards.
    let withRounding first form =
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
