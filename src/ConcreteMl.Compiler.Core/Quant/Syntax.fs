/// How the quantized stage is spelled. Tensors whose codes have a plain real meaning carry MLIR's quant type, others `i<bits>`.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Quant.Syntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

/// A meaning that MLIR's quant type refuses stands in attributes instead.
let private unprintable: Fields<Uniform option> =
    let uniform =
        Fields.three
            (Fields.required "scales" (Codec.array Codec.float64))
            (Fields.required "zeros" (Codec.array Codec.int64))
            (Fields.optional "scale_axis" Codec.int)
        |> Fields.map
            (fun (scales, zeros, axis) ->
                {
                    Scales = scales
                    Zeros = zeros
                    Axis = axis
                })
            (fun uniform -> uniform.Scales, uniform.Zeros, uniform.Axis)

    {
        Write = Option.map uniform.Write >> Option.defaultValue []
        Read =
            fun reader ->
                if reader.Has "scales" then
                    uniform.Read reader |> Option.map Some
                else
                    Some None
    }

let private types: TypeSyntax<ValueType> =
    let split (valueType: ValueType) =
        match valueType.Uniform with
        | Some uniform when UniformSyntax.isPrintable valueType.Bits valueType.Shape uniform ->
            MlirType.tensor valueType.Shape (UniformSyntax.print valueType.Bits uniform), (valueType.Range, None)
        | other ->
            let plain = MlirType.Integer(valueType.Bits, Signedness.Signless)
            MlirType.tensor valueType.Shape plain, (valueType.Range, other)

    let expected =
        "a tensor type of static shape, such as tensor<1x8xi10> or tensor<1x8x!quant.uniform<i4:f32, 0.05:3>>"

    let join mlirType (range, uniform) =
        let make shape bits uniform =
            Ok
                {
                    Shape = shape
                    Bits = bits
                    Range = range
                    Uniform = uniform
                }

        match mlirType with
        | MlirType.Tensor(dims, element) ->
            match LinearSyntax.tryShape dims, element with
            | Some shape, MlirType.Integer(bits, Signedness.Signless) -> make shape bits uniform
            | Some shape, MlirType.Dialect("quant.uniform", body) ->
                match UniformSyntax.tryRead body with
                | Some(bits, uniform) -> make shape bits (Some uniform)
                | None -> Error expected
            | _ -> Error expected
        | _ -> Error expected

    TypeSyntax.create split (Fields.both LinearSyntax.range unprintable) join

let private own: OpCase<Op> list =
    [
        OpCase.create
            "quantized.lookup"
            LinearSyntax.table
            (function
            | Op.Lookup table -> Some table
            | _ -> None)
            Op.Lookup
        OpCase.create
            "quantized.round"
            LinearSyntax.rounding
            (function
            | Op.Round(drop, method) -> Some(drop, method)
            | _ -> None)
            Op.Round
        LinearSyntax.constant
            "quantized"
            (function
            | Op.Constant value -> Some value
            | _ -> None)
            Op.Constant
    ]

/// The spelling of the quantized stage.
let syntax: StageSyntax<Op, ValueType> =
    LinearSyntax.stage
        "quantized"
        own
        (function
        | Op.Linear linear -> Some linear
        | _ -> None)
        Op.Linear
        types
