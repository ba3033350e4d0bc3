namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// An operand made ready for lookups: code = (Multiplier · original + Shift), rounded by Drop bits to `Bits` bits.
type Prepared =
    {
        Id: ValueId
        Batch: IntegerBatch
        Bits: int
        Drop: int
        Multiplier: int64[]
        Shift: int64[]
        /// Tables read codes of the original beyond these ends as the ends.
        Clamp: (float * float)[]
        /// Codes from −Window to Window − 1 occur; None: all of the width.
        Window: int64 option
    }

/// What the codes of a lookup's operand mean, element by element.
type TableOperand =
    {
        /// What the original's codes mean.
        Scale: float[]
        Offset: float[]
        /// How the original was made ready: as `Prepared`.
        Bits: int
        Drop: int
        Multiplier: int64[]
        Shift: int64[]
        Clamp: (float * float)[]
    }

/// Tables: a region evaluated by the float stage's own interpreter over every code, once per distinct meaning.
[<RequireQualifiedAccess>]
module TableBuild =

    /// At most so many codes of a rounding bin are averaged.
    let private perBin = 16

    let private pointsOf (x: TableOperand) = min perBin (1 <<< x.Drop)

    /// Elements for which all `parts` agree (such as scale and offset of their codes, or the coding of results), and the function's
    /// constants.
    let alike (region: Region) (parts: float[] list) : Classes =
        let count = Shape.count region.Shape

        let refine (labels: Classes) (values: float[]) =
            Partition.ofKeys (Array.zip labels (values |> Array.map BitConverter.DoubleToInt64Bits))

        let constants =
            Region.constants region
            |> List.map (fun tensor ->
                let values = Tensor.toFloat64s tensor

                Moves.broadcast tensor.Shape region.Shape
                |> Array.map (fun element -> values[element]))

        List.fold refine (Array.zeroCreate count) (parts @ constants)

    /// The original codes that a bin stands for, 1 to `perBin`; fractional where there are more.
    let private originals (x: TableOperand) element bin : float[] =
        let multiplier, shift = float x.Multiplier[element], float x.Shift[element]
        let code = float (bin - (1 <<< (x.Bits - 1)))

        if x.Drop = 0 then
            [| (code - shift) / multiplier |]
        else
            let size = float (1L <<< x.Drop)
            let low, high = x.Clamp[element]

            Bins.codes (pointsOf x) size multiplier (code * size - size / 2.0 - 0.5 - shift)
            |> Array.map (fun code -> Math.Clamp(code, low, high))

    /// A function with at most so many values over all codes is one of decisions: what lies between two of them means nothing.
    let private mostDecisions = 8

    /// Whether a function takes only a few values (a comparison, a sign): bins then hold the value that most of them have.
    let isDecision (values: float[]) =
        let found = System.Collections.Generic.HashSet<float>()

        values
        |> Array.forall (fun value ->
            found.Count <= mostDecisions
            && (found.Add value |> ignore
                found.Count <= mostDecisions))

    /// No limits to what a function gives, for as many elements.
    let unlimited count : (float * float)[] =
        Array.create count (Double.NegativeInfinity, Double.PositiveInfinity)

    /// The functions' values at `codes` ([elements][bins], 1 to `points` of each bin), the last of a bin again where it has fewer:
    /// [bins][points][elements].
    let private pointValues (region: Region) (x: TableOperand) points (elements: int[]) (codes: float[][][]) : float[] =
        let bins, width = 1 <<< x.Bits, elements.Length
        let values = Array.zeroCreate<float>(bins * points * width)

        for position, element in Array.indexed elements do
            for bin in 0 .. bins - 1 do
                let own = codes[position][bin]

                for point in 0 .. points - 1 do
                    values[(bin * points + point) * width + position] <-
                        Meaning.real x.Scale[element] x.Offset[element] own[min point (own.Length - 1)]

        Region.apply region elements (bins * points) values

    /// The mean of the values that are numbers.
    let private meanOfKnown points (at: int -> float) =
        let mutable sum, known = 0.0, 0

        for point in 0 .. points - 1 do
            let value = at point

            if not (Double.IsNaN value) then
                sum <- sum + value
                known <- known + 1

        sum / float known

    /// The function's mean over each bin, of decisions the middle one, [bins] for one element. Values beyond an element's limits count as
    /// the limits, and those that are no numbers not at all: a pole in a corner of a bin says nothing of the rest of it.
    let private column (region: Region) (x: TableOperand) (limits: (float * float)[]) (elements: int[]) : float[][] =
        let bins = 1 <<< x.Bits
        let points, width = pointsOf x, elements.Length

        let codes =
            elements |> Array.map (fun element -> Array.init bins (originals x element))

        let results = pointValues region x points elements codes

        Array.init width (fun position ->
            let low, high = limits[elements[position]]
            let own = codes[position]

            let at bin point =
                max low (min high results[(bin * points + point) * width + position])

            let decides =
                points > 1
                && isDecision (Array.init (bins * points) (fun index -> at (index / points) (index % points)))

            Array.init bins (fun bin ->
                let count = own[bin].Length

                if decides then
                    (Array.init count (at bin) |> Array.sort)[count / 2]
                else
                    meanOfKnown count (at bin)))

    /// NaN takes the entry of the nearest code that has one.
    let private mend (values: float[]) =
        if Array.exists Double.IsNaN values then
            let known =
                values
                |> Array.indexed
                |> Array.filter (fun (_, value) -> not (Double.IsNaN value))

            values
            |> Array.mapi (fun index value ->
                if not (Double.IsNaN value) then
                    value
                elif known.Length = 0 then
                    0.0
                else
                    known |> Array.minBy (fun (other, _) -> abs (other - index)) |> snd)
        else
            values

    let private chunk = 1 <<< 20

    let private meaning (x: TableOperand) =
        [
            x.Scale
            x.Offset
            Array.map float x.Multiplier
            Array.map float x.Shift
            Array.map fst x.Clamp
            Array.map snd x.Clamp
        ]

    /// An accumulator's codes, made ready.
    let operand (x: Emitted) (ready: Prepared) : TableOperand =
        {
            Scale = x.Scale
            Offset = x.Offset
            Bits = ready.Bits
            Drop = ready.Drop
            Multiplier = ready.Multiplier
            Shift = ready.Shift
            Clamp = ready.Clamp
        }

    let private ends (limits: (float * float)[]) =
        [ Array.map fst limits; Array.map snd limits ]

    /// The function's mean over each bin of a rounded operand, for every element: [elements][bins]; values beyond `limits` count as these.
    let means (region: Region) (limits: (float * float)[]) (x: TableOperand) : float[][] =
        let labels = alike region (meaning x @ ends limits)
        let representatives = Array.distinct labels

        let found =
            column region x limits representatives
            |> Array.map2 (fun element values -> element, mend values) representatives
            |> dict

        labels |> Array.map (fun label -> found[label])

    /// The function's value of every element at a code of its own.
    let at (region: Region) (x: Emitted) (codes: float[]) : float[] =
        let elements = [| 0 .. codes.Length - 1 |]

        codes
        |> Array.mapi (fun element code -> Meaning.real x.Scale[element] x.Offset[element] code)
        |> Region.apply region elements 1

    /// Entries of every row moved so that those of the window's ends are opposite, and by how much each element's entries were moved down:
    /// codes beyond the window, which read negated entries, then read what its nearer end does. Entries keep their width, which a sum behind
    /// them would pay for: a function that bends at one end is moved as far as that allows.
    let centred (shape: int[]) (table: Table) : Table * int64[] =
        let rows, width = table.Entries.Shape[0], table.Entries.Shape[1]
        let entries = Tensor.toInt64s table.Entries

        let reach =
            table.Window
            |> Option.map int
            |> Option.defaultValue (width / 2)
            |> min (width / 2)

        let half = 1L <<< (LinearRange.bits (Array.min entries, Array.max entries) - 1)

        let centre row =
            let own = Array.sub entries (row * width) width
            let ends = own[width / 2 - reach] + own[width / 2 + reach - 1]
            Math.Clamp(ends >>> 1, Array.max own - half + 1L, Array.min own + half)

        let centres = Array.init rows centre

        let index = Tensor.toInt64s table.Index

        { table with
            Entries = Tensor.ofIntegers [| rows; width |] (entries |> Array.mapi (fun position entry -> entry - centres[position / width]))
        },
        Moves.broadcast table.Index.Shape shape
        |> Array.map (fun own -> centres[int index[own]])

    /// The tables of elements, in chunks that keep what is computed at once small.
    let private tablesOf region (x: TableOperand) limits (quantize: int -> float -> int64) (elements: int[]) : int64[][] =
        let points = if x.Drop = 0 then 1 else min perBin (1 <<< x.Drop)
        let perChunk = max 1 (chunk / ((1 <<< x.Bits) * points))

        elements
        |> Array.chunkBySize perChunk
        |> Array.collect (fun elements ->
            column region x limits elements
            |> Array.map2 (fun element values -> mend values |> Array.map (quantize element)) elements)

    /// Tables that give, for each element, `quantize element (function value)`, which takes what is beyond an element's limits as these;
    /// `parts` are all per-element numbers that `quantize` and the limits depend on.
    let build
        (region: Region)
        (x: TableOperand)
        (parts: float[] list)
        (limits: (float * float)[])
        (quantize: int -> float -> int64)
        : Table =
        let labels = alike region (meaning x @ parts)
        let representatives = labels |> Array.distinct
        let tables = tablesOf region x limits quantize representatives

        let same =
            Partition.ofKeys (tables |> Array.map (fun table -> Tensor.ofIntegers [| table.Length |] table))

        let kept = Array.distinct same
        let position = kept |> Array.mapi (fun index label -> label, index) |> dict

        let tableOf =
            Array.map2 (fun label table -> label, position[table]) representatives same
            |> dict

        {
            Entries = Tensor.ofIntegers [| kept.Length; 1 <<< x.Bits |] (kept |> Array.collect (fun index -> tables[index]))
            Index = Constants.integers region.Shape (labels |> Array.map (fun label -> int64 tableOf[label]))
            Function = region.Function
            Window = None
        }
