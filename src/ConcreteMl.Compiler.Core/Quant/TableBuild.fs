namespace ConcreteMl.Compiler.Core.Quant.Planning

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
    }

/// Tables: a region evaluated by the float stage's own interpreter over every code, once per distinct meaning.
[<RequireQualifiedAccess>]
module TableBuild =

    /// At most so many codes of a rounding bin are averaged.
    let private perBin = 16

    /// Elements whose codes mean the same, whose constants agree, and whose results are coded alike.
    let private alike (region: Region) (parts: float[] list) : Classes =
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

    /// The original (fractional) codes that a bin stands for.
    let private originals (prepared: Prepared) element bin : float[] =
        let multiplier, shift =
            float prepared.Multiplier[element], float prepared.Shift[element]

        let code = float (bin - (1 <<< (prepared.Bits - 1)))

        if prepared.Drop = 0 then
            [| (code - shift) / multiplier |]
        else
            let size = float (1L <<< prepared.Drop)
            let points = min perBin (1 <<< prepared.Drop)

            Array.init points (fun point ->
                (code * size - size / 2.0 + (float point + 0.5) * size / float points
                 - 0.5
                 - shift)
                / multiplier)

    /// The function's mean over each bin, [bins] for one element.
    let private column (region: Region) (x: Emitted) (prepared: Prepared) (elements: int[]) : float[][] =
        let bins = 1 <<< prepared.Bits

        let points =
            if prepared.Drop = 0 then
                1
            else
                min perBin (1 <<< prepared.Drop)

        let width = elements.Length
        let values = Array.zeroCreate<float>(bins * points * width)

        elements
        |> Array.iteri (fun position element ->
            for bin in 0 .. bins - 1 do
                originals prepared element bin
                |> Array.iteri (fun point code ->
                    values[(bin * points + point) * width + position] <- x.Scale[element] * code + x.Offset[element]))

        let results = Region.apply region elements (bins * points) values

        Array.init width (fun position ->
            Array.init bins (fun bin ->
                let mutable sum = 0.0

                for point in 0 .. points - 1 do
                    sum <- sum + results[(bin * points + point) * width + position]

                sum / float points))

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

    /// Tables that give, for each element, `quantize element (function value)`; `parts` are all per-element numbers that `quantize` depends on.
    let build (region: Region) (x: Emitted) (prepared: Prepared) (parts: float[] list) (quantize: int -> float -> int64) : Table =
        let meaning =
            [
                x.Scale
                x.Offset
                Array.map float prepared.Multiplier
                Array.map float prepared.Shift
            ]

        let labels = alike region (meaning @ parts)
        let representatives = labels |> Array.distinct

        let points =
            if prepared.Drop = 0 then
                1
            else
                min perBin (1 <<< prepared.Drop)

        let perChunk = max 1 (chunk / ((1 <<< prepared.Bits) * points))

        let tables =
            representatives
            |> Array.chunkBySize perChunk
            |> Array.collect (fun elements ->
                column region x prepared elements
                |> Array.map2 (fun element values -> mend values |> Array.map (quantize element)) elements)

        let same =
            Partition.ofKeys (tables |> Array.map (fun table -> Tensor.ofIntegers [| table.Length |] table))

        let kept = Array.distinct same
        let position = kept |> Array.mapi (fun index label -> label, index) |> dict

        let tableOf =
            Array.map2 (fun label table -> label, position[table]) representatives same
            |> dict

        {
            Entries = Tensor.ofIntegers [| kept.Length; 1 <<< prepared.Bits |] (kept |> Array.collect (fun index -> tables[index]))
            Index = Constants.integers region.Shape (labels |> Array.map (fun label -> int64 tableOf[label]))
            Function = region.Function
        }
