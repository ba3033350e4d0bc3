namespace ConcreteMl.Compiler.Core.Planned

/// The jumps of the lookups that read a value.
[<RequireQualifiedAccess>]
module internal ReadJumps =

    /// A range is taken in so many steps: jumps are found to within one.
    let private steps = 32768.0

    let private regions (conversion: Conversion) index : Region list option =
        let readers = conversion.Consumers[index]

        let found =
            readers
            |> List.choose (fun reader ->
                match conversion.Plan.Nodes[reader].Op with
                | Some(PlanOp.Lookup(region, _)) -> Some region
                | _ -> None)

        if found.Length = readers.Length && not found.IsEmpty then
            Some found
        else
            None

    let private site (conversion: Conversion) (reference: float[]) target (regions: Region list) (elements: int[]) : JumpSite option =
        let lanes = conversion.Emitter.Lanes

        let own = Calibration.samplesOf lanes reference elements

        let low, high = Array.min own, Array.max own
        let step = (high - low) / steps

        if not (step > 0.0 && System.Double.IsFinite step) then
            None
        else
            let apply (codes: float[]) =
                let reals = codes |> Array.map (fun code -> low + step * code)

                regions
                |> List.map (fun region -> Region.apply region [| elements[0] |] codes.Length reals)
                |> Array.ofList

            let seen =
                own
                |> Array.map (fun value -> (value - low) / step)
                |> RoundingWindow.observe apply

            let beyond =
                match RoundedGroups.beyondDecisions seen.Jumps.Length with
                | Some decided when seen.Decides -> decided
                | _ -> RoundedGroups.headroom own.Length

            let span = (1.0 + 2.0 * beyond) * (high - low)

            if seen.Jumps.Length < 2 then
                None
            else
                Some
                    {
                        Target = target
                        Span = span
                        Places =
                            RoundingWindow.weighted seen (span / step / float (1L <<< target))
                            |> Array.map (fun (code, weight) -> low + step * code, weight)
                    }

    /// The jumps of each filter's results, where rounded lookups alone read them; without elements, as of a value that is read as it
    /// is, no filter has any. The first filter tells whether there are any: functions differ by their constants alone.
    let ofFilters (conversion: Conversion) index (reference: float[]) (results: int[][]) : JumpSite option[] =
        match conversion.Roundings[index], regions conversion index with
        | Some(target, _), Some regions when results.Length > 0 ->
            let own = site conversion reference target regions

            match own results[0] with
            | None -> Array.create results.Length None
            | first -> Array.append [| first |] (Array.Parallel.map own results[1..])
        | _ -> Array.create results.Length None
