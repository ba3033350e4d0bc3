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

    /// The grid of these values, as its lowest value, step and number of steps; None where it has more than `levels` steps.
    let private grid (levels: float) (values: float[]) : (float * float * float) option =
        let sorted = values |> Array.sort
        let low, high = sorted[0], sorted[sorted.Length - 1]
        let near = (high - low) * 1e-6

        let gaps =
            sorted
            |> Array.pairwise
            |> Array.map (fun (left, right) -> right - left)
            |> Array.filter (fun gap -> gap > near)

        if gaps.Length = 0 || not (Double.IsFinite(high - low)) then
            None
        else
            let count = Math.Round((high - low) / Array.min gaps)
            let step = (high - low) / count

            let on value =
                let position = (value - low) / step
                abs (position - Math.Round position) < tolerance

            if count <= levels && Array.forall on sorted then
                Some(low, step, count)
            else
                None

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
        let result = Array.create classes.Length { Scale = 1.0; Offset = 0.0 }

        let ofClass (elements: int[]) =
            let wide, narrow = met margin x ready columns elements

            grid levels wide
            |> Option.orElseWith (fun () -> grid levels narrow)
            |> Option.bind (fun (low, step, count) ->
                match admit with
                | None -> Some(low, step, count)
                | Some admit ->
                    let admitted = admit elements[0] step

                    if abs (admitted / step - 1.0) < 1e-5 then
                        Some(low, admitted, count)
                    else
                        None)
            |> Option.bind (over bits zero)

        let found =
            Partition.members classes
            |> Array.map (fun elements -> elements, ofClass elements)

        if Array.forall (snd >> Option.isSome) found then
            for elements, step in found do
                for element in elements do
                    result[element] <- Option.get step

            Some result
        else
            None
