/// How the planned stage is spelled. Operations on codes are those of the quantized stage, under its prefix.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Planned.Syntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

let private floats: Codec<float[]> =
    {
        Kind = "dense<…> : tensor<…xf64>"
        Write = fun values -> Attr.Tensor(Tensor.ofFloat64 [| values.Length |] values)
        Read =
            fun attribute ->
                match attribute with
                | Attr.Tensor tensor when tensor.Element = Element.Float64 -> Some(Tensor.toFloat64s tensor)
                | _ -> None
    }

let private tensor name = Fields.required name Codec.tensor

let private weights: Fields<Weights> =
    Fields.both
        (Fields.three (tensor "weights") (Fields.optional "bias" floats) (Fields.optional "weight_steps" Codec.tensor))
        (Fields.both (Fields.flag "transposed") (Fields.usually 1.0 "factor" Codec.float64))
    |> Fields.map
        (fun ((values, bias, steps), (transposed, factor)) ->
            {
                Values = values
                Bias = bias
                Transposed = transposed
                Factor = factor
                Steps = steps
            })
        (fun weights -> (weights.Values, weights.Bias, weights.Steps), (weights.Transposed, weights.Factor))

let private linear: OpCase<Op> list =
    [
        OpCase.create
            "planned.matmul"
            weights
            (function
            | Op.MatMul weights -> Some weights
            | _ -> None)
            Op.MatMul
        OpCase.create
            "planned.conv"
            (Fields.three weights LinearSyntax.geometry (Fields.usually 1 "group" Codec.int))
            (function
            | Op.Conv(weights, geometry, group) -> Some(weights, geometry, group)
            | _ -> None)
            Op.Conv
        OpCase.create
            "planned.sumpool"
            (Fields.three (LinearSyntax.ints "kernel_shape") LinearSyntax.geometry (Fields.required "divisors" floats))
            (function
            | Op.SumPool(kernel, geometry, divisors) -> Some(kernel, geometry, divisors)
            | _ -> None)
            Op.SumPool
        OpCase.create
            "planned.reducesum"
            (Fields.both (LinearSyntax.ints "axes") (Fields.usually true "keepdims" Codec.bool))
            (function
            | Op.ReduceSum(axes, keepDims) -> Some(axes, keepDims)
            | _ -> None)
            Op.ReduceSum
        OpCase.create
            "planned.combine"
            (LinearSyntax.ints "signs")
            (function
            | Op.Combine signs -> Some signs
            | _ -> None)
            Op.Combine
        OpCase.create
            "planned.concat"
            (Fields.required "axis" Codec.int)
            (function
            | Op.Concat axis -> Some axis
            | _ -> None)
            Op.Concat
        OpCase.create
            "planned.constant"
            (tensor "value")
            (function
            | Op.Constant reals -> Some reals
            | _ -> None)
            Op.Constant
    ]

let private movements: OpCase<Op> list =
    LinearSyntax.moves
    |> List.map (
        OpCase.within
            "planned."
            (function
            | Op.Move move -> Some move
            | _ -> None)
            Op.Move
    )

let private called name (region: Region) = { region with Function = name }

let private functions: OpCase<Op> list =
    let name = Fields.required "function" Codec.text

    [
        OpCase.plain "planned.centre" Op.Centre
        OpCase.withRegion
            "planned.affine"
            RegionSyntax.syntax
            name
            (function
            | Op.Affine region -> Some(region, region.Function)
            | _ -> None)
            (fun (region, name) -> Op.Affine(called name region))
        OpCase.withRegion
            "planned.lookup"
            RegionSyntax.syntax
            (Fields.both name (Fields.flag "at_output"))
            (function
            | Op.Lookup(region, atOutput) -> Some(region, (region.Function, atOutput))
            | _ -> None)
            (fun (region, (name, atOutput)) -> Op.Lookup(called name region, atOutput))
    ]

let private coded: OpCase<Op> =
    let reads =
        Fields.three
            (TypeText.meaning "reads_scales" "reads_offsets")
            (Fields.three (tensor "multiplier") (tensor "shift") (Fields.usually 0 "drop" Codec.int))
            (Fields.both
                (Fields.together "lowest_read" (Fields.both (tensor "lowest_read") (tensor "highest_read")))
                (Fields.optional "window" Codec.int64))

    let gives =
        Fields.three
            (TypeText.meaning "gives_scales" "gives_offsets")
            (Fields.both (Fields.required "low" Codec.int64) (Fields.required "high" Codec.int64))
            (Fields.flag "centred")

    let split (lookup: CodedLookup) =
        (lookup.Reads, (lookup.Multiplier, lookup.Shift, lookup.Drop), (lookup.Clamp, lookup.Window)),
        (lookup.Gives, (lookup.Low, lookup.High), lookup.Centred)

    let join (region: Region, (name, ((reads, (multiplier, shift, drop), (clamp, window)), (gives, (low, high), centred)))) =
        Op.Coded
            {
                Function = called name region
                Reads = reads
                Multiplier = multiplier
                Shift = shift
                Drop = drop
                Clamp = clamp
                Window = window
                Gives = gives
                Low = low
                High = high
                Centred = centred
            }

    OpCase.withRegion
        "planned.coded_lookup"
        RegionSyntax.syntax
        (Fields.both (Fields.required "function" Codec.text) (Fields.both reads gives))
        (function
        | Op.Coded lookup -> Some(lookup.Function, (lookup.Function.Function, split lookup))
        | _ -> None)
        join

let private integers: OpCase<Op> list =
    ConcreteMl.Compiler.Core.Quant.Syntax.syntax.Cases
    |> List.map (
        OpCase.within
            ""
            (function
            | Op.Integers op -> Some op
            | _ -> None)
            Op.Integers
    )

/// The spelling of the planned stage.
let syntax: StageSyntax<Op, Type> =
    {
        Prefix = "planned"
        Cases = linear @ movements @ functions @ [ coded ] @ integers
        Types = TypeText.types
    }
