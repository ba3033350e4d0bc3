namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// Worst-case integer ranges (interval arithmetic): bounds that hold for every input, beside those seen in calibration.
[<RequireQualifiedAccess>]
module LinearRange =

    /// The smallest signed width whose codes include both bounds: at least 1.
    let bits (low: int64, high: int64) =
        let rec grow width =
            if low >= -(1L <<< (width - 1)) && high < (1L <<< (width - 1)) || width = 62 then
                width
            else
                grow (width + 1)

        grow 1

    let private scaled factor (low: int64, high: int64) =
        if factor >= 0L then
            factor * low, factor * high
        else
            factor * high, factor * low

    let private union (a: int64, b: int64) (c: int64, d: int64) = min a c, max b d

    let private sum ranges =
        Seq.fold (fun (low, high) (l, h) -> low + l, high + h) (0L, 0L) ranges

    /// Σ over one column or one filter: positive and negative weights meet opposite bounds.
    let private weighted (weights: int64[]) (indices: seq<int>) (low, high) =
        let mutable positive = 0L
        let mutable negative = 0L

        for index in indices do
            let weight = weights[index]

            if weight > 0L then
                positive <- positive + weight
            else
                negative <- negative + weight

        positive * low + negative * high, positive * high + negative * low

    let private matMul (weights: Tensor) range =
        let shape = weights.Shape
        let inner, columns = shape[shape.Length - 2], shape[shape.Length - 1]
        let values = Tensor.toInt64s weights

        [
            for matrix in 0 .. values.Length / (inner * columns) - 1 do
                for column in 0 .. columns - 1 ->
                    weighted values (Seq.init inner (fun row -> (matrix * inner + row) * columns + column)) range
        ]
        |> List.reduce union

    let private conv (weights: Tensor) range =
        let values = Tensor.toInt64s weights
        let size = values.Length / weights.Shape[0]

        [
            for filter in 0 .. weights.Shape[0] - 1 -> weighted values (seq { filter * size .. (filter + 1) * size - 1 }) range
        ]
        |> List.reduce union

    let private padded (geometry: Geometry) range =
        if Array.exists (fun pad -> pad > 0) (Array.append geometry.PadsBegin geometry.PadsEnd) then
            union (0L, 0L) range
        else
            range

    /// From the sums that the elements of the result are.
    let private byTerms linear (shapes: int[] list) (ranges: (int64 * int64) list) =
        let shapes, ranges = Array.ofList shapes, Array.ofList ranges

        match LinearShape.infer linear (List.ofArray shapes) with
        | Error reason -> invalidArg (nameof linear) reason
        | Ok result ->
            let terms = Terms.ofLinear linear shapes result

            let one element =
                let mutable low, high = 0L, 0L

                terms element (fun operand _ weight ->
                    let l, h = scaled (int64 weight) ranges[operand]
                    low <- low + l
                    high <- high + h)

                low, high

            Seq.init (Shape.count result) one |> Seq.reduce union

    /// The range of an operation's result, given its operands' shapes and ranges.
    let worst (linear: Linear) (shapes: int[] list) (ranges: (int64 * int64) list) : int64 * int64 =
        let range = List.head ranges

        match linear with
        | Linear.MatMul weights -> matMul weights range
        | Linear.Conv(weights, geometry, _) -> conv weights (padded geometry range)
        | Linear.Combine multipliers -> Seq.map2 scaled multipliers ranges |> sum
        | Linear.Scale factors ->
            let factors = Tensor.toInt64s factors
            union (scaled (Array.min factors) range) (scaled (Array.max factors) range)
        | Linear.Shift offsets ->
            let offsets = Tensor.toInt64s offsets
            fst range + Array.min offsets, snd range + Array.max offsets
        | Linear.Concat _ -> List.reduce union ranges
        | Linear.Move move -> if Moves.fills move then union (0L, 0L) range else range
        | _ -> byTerms linear shapes ranges
