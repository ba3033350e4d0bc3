/// How the float stage is spelled; mnemonics are ONNX's operator names in lower case.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Float.Syntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let private autoPad =
    Codec.choice
        [
            "NOTSET", AutoPad.Explicit
            "SAME_UPPER", AutoPad.SameUpper
            "SAME_LOWER", AutoPad.SameLower
            "VALID", AutoPad.Valid
        ]

let private window: Fields<Window> =
    let ints name =
        Fields.required name (Codec.array Codec.int)

    let lists =
        Fields.four (ints "kernel_shape") (ints "strides") (ints "dilations") (ints "pads")

    let modes =
        Fields.both (Fields.usually AutoPad.Explicit "auto_pad" autoPad) (Fields.flag "ceil_mode")

    Fields.both lists modes
    |> Fields.map
        (fun ((kernel, strides, dilations, pads), (autoPad, ceilMode)) ->
            {
                Kernel = kernel
                Strides = strides
                Dilations = dilations
                Pads = pads
                AutoPad = autoPad
                CeilMode = ceilMode
            })
        (fun window -> (window.Kernel, window.Strides, window.Dilations, window.Pads), (window.AutoPad, window.CeilMode))

let private productCases: OpCase<Op> list =
    let case name fields seen make = OpCase.create name fields seen make
    let factor name = Fields.usually 1.0f name Codec.float32

    [
        case
            "gemm"
            (Fields.four (factor "alpha") (factor "beta") (Fields.flag "transA") (Fields.flag "transB"))
            (function
            | Op.Gemm(alpha, beta, transA, transB) -> Some(alpha, beta, transA, transB)
            | _ -> None)
            Op.Gemm
        OpCase.plain "matmul" Op.MatMul
        case
            "conv"
            (Fields.both window (Fields.usually 1 "group" Codec.int))
            (function
            | Op.Conv(window, group) -> Some(window, group)
            | _ -> None)
            Op.Conv
    ]

let private reductionCases: OpCase<Op> list =
    let case name fields seen make = OpCase.create name fields seen make

    [
        case
            "averagepool"
            (Fields.both window (Fields.flag "count_include_pad"))
            (function
            | Op.AveragePool(window, countIncludePad) -> Some(window, countIncludePad)
            | _ -> None)
            Op.AveragePool
        case
            "maxpool"
            (Fields.both window (Fields.usually 0 "storage_order" Codec.int))
            (function
            | Op.MaxPool(window, order) -> Some(window, order)
            | _ -> None)
            Op.MaxPool
        case
            "batchnormalization"
            (Fields.required "epsilon" Codec.float32)
            (function
            | Op.BatchNormalization epsilon -> Some epsilon
            | _ -> None)
            Op.BatchNormalization
        case
            "reducesum"
            (Fields.both (Fields.usually true "keepdims" Codec.bool) (Fields.flag "noop_with_empty_axes"))
            (function
            | Op.ReduceSum(keepDims, noop) -> Some(keepDims, noop)
            | _ -> None)
            Op.ReduceSum
        case
            "argmax"
            (Fields.three (Fields.required "axis" Codec.int) (Fields.usually true "keepdims" Codec.bool) (Fields.flag "select_last_index"))
            (function
            | Op.ArgMax(axis, keepDims, selectLast) -> Some(axis, keepDims, selectLast)
            | _ -> None)
            Op.ArgMax
    ]

