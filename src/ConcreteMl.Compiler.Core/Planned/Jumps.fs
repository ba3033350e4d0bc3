namespace ConcreteMl.Compiler.Core.Planned

open System

/// Where the lookups that read a value jump, in reals, over what calibration reaches.
type internal JumpSite =
    {
        /// Bits that the lookups read at most.
        Target: int
        /// How much the bins of a rounding have to cover.
        Span: float
        /// Each jump, and what missing it costs.
        Places: (float * float)[]
    }

/// Jumps of functions, and scales of codes with which the bins of a rounding meet several of them.
[<RequireQualifiedAccess>]
module internal Jumps =

    /// A function that covers this part of its values from one grid point to the next jumps there: a stair of twenty steps does.
    let private jump = 0.04

    /// More jumps than this cannot all meet the bounds of bins; the largest are kept.
    let private most = 16

    /// A function with at most so many values over a fine grid is constant between its jumps.
    let private mostStairs = 32

    /// Whether a function, given on a fine grid, takes few values alone: a comparison, a sign, a rounding.
    let isStair (values: float[]) =
        let found = System.Collections.Generic.HashSet<float>()

        values
        |> Array.forall (fun value ->
            found.Add value |> ignore
            found.Count <= mostStairs)

    /// Halvings of the step between two codes that tell a jump from a steep slope, and which part of the change the last one still holds.
    let private halvings, private held = 3, 0.7

    /// Whether a function changes at one place between two codes.
    let private isJump (apply: float[] -> float[]) low high =
        let rec change count low high =
            let middle = (low + high) / 2.0
            let values = apply [| low; middle; high |]
            let left, right = abs (values[1] - values[0]), abs (values[2] - values[1])

            if count = 0 then abs (values[2] - values[0])
            elif left > right then change (count - 1) low middle
            else change (count - 1) middle high

        change halvings low high >= held * change 0 low high

    /// The middle between the two neighbouring codes about a steep place of a grid between which a function jumps.
    let private between (apply: float[] -> float[]) low high height =
        let codes = [| floor low .. ceil high |]

        let found =
            apply codes
            |> Array.pairwise
            |> Array.map (fun (left, right) -> abs (right - left))

        if found.Length = 0 then
            None
        else
            let largest = Array.max found
            let code = codes[Array.findIndex ((=) largest) found]

            // Less than the jump between two codes: steep, but no jump.
            if largest >= 0.5 * height && isJump apply code (code + 1.0) then
                Some(code + 0.5)
            else
                None

    /// The middles between neighbouring codes where functions on a grid jump.
    let find (apply: float[] -> float[][]) first distance (values: float[][]) : float[] =
        values
        |> Array.mapi (fun which values ->
            let span = Array.max values - Array.min values
            let place point = first + distance * float point

            [|
                for point in 0 .. values.Length - 2 do
                    let height = abs (values[point + 1] - values[point])

                    if span > 0.0 && height > jump * span then
                        height, point
            |]
            |> Array.sortDescending
            |> Array.truncate most
            |> Array.choose (fun (height, point) -> between (fun codes -> (apply codes)[which]) (place point) (place (point + 1)) height))
        |> Array.concat
        |> Array.distinct

    /// How far a place is from the nearest whole number.
    let private apart (place: float) = abs (place - Math.Round place)

    /// The mean square of how far jumps lie from the bounds of bins of this size, when the jump that is best for it is met; each counts by
    /// its weight.
    let private misfit (places: (float * float)[]) size =
        places
        |> Array.map (fun (anchor, _) ->
            places
            |> Array.sumBy (fun (place, weight) -> weight * (size * apart ((place - anchor) / size)) ** 2.0))
        |> Array.min
        |> fun least -> least / max 1e-300 (Array.sumBy snd places)

    /// The mean square, in reals, of what bins miss jumps by where codes have this scale: bins are the smallest of 2^n codes that cover
    /// the span, and a shift lets one jump meet a bound.
    let missed (site: JumpSite) scale : float =
        let smallest = 1.04 * site.Span / (float (1L <<< site.Target) - 0.5)

        misfit site.Places (scale * 2.0 ** ceil (Math.Log2(smallest / scale)))

    /// Scales from 8 % finer to 25 % coarser are tried, a third of a bit of the weights at most: jumps that lie three bins apart or more can
    /// then be met.
    let private tried = [| for percent in -8.0 .. 0.25..25.0 -> 1.0 + percent / 100.0 |]

    /// Of neighbouring scales one is enough; weights are fitted to so many.
    let private neighbours, private mostScales = 0.02, 4

    /// Scales of codes near `wish` with which bins miss jumps by half as much at most.
    let scales (site: JumpSite) (wish: float) : float[] =
        let found =
            tried
            |> Array.map (fun part -> let scale = part * wish in scale, missed site scale)
            |> Array.filter (fun (_, miss) -> 4.0 * miss < missed site wish)
            |> Array.sortBy snd
            |> Array.map fst

        found
        |> Array.fold
            (fun kept scale ->
                if kept |> List.exists (fun other -> abs (scale - other) < neighbours * wish) then
                    kept
                else
                    kept @ [ scale ])
            []
        |> List.truncate mostScales
        |> Array.ofList
