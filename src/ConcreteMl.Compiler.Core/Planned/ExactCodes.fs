namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Codes on which a lookup's results are exact: where the operand has few codes, a function may have few results, which lie on a grid
/// (the excess of a difference of codes, a magnitude, a step function).
[<RequireQualifiedAccess>]
module ExactCodes =

    /// Functions are computed in float32 on the way: grids are met up to this fraction of their step.
    let private tolerance = 1e-3

    /// The least distance of neighbours, those apart that are nearer than a millionth of the range; None where all are.
    let private leastGap (sorted: float[]) : float option =
        let near = (sorted[sorted.Length - 1] - sorted[0]) * 1e-6

        let gaps =
            sorted
            |> Array.pairwise
            |> Array.map (fun (left, right) -> right - left)
            |> Array.filter (fun gap -> gap > near)

        if gaps.Length = 0 then None else Some(Array.min gaps)

    /// The grid of these values, as its lowest value, step and number of steps; None where it has more than `levels` steps.
    let private grid (levels: float) (values: float[]) : (float * float * float) option =
        let sorted = values |> Array.sort
        let low, high = sorted[0], sorted[sorted.Length - 1]

        leastGap sorted
        |> Option.filter (fun _ -> Double.IsFinite(high - low))
        |> Option.bind (fun gap ->
            let count = Math.Round((high - low) / gap)
            let step = (high - low) / count

            let on value =
                let position = (value - low) / step
                abs (position - Math.Round position) < tolerance

            if count <= levels && Array.forall on sorted then
                Some(low, step, count)
            else
                None)

    /// Steps over [low, high] whose codes are the points of a grid; spare codes are left at both ends, and real 0 is a code where the
    /// grid allows it.
    let private over bits zero (low, step, count) : Step option =
        let least, most = ScaleSearch.codes bits
        let first = float least + Math.Floor((float (most - least) - count) / 2.0)
        let offset = low - step * first
        let whole = Math.Round(offset / step)
        let isWhole = abs (offset / step - whole) < tolerance

        if isWhole then Some { Scale = step; Offset = step * whole }
        elif zero then None
        else Some { Scale = step; Offset = offset }

    /// Values of a function at the codes that occur, and as far beyond as unseen ones may go.
    let private met margin (x: Emitted) (ready: Prepared) (columns: float[][]) (elements: int[]) : float[] * float[] =
        let half = 1L <<< (ready.Bits - 1)
        let lanes = x.Batch.Lanes

        let within spare =
            elements
            |> Array.collect (fun element ->
                let own = Array.sub ready.Batch.Data (element * lanes) lanes
                let low, high = Array.min own, Array.max own
                let beyond = int64 (Math.Ceiling(spare * float (high - low)))
                let from = int (max 0L (low - beyond + half))
                let until = int (min (2L * half - 1L) (high + beyond + half))
                columns[element][from..until])
            |> Array.distinct

        within margin, within 0.0

    /// A grid with the step that a sum behind admits; None where that is another one.
    let private admitted (admit: (int -> float -> float) option) element (low, step, count) =
        match admit with
        | None -> Some(low, step, count)
        | Some admit ->
            let own = admit element step

            if abs (own / step - 1.0) < 1e-5 then
                Some(low, own, count)
            else
                None

    /// Steps by element, from those of classes; None where a class has none.
    let private spread (classes: Classes) (ofClass: int[] -> Step option) : Step[] option =
        let members = Partition.members classes
        let found = Array.map ofClass members

        if Array.forall Option.isSome found then
            let result = Array.create classes.Length { Scale = 1.0; Offset = 0.0 }

            (members, Array.choose id found)
            ||> Array.iter2 (fun elements step -> elements |> Array.iter (fun element -> result[element] <- step))

            Some result
        else
            None

    /// For every class of elements the step whose codes are all results that occur; None where one has too many. `admit` gives the scale
    /// next to a wish that a sum behind admits, by element.
    let tryFind
        margin
        bits
        zero
        (admit: (int -> float -> float) option)
        (classes: Classes)
        region
        (x: Emitted)
        (ready: Prepared)
        : Step[] option =
        let columns =
            TableBuild.means region (TableBuild.unlimited x.Scale.Length) (TableBuild.operand x ready)

        let least, most = ScaleSearch.codes bits
        let levels = float (most - least)

        spread classes (fun elements ->
            let wide, narrow = met margin x ready columns elements

            grid levels wide
            |> Option.orElseWith (fun () -> grid levels narrow)
            |> Option.bind (admitted admit elements[0])
            |> Option.bind (over bits zero))
