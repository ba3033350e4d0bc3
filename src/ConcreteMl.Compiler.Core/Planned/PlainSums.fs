namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base

/// Weighted operations that only add and subtract: all weights of a filter are 0 or have one magnitude. Running sums, means and pools that
/// a file writes as products are such. On codes of one scale their weights are 0 and ±1, which take no bits beside those of a sum.
[<RequireQualifiedAccess>]
module internal PlainSums =

    let private isEven (filter: float[]) =
        match Array.tryFind ((<>) 0.0) filter with
        | Some first -> filter |> Array.forall (fun weight -> weight = 0.0 || abs weight = abs first)
        | None -> true

    /// Whether all weights in each column of a matrix [..., K, O] are 0 or have one magnitude.
    let ofMatrix (weights: Tensor) : bool =
        let columns, inner =
            weights.Shape[weights.Rank - 1], weights.Shape[weights.Rank - 2]

        let values = Tensor.toFloat64s weights

        let column own =
            Array.init inner (fun k -> values[(own / columns * inner + k) * columns + own % columns])

        inner > 0 && Seq.init (values.Length / inner) column |> Seq.forall isEven

    let private ofFilters (weights: Tensor) =
        let size = weights.Count / weights.Shape[0]
        Tensor.toFloat64s weights |> Seq.chunkBySize size |> Seq.forall isEven

    /// Whether an operation is such a sum. Weights with steps of their own, from the file, are none.
    let isPlain (op: PlanOp option) : bool =
        match op with
        | Some(PlanOp.MatMul weights) -> weights.Steps.IsNone && ofMatrix weights.Values
        | Some(PlanOp.Conv(weights, _, _)) -> weights.Steps.IsNone && ofFilters weights.Values
        | _ -> false

    /// Whether an operation's results are wide: a product with weights of several magnitudes.
    let isWide (op: PlanOp option) : bool =
        match op with
        | Some(PlanOp.MatMul _ | PlanOp.Conv _) -> not (isPlain op)
        | _ -> false

    /// The least magnitude of a filter's weights; 1 where all are 0.
    let leastMagnitude (op: PlanOp option) : float =
        Filters.tryWeighted op
        |> Option.map (fun (weights, _) -> Tensor.toFloat64s weights.Values |> Array.filter ((<>) 0.0) |> Array.map abs)
        |> Option.filter (fun magnitudes -> magnitudes.Length > 0)
        |> Option.map Array.min
        |> Option.defaultValue 1.0

    /// The terms of every result of a weighted operation on an operand of shape `x`: the operand's element, the result's, the weight.
    let terms (op: PlanOp option) (x: int[]) (result: int[]) : struct (int * int * float)[] =
        match Filters.tryWeighted op with
        | None -> [||]
        | Some(weights, _) ->
            let values = Tensor.toFloat64s weights.Values

            [|
                for group in Filters.ofPlan op x result do
                    for own, results in Array.zip group.Weights group.Results do
                        for position, patch in Array.indexed group.Patches do
                            for k in 0 .. patch.Length - 1 do
                                if patch[k] >= 0 && values[own[k]] <> 0.0 then
                                    struct (patch[k], results[position], values[own[k]])
            |]

    /// By element of the result: the operand's element in its first term, and the magnitude of its weights; −1 and 0 without terms.
    let firsts (op: PlanOp option) (x: int[]) (result: int[]) : (int * float)[] =
        let found = Array.create (Shape.count result) (-1, 0.0)

        for struct (source, target, weight) in terms op x result do
            if fst found[target] < 0 then
                found[target] <- source, abs weight

        found