let private shapeCases: OpCase<Op> list =
    let case name fields seen make = OpCase.create name fields seen make
    let axis = Fields.required "axis" Codec.int

    [
        case
            "concat"
            axis
            (function
            | Op.Concat axis -> Some axis
            | _ -> None)
            Op.Concat
        case
            "reshape"
            (Fields.flag "allowzero")
            (function
            | Op.Reshape allowZero -> Some allowZero
            | _ -> None)
            Op.Reshape
        case
            "flatten"
            axis
            (function
            | Op.Flatten axis -> Some axis
            | _ -> None)
            Op.Flatten
        case
            "transpose"
            (Fields.required "perm" (Codec.array Codec.int))
            (function
            | Op.Transpose permutation -> Some permutation
            | _ -> None)
            Op.Transpose
        OpCase.plain "squeeze" Op.Squeeze
        OpCase.plain "unsqueeze" Op.Unsqueeze
        OpCase.plain "slice" Op.Slice
        case
            "gather"
            axis
            (function
            | Op.Gather axis -> Some axis
            | _ -> None)
            Op.Gather
        case
            "pad"
            (Fields.both (Fields.required "mode" Codec.text) (Fields.flag "has_value"))
            (function
            | Op.Pad(mode, hasValue) -> Some(mode, hasValue)
            | _ -> None)
            Op.Pad
    ]

/// Shapes as values, and what is made from them.
let private sizeCases: OpCase<Op> list =
    let case name fields seen make = OpCase.create name fields seen make

    [
        OpCase.plain "expand" Op.Expand
        case
            "shape"
            (Fields.both (Fields.usually 0 "start" Codec.int) (Fields.optional "end" Codec.int))
            (function
            | Op.Shape(first, last) -> Some(first, last)
            | _ -> None)
            Op.Shape
        case
            "constantofshape"
            (Fields.required "value" Codec.tensor)
            (function
            | Op.ConstantOfShape value -> Some value
            | _ -> None)
            Op.ConstantOfShape
    ]

let private otherCases: OpCase<Op> list =
    let case name fields seen make = OpCase.create name fields seen make

    [
        case
            "constant"
            (Fields.required "value" Codec.tensor)
            (function
            | Op.Constant value -> Some value
            | _ -> None)
            Op.Constant
        case
            "clip"
            (Fields.both (Fields.flag "has_min") (Fields.flag "has_max"))
            (function
            | Op.Clip(hasMin, hasMax) -> Some(hasMin, hasMax)
            | _ -> None)
            Op.Clip
        OpCase.plain "where" Op.Where
        case
            "quant"
            (Fields.three (Fields.flag "signed") (Fields.flag "narrow") (Fields.required "rounding_mode" Codec.text))
            (function
            | Op.Quant quant -> Some(quant.Signed, quant.Narrow, quant.RoundingMode)
            | _ -> None)
            (fun (signed, narrow, roundingMode) ->
                Op.Quant
                    {
                        Signed = signed
                        Narrow = narrow
                        RoundingMode = roundingMode
                    })
    ]

let private types: TypeSyntax<ValueType> =
    let split (valueType: ValueType) =
        let size dim =
            match dim with
            | Dim.Known size -> Some size
            | Dim.Dynamic -> None

        MlirType.Tensor(valueType.Dims |> Option.map (Array.map size), MlirType.ofElement valueType.Element), ()

    let dim size =
        match size with
        | Some size -> Dim.Known size
        | None -> Dim.Dynamic

    let join mlirType () =
        match mlirType with
        | MlirType.Tensor(dims, element) ->
            match MlirType.tryElement element with
            | Some element ->
                Ok
                    {
                        Element = element
                        Dims = dims |> Option.map (Array.map dim)
                    }
            | None -> Error "an element type of ONNX, such as f32, i64 or ui8"
        | _ -> Error "a tensor type, such as tensor<1x8xf32>"

    TypeSyntax.create split Fields.none join

/// The spelling of the float stage.
let syntax: StageSyntax<Op, ValueType> =
    let unary =
        ElementwiseSyntax.unaryCases
        |> List.map (
            OpCase.within
                "float."
                (function
                | Op.Unary unary -> Some unary
                | _ -> None)
                Op.Unary
        )

    let binary =
        ElementwiseSyntax.binaryCases
        |> List.map (
            OpCase.within
                "float."
                (function
                | Op.Binary binary -> Some binary
                | _ -> None)
                Op.Binary
        )

    let own =
        productCases @ reductionCases @ shapeCases @ sizeCases @ otherCases
        |> List.map (OpCase.within "float." Some id)

    {
        Prefix = "float"
        Cases = own @ unary @ binary
        Types = types
    }
