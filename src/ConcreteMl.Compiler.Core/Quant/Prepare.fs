namespace ConcreteMl.Compiler.Core.Quant.Planning

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Makes accumulators ready for lookups: recentred group by group for free, aligned and rounded where asked.
[<RequireQualifiedAccess>]
module Prepare =

    /// Alignment multipliers may cost at most this many further bits before rounding.
    let private mostExtra = 3

    /// The range of each element's group over calibration.
    let private ranges (groups: Classes) (batch: IntegerBatch) : (int64 * int64)[] =
        let result = Array.create groups.Length (0L, 0L)

        for elements in Partition.members groups do
            let mutable low, high = Int64.MaxValue, Int64.MinValue

            for element in elements do
                for position in element * batch.Lanes .. (element + 1) * batch.Lanes - 1 do
                    low <- min low batch.Data[position]
                    high <- max high batch.Data[position]

            for element in elements do
                result[element] <- low, high

        result

    let private span (low: int64, high: int64) = high - low + 1L

    let private bitsFor (count: float) =
        max 1 (int (Math.Ceiling(Math.Log2(max 1.0 count))))

    let private withMargin margin (spans: int64[]) =
        let most = float (Array.max spans)
        bitsFor (most * (1.0 + (if most > 16.0 then margin else 0.0)))

    /// Multiplier and shift of every element, emitted where not trivial.
    let private aligned (emitter: Emitter) (x: Emitted) bits (multiplier: int64[]) (shift: int64[]) origin =
        let shape = x.Batch.Shape

        let scaled =
            if Array.forall ((=) 1L) multiplier then
                x.Id, x.Batch
            else
                emitter.Linear(Linear.Scale(Constants.integers shape multiplier), [ x.Id, x.Batch ], origin)

        if Array.forall ((=) 0L) shift && (emitter.TypeOf(fst scaled)).Bits = bits then
            scaled
        else
            let linear = Linear.Shift(Constants.integers shape shift)
            let batch = EvalLinear.run linear shape [ snd scaled ]
            let low, high = IntegerBatch.range batch

            let clip code =
                Math.Clamp(code, -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L)

            emitter.Typed(Op.Linear linear, [ scaled ], batch, (clip low, clip high), bits, origin)

    let private unrounded (emitter: Emitter) margin (x: Emitted) (found: (int64 * int64)[]) origin =
        let measured = withMargin margin (Array.map span found)
        let certain = LinearRange.bits x.Worst
        let bits = min measured certain
        let ones = Array.create found.Length 1L

        let shift =
            if certain <= measured || bits = 1 then
                Array.zeroCreate found.Length
            else
                found |> Array.map (fun (low, high) -> -((low + high + 1L) >>> 1))

        let id, batch = aligned emitter x bits ones shift origin

        {
            Id = id
            Batch = batch
            Bits = bits
            Drop = 0
            Multiplier = ones
            Shift = shift
        }

    /// How well each choice of further bits lets every group fill the rounding window: mean squared step, relative to a full window.
    let private loss (window: float) (spans: int64[]) =
        spans
        |> Array.averageBy (fun span ->
            let multiplier = max 1.0 (floor (window / float span))
            let fill = window / (multiplier * float span)
            fill * fill)

    /// The window of every element, chosen group by group for the functions that read it.
    let private windows (functions: Region list) (groups: Classes) (x: Emitted) (found: (int64 * int64)[]) drop target (usable: float) =
        let lanes = x.Batch.Lanes
        let result = Array.create groups.Length { Multiplier = 1L; Shift = 0L }
        let widest = found |> Array.map span |> Array.max
        let cap = 4.0 * usable / float widest

        Partition.members groups
        |> Array.Parallel.iter (fun elements ->
            let first = elements[0]
            let range = found[first]
            let fitting = int64 (max 1.0 (floor (min cap (usable / float (span range)))))

            let apply (codes: float[]) =
                let values =
                    codes |> Array.map (fun code -> x.Scale[first] * code + x.Offset[first])

                functions
                |> List.map (fun region -> Region.apply region [| first |] codes.Length values)
                |> Array.ofList

            let samples =
                elements
                |> Array.collect (fun element -> Array.init lanes (fun lane -> float x.Batch.Data[element * lanes + lane]))

            let seen = RoundingWindow.observe apply samples
            let window = RoundingWindow.choose seen drop target range fitting
            elements |> Array.iter (fun element -> result[element] <- window))

        result

    let private rounded
        (emitter: Emitter)
        margin
        (functions: Region list)
        groups
        (x: Emitted)
        (found: (int64 * int64)[])
        (target, method)
        origin
        =
        let spans = found |> Array.map span
        let natural = withMargin margin spans

        let usable bits =
            float (1L <<< bits) * (1.0 - 1.0 / float (1L <<< (target + 1))) / (1.0 + margin)

        let natural =
            if usable natural < float (Array.max spans) then
                natural + 1
            else
                natural

        let extra =
            Seq.init (mostExtra + 1) id
            |> Seq.tryFind (fun extra -> loss (usable (natural + extra)) spans < 1.15)
            |> Option.defaultValue mostExtra

        let bits = natural + extra
        let drop = bits - target

        let windows = windows functions groups x found drop target (usable bits)

        let multiplier, shift =
            windows |> Array.map _.Multiplier, windows |> Array.map _.Shift

        let id, batch = aligned emitter x bits multiplier shift origin
        let rounding = Op.Round(drop, method)
        let result = Eval.round drop bits batch
        let low, high = IntegerBatch.range result

        let clip code =
            Math.Clamp(code, -(1L <<< (target - 1)), (1L <<< (target - 1)) - 1L)

        let id, batch =
            emitter.Typed(rounding, [ id, batch ], result, (clip low, clip high), target, origin)

        {
            Id = id
            Batch = batch
            Bits = target
            Drop = drop
            Multiplier = multiplier
            Shift = shift
        }

    /// A wider margin would make the bins of a rounding coarser.
    let private roundedMargin = 0.03

    /// Prepares an operand of lookups; `groups` are the elements that share range, multiplier and shift;
    /// unseen values may exceed the calibrated range by the fraction `margin` of it. `functions` are the lookups that read it.
    let run
        (emitter: Emitter)
        margin
        (rounding: (int * RoundingMethod) option)
        functions
        (groups: Classes)
        (x: Emitted)
        (origin: Origin)
        : Prepared =
        let found = ranges groups x.Batch
        let plain () = unrounded emitter margin x found origin

        match rounding with
        | Some(target, _) when min (LinearRange.bits x.Worst) (withMargin margin (Array.map span found)) > target ->
            rounded emitter roundedMargin functions groups x found rounding.Value origin
        | _ -> plain ()
