namespace ConcreteMl.Compiler.Core.Tools

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Values whose lookups are rounded alike: one, or those of one role in a network of many.
type internal RoundingUnit = { Sites: int[]; Place: string }

/// Rounds the lookups of single values to fewer bits, from a setting for all: as a rule, some layers bear less than others.
[<RequireQualifiedAccess>]
module internal MixedRounding =

    /// A network of more values that lookups read (an unrolled recurrence, attention written out) is searched by roles: values of one
    /// shape that the same functions read.
    let private mostAlone = 12

    let private unit (places: Map<int, string>) (sites: int[]) =
        {
            Sites = sites
            Place = places[sites[0]]
        }

    /// The units of a graph without roundings, the largest first: most of the time is spent on them.
    let units (graph: PlanGraph) : RoundingUnit list =
        let lookups =
            graph.Nodes
            |> Array.choose (fun node ->
                match node.Op with
                | PlanOp.Lookup(region, _) ->
                    let (ValueId operand) = node.Operands[0]
                    Some(operand, (region.Function, node.Origin |> List.tryLast |> Option.defaultValue graph.Name))
                | _ -> None)

        let functions =
            lookups
            |> Array.groupBy fst
            |> Array.map (fun (site, all) -> site, all |> Array.map (snd >> fst))
            |> Map.ofArray

        let places =
            lookups |> Array.map (fun (site, (_, place)) -> site, place) |> Map.ofArray

        let size site = Shape.count graph.Types[site].Shape

        let free =
            Passes.PlanRoundings.sites graph
            |> Array.filter (fun site -> graph.Types[site].Reading.IsNone)

        let grouped =
            if free.Length <= mostAlone then
                free |> Array.map Array.singleton
            else
                free
                |> Array.groupBy (fun site -> graph.Types[site].Shape, functions[site])
                |> Array.map snd

        grouped
        |> Array.sortBy (Array.sumBy size >> (~-))
        |> Array.map (unit places)
        |> List.ofArray

    let private exceptFor (one: RoundingUnit) rounding (priced: PricedRounding) : RoundingSetting =
        let others =
            priced.Exceptions
            |> List.filter (fun (site, _) -> not (Array.contains site one.Sites))

        {
            Rounding = priced.Rounding
            BinLoss = priced.BinLoss
            Exceptions = others @ [ for site in one.Sites -> site, rounding ] |> List.sortBy fst
        }

    let private current (one: RoundingUnit) (priced: PricedRounding) =
        priced.Exceptions
        |> List.tryFind (fun (site, _) -> site = one.Sites[0])
        |> Option.map snd
        |> Option.defaultValue priced.Rounding

    /// The cheapest setting on the way down: unit by unit, a bit less as long as the whole circuit gets faster and `accepts` the errors.
    /// At most as many settings are quantized as were before it, so that the choice takes at most twice as long; unrounded
    /// values are tried at `most` bits first, none below `least`.
    let improve (pricing: Pricing) accepts (least: int) (most: int) (units: RoundingUnit list) (start: PricedRounding) : PricedRounding =
        let before = pricing.Quantized.Count

        let narrower rounding =
            match rounding with
            | None -> Some(most, RoundingMethod.Exact)
            | Some(bits, method) -> Some(bits - 1, method)

        let isTried rounding =
            rounding |> Option.exists (fun (bits, _) -> bits >= least)
            && pricing.Quantized.Count < 2 * before

        let rec descend (best: PricedRounding) one =
            let rounding = narrower (current one best)

            if not (isTried rounding) then
                best
            else
                let setting = exceptFor one rounding best

                let better =
                    Pricing.errorsOf pricing setting
                    |> Option.filter accepts
                    |> Option.bind (fun _ -> Pricing.price pricing setting)
                    |> Option.filter (fun found -> found.Seconds.IsSome && found.Seconds < best.Seconds)

                match better with
                | Some found -> descend found one
                | None -> best

        // One unit alone is what all settings have been tried on.
        match units with
        | []
        | [ _ ] -> start
        | _ -> List.fold descend start units

    /// The node behind each exception of a setting.
    let places (units: RoundingUnit list) (priced: PricedRounding) : string list =
        [
            for site, _ in priced.Exceptions ->
                units
                |> List.tryFind (fun one -> Array.contains site one.Sites)
                |> Option.map _.Place
                |> Option.defaultValue ""
        ]
