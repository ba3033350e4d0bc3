namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Emits unweighted sums: pools, sums along axes, sums of two encrypted values.
[<RequireQualifiedAccess>]
module Sums =


    /// The operand with codes 0 where they mean a constant beside others that vary, as a mask leaves them: sums may add these.
    let private silenced (conversion: Conversion) (node: PlanNode) (x: Emitted) : Emitted =
        let live = x.Scale |> Array.map (fun scale -> if scale = 0.0 then 0L else 1L)

        if Array.forall ((=) live[0]) live then
            x
        else
            let linear = Linear.Scale(Constants.integers x.Batch.Shape live)
            Conversion.linear conversion x linear x.Scale x.Offset node.Origin

    /// Sums over `indices` (operand element to result element); None when summands differ in scale.
    let private summed (x: Emitted) (count: int) (pairs: (int * int) seq) : (float[] * float[]) option =
        let scale, offset = Array.create count nan, Array.zeroCreate<float> count
        let mutable agrees = true

        for source, result in pairs do
            if x.Scale[source] = 0.0 then
                ()
            elif System.Double.IsNaN scale[result] then
                scale[result] <- x.Scale[source]
            elif abs (scale[result] - x.Scale[source]) > 1e-9 * abs scale[result] then
                agrees <- false

            offset[result] <- offset[result] + x.Offset[source]

        if agrees then
            Some(
                scale
                |> Array.map (fun value -> if System.Double.IsNaN value then 0.0 else value),
                offset
            )
        else
            None

    /// Each operand element under a window, with the window's result: lines of an operand are pooled alike.
    let private windows (shape: int[]) (result: int[]) (kernel: int[]) (geometry: Geometry) : (int * int) seq =
        let lines = Shape.count shape[..1]
        let area, resultArea = Shape.count shape[2..], Shape.count result[2..]
        let plane (cells: int[]) = Array.append [| 1; 1 |] cells

        let single =
            (Filters.ofConv (plane kernel) geometry 1 (plane shape[2..]) (plane result[2..]))[0]

        seq {
            for line in 0 .. lines - 1 do
                for cell in 0 .. resultArea - 1 do
                    for source in single.Patches[cell] do
                        if source >= 0 then
                            line * area + source, line * resultArea + cell
        }

    /// A window sum whose meaning divides by the divisors; None when a window's cells differ in scale.
    let pool (conversion: Conversion) (node: PlanNode) (x: Emitted) kernel geometry (divisors: float[]) : Emitted option =
        let x = silenced conversion node x

        windows x.Batch.Shape node.Shape kernel geometry
        |> summed x (Shape.count node.Shape)
        |> Option.map (fun (scale, offset) ->
            let divided sums = Array.map2 (/) sums divisors
            Conversion.linear conversion x (Linear.SumPool(kernel, geometry)) (divided scale) (divided offset) node.Origin)

    /// A sum along axes; None when summands differ in scale.
    let reduce (conversion: Conversion) (node: PlanNode) (x: Emitted) axes keep : Emitted option =
        let x = silenced conversion node x

        let pairs =
            Moves.reduction axes x.Batch.Shape
            |> Array.mapi (fun source result -> source, result)

        summed x (Shape.count node.Shape) pairs
        |> Option.map (fun (scale, offset) -> Conversion.linear conversion x (Linear.ReduceSum(axes, keep)) scale offset node.Origin)

    /// What plain sums add to their meaning: the operand's offsets by weight, and the biases.
    let private plainOffsets (node: PlanNode) (x: Emitted) terms : float[] =
        let offset = Array.zeroCreate<float>(Shape.count node.Shape)

        for struct (source, result, weight) in terms do
            offset[result] <- offset[result] + weight * x.Offset[source]

        Filters.biases node.Op x.Batch.Shape node.Shape |> Array.map2 (+) offset

    /// Sums and differences written as a weighted operation, by weights 0 and ±1; None when summands differ in scale.
    let internal plain (conversion: Conversion) (node: PlanNode) (x: Emitted) : Emitted option =
        let terms = PlainSums.terms node.Op x.Batch.Shape node.Shape
        let pairs = terms |> Seq.map (fun struct (source, result, _) -> source, result)
        let x = silenced conversion node x

        match Filters.tryWeighted node.Op, summed x (Shape.count node.Shape) pairs with
        | Some(weights, operation), Some(sums, _) ->
            let scale =
                PlainSums.firsts node.Op x.Batch.Shape node.Shape
                |> Array.map2 (fun sum (_, magnitude) -> sum * magnitude) sums

            let signs = Tensor.toFloat64s weights.Values |> Array.map (sign >> int64)
            let linear = operation (Tensor.ofIntegers weights.Values.Shape signs)
            Some(Conversion.linear conversion x linear scale (plainOffsets node x terms) node.Origin)
        | _ -> None

    let private spread (x: Emitted) (shape: int[]) =
        let own = Moves.broadcast x.Batch.Shape shape
        own |> Array.map (fun element -> x.Scale[element]), own |> Array.map (fun element -> x.Offset[element])

    /// An operand times its multipliers: through the sum itself where they are alike, otherwise by a scaling of its own.
    let private multiplied (conversion: Conversion) (node: PlanNode) (x: Emitted) (multipliers: int64[]) =
        if Array.forall ((=) multipliers[0]) multipliers then
            (x.Id, x.Batch), multipliers[0], x.Worst
        else
            let operand =
                if x.Batch.Shape = node.Shape then
                    x.Id, x.Batch
                else
                    conversion.Emitter.Linear(Linear.Move(Move.Broadcast node.Shape), [ x.Id, x.Batch ], node.Origin)

            let linear = Linear.Scale(Constants.integers node.Shape multipliers)
            conversion.Emitter.Linear(linear, [ operand ], node.Origin), 1L, LinearRange.worst linear [ node.Shape ] [ x.Worst ]

    /// The scale of a side of a sum; 0 where all its codes together move the sum by less than `fraction` of the other side's step.
    let private counting fraction (x: Emitted) (own: float[]) (other: float[]) =
        let reach = float (max (abs (fst x.Worst)) (abs (snd x.Worst)))

        Array.map2 (fun own other -> if abs own * reach < fraction * abs other then 0.0 else own) own other

    let private combineCounting
        fraction
        tolerance
        (conversion: Conversion)
        (node: PlanNode)
        (signs: int[])
        (left: Emitted)
        (right: Emitted)
        =
        let (leftScale, leftOffset), (rightScale, rightOffset) =
            spread left node.Shape, spread right node.Shape

        let signed = float signs[1]

        Meet.tryAlign
            tolerance
            (counting fraction left leftScale rightScale)
            (counting fraction right rightScale leftScale
             |> Array.map (fun scale -> signed * scale))
        |> Option.map (fun (m, n, scale) ->
            let first, p, worst = multiplied conversion node left m
            let second, q, worst' = multiplied conversion node right n
            let linear = Linear.Combine [| p; q |]
            let id, batch = conversion.Emitter.Linear(linear, [ first; second ], node.Origin)

            {
                Id = id
                Batch = batch
                Scale = scale
                Offset = Array.map2 (fun left right -> left + signed * right) leftOffset rightOffset
                Worst = LinearRange.worst linear [] [ worst; worst' ]
            })

    /// left + sign · right on codes; None when their scales are in no whole ratio, up to a relative tolerance.
    let combineAll tolerance conversion node signs left right =
        combineCounting 0.0 tolerance conversion node signs left right

    // Values that are constant but for rounding in floats have scales that nothing else can meet.
    let private fractions = [ 0.0; 1.0 / 64.0; 0.5 ]

    /// The same, leaving out a side that hardly moves the sum where the ratio is not whole.
    let combine tolerance conversion node signs left right =
        fractions
        |> List.tryPick (fun fraction -> combineCounting fraction tolerance conversion node signs left right)

    /// Between which reals an element lies.
    let private reals element (x: Emitted) =
        let ends =
            [ fst x.Worst; snd x.Worst ]
            |> List.map (fun code -> x.Scale[element] * float code + x.Offset[element])

        List.min ends, List.max ends

    /// The codes of an element of an extreme.
    let private codesOf (operands: Emitted[]) (excess: Emitted) (result: Emitted) element =
        let scale = result.Scale[element]

        let isAlike (x: Emitted) =
            abs (abs (x.Scale[element] / scale) - 1.0) < 1e-6

        if scale = 0.0 then
            0L, 0L
        else
            let lows, highs = operands |> Array.map (reals element) |> Array.unzip

            let spare =
                if isAlike excess && Array.forall isAlike operands then
                    0.0
                else
                    1.0 + abs (excess.Scale[element] / scale)

            let code real = (real - result.Offset[element]) / scale
            let low, high = code (Array.min lows), code (Array.max highs)
            int64 (System.Math.Round(min low high - spare)), int64 (System.Math.Round(max low high + spare))

    /// The codes of an extreme lie where those of what it is taken of lie, whatever sums of their ranges say: the range of the codes of
    /// `result`, given its operands. `step` is the scale of the excess, which may be off by a code.
    let ofExtreme (operands: Emitted[]) (excess: Emitted) (result: Emitted) : int64 * int64 =
        let alike (x: Emitted) = x.Batch.Shape = result.Batch.Shape

        if alike excess && Array.forall alike operands then
            let lows, highs =
                Array.init result.Scale.Length (codesOf operands excess result) |> Array.unzip

            max (Array.min lows) (fst result.Worst), min (Array.max highs) (snd result.Worst)
        else
            result.Worst
