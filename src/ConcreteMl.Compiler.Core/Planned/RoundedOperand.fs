namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Emits what a rounding plan says.
[<RequireQualifiedAccess>]
module RoundedOperand =

    /// A table of these entries for each element, equal ones once.
    let private foldTable (entries: int64[][]) (shape: int[]) : Table =
        let tables = entries |> Array.map List.ofArray
        let kept = Array.distinct tables
        let position = kept |> Array.mapi (fun index table -> table, int64 index) |> dict

        {
            Entries = Tensor.ofIntegers [| kept.Length; kept[0].Length |] (kept |> Array.collect Array.ofList)
            Index = Constants.integers shape (tables |> Array.map (fun table -> position[table]))
            Function = "fold"
            Window = None
        }

    /// The coarse lookup of a value whose width is `bits` + 1.
    let private coarseLookup (emitter: Emitter) bits (table: Table) origin (x: ValueId * IntegerBatch) =
        let drop = bits + 1 - Folding.coarseBits
        let rounding = QuantOp.Round(drop, RoundingMethod.Approximate)
        let rounded = Eval.round drop (bits + 1) (snd x)

        let coarse =
            emitter.Typed(rounding, [ x ], rounded, ScaleSearch.codes Folding.coarseBits, Folding.coarseBits, origin)

        let entries = Tensor.toInt64s table.Entries
        let range = Array.min entries, Array.max entries
        let moved = Eval.lookup table Folding.coarseBits (snd coarse)
        emitter.Typed(QuantOp.Lookup table, [ coarse ], moved, range, LinearRange.bits range, origin)

    /// One coarse lookup and its sum with what it reads, whose width is `bits` + 1.
    let private stage (emitter: Emitter) bits (entries: int64[][]) origin (x: ValueId * IntegerBatch) =
        let moved = coarseLookup emitter bits (foldTable entries (snd x).Shape) origin x
        let sum = Linear.Combine [| 1L; 1L |]
        let batch = EvalLinear.run sum (snd x).Shape [ snd x; snd moved ]
        emitter.Typed(QuantOp.Linear sum, [ x; moved ], batch, IntegerBatch.range batch, bits + 1, origin)

    /// What stage `index` does to an element; elements without a fold pass it unchanged.
    let private stageOf index (placed: PlacedElement) : FoldStage =
        match placed.Fold with
        | Some fold -> fold.Stages[index]
        | None ->
            {
                Shift = placed.Window.Shift
                Entries = Array.zeroCreate (1 <<< Folding.coarseBits)
                Stay = 0L
            }

    /// The stages of folding one after another, each with the shift to the next, or to the rounding.
    let private folded (emitter: Emitter) (plan: RoundingPlan) (stages: FoldStage[] list) (last: int64[]) origin start =
        let ends = List.tail (stages |> List.map (Array.map _.Shift)) @ [ last ]

        List.zip stages ends
        |> List.indexed
        |> List.fold
            (fun x (index, (own, next)) ->
                let bits = plan.Bits + plan.Stages - 1 - index

                let shift =
                    Array.map2 (fun next (own: FoldStage) -> next - own.Shift - own.Stay) next own

                stage emitter bits (own |> Array.map _.Entries) origin x
                |> Alignment.shifted emitter bits shift origin)
            start

    /// Multipliers, folds and shifts: codes of `Bits` bits, ready to be rounded.
    let private placed (emitter: Emitter) (plan: RoundingPlan) origin (x: Emitted) =
        let multiplier = plan.Places |> Array.map _.Window.Multiplier
        let last = plan.Places |> Array.map _.Window.Shift

        if plan.Places |> Array.forall _.Fold.IsNone then
            Alignment.aligned emitter plan.Bits multiplier last origin x
        else
            let stages =
                List.init plan.Stages (fun index -> plan.Places |> Array.map (stageOf index))

            let first = stages.Head |> Array.map _.Shift

            Alignment.aligned emitter (plan.Bits + plan.Stages) multiplier first origin x
            |> folded emitter plan stages last origin

    /// The operand of lookups that a plan makes of an accumulator.
    let emit (emitter: Emitter) (plan: RoundingPlan) (method: RoundingMethod) origin (x: Emitted) : Prepared =
        let drop = plan.Bits - plan.Target
        let operand = placed emitter plan origin x
        let result = Eval.round drop plan.Bits (snd operand)
        let low, high = IntegerBatch.range result

        let id, batch =
            emitter.Typed(
                QuantOp.Round(drop, method),
                [ operand ],
                result,
                (Alignment.clip plan.Target low, Alignment.clip plan.Target high),
                plan.Target,
                origin
            )

        {
            Id = id
            Batch = batch
            Bits = plan.Target
            Drop = drop
            Multiplier = plan.Places |> Array.map _.Window.Multiplier
            Shift = plan.Places |> Array.map _.Window.Shift
            Clamp = plan.Places |> Array.map _.Clamp
            Window = None
        }
