namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// What bounds the noise behind a linear operation where its terms are not followed one by one.
[<RequireQualifiedAccess>]
module internal NoiseBound =

    let private largest (norms: seq<struct (float * float)>) =
        norms
        |> Seq.fold (fun struct (squares, sum) struct (s, a) -> struct (max squares s, max sum a)) struct (0.0, 0.0)

    /// Largest squared 2-norm and 1-norm of some columns: `count` weights from each start on, `step` apart.
    let private columnNorms (values: float[]) (starts: int seq) count step =
        let norm start =
            let mutable squares, sum = 0.0, 0.0

            for k in 0 .. count - 1 do
                let value = values[start + k * step]
                squares <- squares + value * value
                sum <- sum + abs value

            struct (squares, sum)

        starts |> Seq.map norm |> largest

    let private matrixNorms (weights: Tensor) =
        let rank = weights.Rank
        let inner, width = weights.Shape[rank - 2], weights.Shape[rank - 1]
        let matrices = weights.Count / (inner * width)

        let starts =
            seq {
                for matrix in 0 .. matrices - 1 do
                    for column in 0 .. width - 1 do
                        matrix * inner * width + column
            }

        columnNorms (Tensor.toFloat64s weights) starts inner width

    let private filterNorms (weights: Tensor) =
        let taps = Shape.count weights.Shape[1..]
        columnNorms (Tensor.toFloat64s weights) (Seq.init weights.Shape[0] (fun filter -> filter * taps)) taps 1

    /// Of any operation, from the sums that its elements are.
    let private termNorms linear operands result =
        let terms = Terms.ofLinear linear operands result

        let norm element =
            let mutable squares, sum = 0.0, 0.0

            terms element (fun _ _ weight ->
                squares <- squares + weight * weight
                sum <- sum + abs weight)

            struct (squares, sum)

        Seq.init (Shape.count result) norm |> largest

    /// Largest squared 2-norm and 1-norm of the weights of one result element.
    let private weightNorms (linear: Linear) (operands: int[][]) (result: int[]) : struct (float * float) =
        match linear with
        | Linear.MatMul weights -> matrixNorms weights
        | Linear.Conv(weights, _, _) -> filterNorms weights
        | _ when Linear.copies linear -> struct (1.0, 1.0)
        | _ -> termNorms linear operands result

    let private disjoint (operands: TrackedNoise[]) =
        let total = operands |> Array.sumBy (fun operand -> operand.Support.Count)
        (operands |> Seq.map _.Support |> Set.unionMany).Count = total

    /// Whether no two elements of the result are made of the same element of the operand.
    let private isMovement (linear: Linear) =
        match linear with
        | Linear.Move move -> not (Moves.repeats move)
        | Linear.Scale _ -> true
        | _ -> Linear.copies linear

    /// The bound behind an operation, of those of its operands: by squared 2-norms where their elements are independent, by 1-norms elsewhere.
    let behind origins (linear: Linear) (operands: TrackedNoise[]) shapes result =
        let parts = operands |> Array.map (NoiseForm.bounds origins)

        let combined (merge: float[] -> float) =
            merge (parts |> Array.map (fun (i, _, _) -> i)),
            merge (parts |> Array.map (fun (_, t, _) -> t)),
            merge (parts |> Array.map (fun (_, _, r) -> r))

        let (input, table, rounding), independent =
            match linear with
            | Linear.Concat _ -> combined Array.max, disjoint operands && Array.forall NoiseForm.isIndependent operands
            | Linear.Combine multipliers when disjoint operands ->
                let weigh = Array.map2 (fun (m: int64) part -> float m * float m * part) multipliers
                combined (weigh >> Array.sum), false
            | Linear.Combine multipliers ->
                let weigh =
                    Array.map2 (fun (m: int64) (part: float) -> abs (float m) * sqrt part) multipliers

                combined (fun parts -> let sum = Array.sum (weigh parts) in sum * sum), false
            | _ ->
                let independent = NoiseForm.isIndependent operands[0]
                let struct (squares, sum) = weightNorms linear shapes result
                let factor = if independent then squares else sum * sum
                combined (fun parts -> factor * parts[0]), independent && isMovement linear

        NoiseForm.Bound(input, table, rounding, independent)
