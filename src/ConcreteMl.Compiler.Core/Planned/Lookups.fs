namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Lookups whose codes are chosen, and the operands that they read: recentred, aligned, folded and rounded.
[<RequireQualifiedAccess>]
module Lookups =

    /// Whether a value is a difference of encrypted values, or a movement of one.
    let rec private compares (conversion: Conversion) planned =
        let node = conversion.Plan.Nodes[planned]

        match node.Op with
        | Some(PlanOp.Combine _) -> true
        | Some(PlanOp.Move _)
        | Some(PlanOp.Affine _) -> compares conversion node.Operands[0]
        | _ -> false

    /// The operand of a lookup, recentred and rounded; made once.
    let prepared (conversion: Conversion) planned (origin: Origin) : Prepared list =
        match conversion.Ready.TryGetValue planned with
        | true, ready -> ready
        | false, _ ->
            let groups = conversion.Groupings[planned].Groups

            let readers =
                conversion.Consumers[planned]
                |> List.choose (fun consumer ->
                    let node = conversion.Plan.Nodes[consumer]

                    match node.Op with
                    | Some(PlanOp.Lookup(region, _)) -> Some(region, node.AtOutput)
                    | _ -> None)

            let bits =
                if List.exists snd readers then
                    conversion.Options.ModelOutputs
                else
                    conversion.Options.OpInputs

            // Of a difference of codes that a maximum is taken of, one bit more is read exactly: the bit that is spared takes a lookup of its own.
            let rounding =
                match conversion.Roundings[planned] with
                | Some(target, RoundingMethod.Exact) when conversion.Selections.ContainsKey planned ->
                    Some(target + 1, RoundingMethod.Exact)
                | asked -> asked

            let ready =
                Prepare.run
                    conversion.Emitter
                    conversion.Margin
                    rounding
                    (List.forall snd readers)
                    conversion.Whole[planned]
                    (compares conversion planned)
                    (1 <<< bits)
                    (List.map fst readers)
                    groups
                    (Option.get conversion.Emitted[planned])
                    origin

            conversion.Ready[planned] <- ready
            ready

    /// Tables have an entry for every code of at most so many bits.
    let private widestLookup = 16

    /// Reports a lookup that has no table, and goes on with its codes to find more.
    let private tooWide
        (conversion: Conversion)
        (x: Emitted)
        (region: Region)
        bits
        (quantize: int -> float -> int64)
        (origin: Origin)
        : int64[] =
        conversion.Findings.Add(
            Diagnostic.error
                "CML3030"
                (origin |> List.tryHead |> Option.defaultValue "the model")
                $"a lookup on {bits} bits"
                $"at most {widestLookup}"
                "use --rounding 6 (or fewer bits), or narrower weights and inputs"
        )

        let lanes, count = x.Batch.Lanes, x.Scale.Length

        let values =
            Array.init (lanes * count) (fun position ->
                let element = position % count

                x.Scale[element] * float x.Batch.Data[element * lanes + position / count]
                + x.Offset[element])
            |> Region.apply region [| 0 .. count - 1 |] lanes

        Array.init (lanes * count) (fun position ->
            let element = position / lanes
            quantize element values[position % lanes * count + element])

    let private emitTable (conversion: Conversion) (coded: CodedLookup) (ready: Prepared) origin =
        let table, moved = Tables.ofLookup ready.Bits coded
        let batch = Eval.lookup table ready.Bits ready.Batch
        let entries = Tensor.toInt64s table.Entries
        let range = Array.min entries, Array.max entries
        conversion.Emitter.Lookup(coded, ready.Id, batch, range, origin), range, moved

    /// A lookup in parts: f(x) is the sum of f(min(x, c)) and f(max(x, c)) less f(c), in codes.
    let private split (conversion: Conversion) (x: Emitted) (region: Region) (steps: Step[]) (low, high) (ready: Prepared list) origin =
        let bits = LinearRange.bits (low, high)

        let found =
            ready
            |> List.map (fun part ->
                let coded = Tables.coded region x part steps (low, high) true
                let emitted, _, moved = emitTable conversion coded part origin
                emitted, moved)

        let middle =
            ready.Head.Clamp
            |> Array.map snd
            |> TableBuild.at region x
            |> Array.mapi (fun element value -> Tables.code (low, high) steps[element] value)

        let sum = Linear.Combine(Array.create found.Length 1L)
        let operands = found |> List.map fst

        let shift =
            found
            |> List.map snd
            |> List.reduce (Array.map2 (+))
            |> Array.map2 (fun middle moved -> moved - middle) middle

        conversion.Emitter.Linear(sum, operands, origin)
        |> Alignment.shifted conversion.Emitter bits shift origin,
        (low, high)

    /// Emits a lookup on a planned value; `steps` gives each element's output code step, and codes lie in [low, high].
    let emit (conversion: Conversion) planned (region: Region) (steps: Step[]) (low, high) origin : Emitted =
        let x = Option.get conversion.Emitted[planned]
        let ready = prepared conversion planned origin

        if ready.Head.Bits > widestLookup then
            { x with
                Batch =
                    { x.Batch with
                        Data =
                            tooWide
                                conversion
                                x
                                region
                                ready.Head.Bits
                                (fun element value -> Tables.code (low, high) steps[element] value)
                                origin
                    }
                Scale = steps |> Array.map _.Scale
                Offset = steps |> Array.map _.Offset
                Worst = low, high
            }
        else
            let scales, offsets = steps |> Array.map _.Scale, steps |> Array.map _.Offset

            let (id, batch), range =
                match ready with
                | [ single ] ->
                    let emitted, range, _ =
                        emitTable conversion (Tables.coded region x single steps (low, high) false) single origin

                    emitted, range
                | parts -> split conversion x region steps (low, high) parts origin

            {
                Id = id
                Batch = batch
                Scale = scales
                Offset = offsets
                Worst = range
            }
