/// One node of every operator family, for whichever element type.
namespace ConcreteMl.Compiler.Core.Tests.RuntimeTypes

open System
open Google.Protobuf
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx

[<RequireQualifiedAccess>]
module Cases =

    let private any kind (shape: int list) random element =
        Operand.Input(Values.tensor random kind element (Array.ofList shape))

    let private int64s (values: int64 list) (_: Random) (_: Element) =
        Operand.Constant(Tensor.ofInt64 [| values.Length |] (Array.ofList values))

    let private scalar (value: int64) (_: Random) (_: Element) =
        Operand.Constant(Tensor.ofInt64 [||] [| value |])

    let private nothing (_: Random) (_: Element) = Operand.Nothing

    let private case operator attributes operands elements =
        {
            Operator = operator
            Attributes = attributes
            Operands = fun random element -> operands |> List.map (fun operand -> operand random element)
            Outputs = 1
            Elements = elements
        }

    let private unary kind elements names =
        [ for name in names -> case name [] [ any kind [ 2; 12 ] ] elements ]

    let private binary kind elements names =
        [
            for name in names do
                case name [] [ any kind [ 2; 3; 4 ]; any kind [ 2; 3; 4 ] ] elements
                case name [] [ any kind [ 2; 1; 4 ]; any kind [ 3; 1 ] ] elements
        ]

    let private elementwise =
        unary Kind.Special Values.numbers [ "Abs"; "Neg"; "Relu"; "Identity" ]
        // of NaN in 16 bits ONNX Runtime gives 0, in 32 and 64 bits NaN
        @ unary Kind.Any Values.numbers [ "Sign" ]
        @ unary
            Kind.Special
            Values.floats
            ([
                "Ceil"
                "Floor"
                "Round"
                "Exp"
                "Sigmoid"
                "Tanh"
                "Erf"
                "Sin"
                "Cos"
                "Atan"
                "IsNaN"
                "IsInf"
                "Sqrt"
                "Log"
             ]
             @ [
                 "Softplus"
                 "Softsign"
                 "HardSwish"
                 "Sinh"
                 "Cosh"
                 "Asinh"
                 "Acosh"
                 "Tan"
                 "Reciprocal"
                 "Atanh"
                 "Asin"
                 "Acos"
             ])
        @ unary
            Kind.Any
            Values.floats
            [
                "Elu"
                "Selu"
                "Celu"
                "LeakyRelu"
                "HardSigmoid"
                "ThresholdedRelu"
                "Mish"
                "Gelu"
                "Shrink"
                "Hardmax"
            ]
        @ unary Kind.Any [ Element.Bool ] [ "Not"; "Identity" ]
        @ unary Kind.Any Values.integers [ "BitwiseNot" ]
        // the largest integers go through float32 there, where they become the least
        @ unary Kind.Small Values.integers [ "Shrink" ]

    let private two =
        binary
            Kind.Any
            Values.numbers
            [
                "Add"
                "Sub"
                "Mul"
                "Max"
                "Min"
                "Less"
                "Greater"
                "LessOrEqual"
                "GreaterOrEqual"
            ]
        @ binary
            Kind.Special
            Values.floats
            [
                "Max"
                "Min"
                "Less"
                "Greater"
                "LessOrEqual"
                "GreaterOrEqual"
                "Equal"
                "Add"
                "Mul"
                "Div"
            ]
        @ binary Kind.Any Values.all [ "Equal" ]
        @ binary Kind.Any [ Element.Bool ] [ "And"; "Or"; "Xor" ]
        @ binary Kind.Any Values.integers [ "BitwiseAnd"; "BitwiseOr"; "BitwiseXor" ]
        @ [
            for shape in [ [ 2; 3; 4 ]; [ 3; 1 ] ] do
                case "Div" [] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Positive shape ] Values.numbers
                case "Pow" [] [ any Kind.Positive [ 2; 3; 4 ]; any Kind.Positive shape ] Values.numbers
                case "Mod" [] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Positive shape ] Values.integers
                case "Mod" [ Build.int "fmod" 1L ] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Positive shape ] Values.numbers
                case "PRelu" [] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Small shape ] Values.numbers

                for direction in [ "LEFT"; "RIGHT" ] do
                    case
                        "BitShift"
                        [ Build.text "direction" direction ]
                        [ any Kind.Any [ 2; 3; 4 ]; any Kind.Positive shape ]
                        (Values.integers |> List.skip 4)
        ]
        @ [
            case "Mean" [] [ any Kind.Small [ 2; 3 ]; any Kind.Small [ 3 ] ] Values.floats
            case "Sum" [] [ any Kind.Small [ 2; 3 ]; any Kind.Small [ 3 ]; any Kind.Small [ 2; 1 ] ] Values.floats
            case
                "Clip"
                []
                [
                    any Kind.Any [ 2; 12 ]
                    any Kind.Positive []
                    (fun _ element -> Operand.Constant(Values.these element [||] [ 6.0 ]))
                ]
                Values.numbers
            case "Clip" [] [ any Kind.Any [ 2; 12 ]; nothing; any Kind.Positive [] ] Values.numbers
            case
                "Where"
                []
                [
                    (fun random _ -> any Kind.Any [ 2; 3 ] random Element.Bool)
                    any Kind.Any [ 2; 3 ]
                    any Kind.Any [ 1; 3 ]
                ]
                Values.all
        ]

    let private reductions =
        [
            for name in
                [
                    "ReduceSum"
                    "ReduceMean"
                    "ReduceMax"
                    "ReduceMin"
                    "ReduceProd"
                    "ReduceL1"
                    "ReduceL2"
                    "ReduceSumSquare"
                ]
                @ [ "ReduceLogSum"; "ReduceLogSumExp" ] do
                // there, exp of an integer loses its fraction before the sum
                let elements =
                    if name = "ReduceLogSumExp" then
                        Values.floats
                    else
                        Values.all

                // of negative sums there is no logarithm, and what an integer is made of NaN depends on the machine
                let kind = if name = "ReduceLogSum" then Kind.Positive else Kind.Small

                for keep in [ 0L; 1L ] do
                    for axes in [ [ 1L ]; [ -1L; 0L ] ] do
                        case name [ Build.int "keepdims" keep ] [ any Kind.Positive [ 2; 3; 4 ]; int64s axes ] elements

                case name [] [ any kind [ 2; 3 ] ] (elements |> List.except [ Element.Bool ])

            for name in [ "ArgMax"; "ArgMin" ] do
                for last in [ 0L; 1L ] do
                    case name [ Build.int "axis" 1L; Build.int "select_last_index" last ] [ any Kind.Any [ 2; 5; 3 ] ] Values.numbers

            for exclusive, reverse in [ 0L, 0L; 1L, 0L; 1L, 1L ] do
                case
                    "CumSum"
                    [ Build.int "exclusive" exclusive; Build.int "reverse" reverse ]
                    [ any Kind.Small [ 2; 5 ]; scalar 1L ]
                    Values.numbers

            for largest in [ 0L; 1L ] do
                { case "TopK" [ Build.int "largest" largest ] [ any Kind.Any [ 3; 7 ]; int64s [ 3L ] ] Values.numbers with
                    Outputs = 2
                }

            for name in [ "Softmax"; "LogSoftmax" ] do
                case name [ Build.int "axis" 1L ] [ any Kind.Small [ 2; 4; 3 ] ] Values.floats
        ]

    let private movements =
        [
            case "Transpose" [ Build.ints "perm" [ 2L; 0L; 1L ] ] [ any Kind.Any [ 2; 3; 4 ] ] Values.all
            case "Reshape" [] [ any Kind.Any [ 2; 3; 4 ]; int64s [ 0L; -1L ] ] Values.all
            case "Flatten" [ Build.int "axis" 2L ] [ any Kind.Any [ 2; 3; 4 ] ] Values.all
            case "Concat" [ Build.int "axis" -1L ] [ any Kind.Any [ 2; 3 ]; any Kind.Any [ 2; 1 ] ] Values.all
            case
                "Slice"
                []
                [
                    any Kind.Any [ 5; 6 ]
                    int64s [ -1L; 1L ]
                    int64s [ -1000L; 100L ]
                    int64s [ 0L; 1L ]
                    int64s [ -2L; 2L ]
                ]
                Values.all
            case "Squeeze" [] [ any Kind.Any [ 1; 3; 1 ]; int64s [ -1L ] ] Values.all
            case "Unsqueeze" [] [ any Kind.Any [ 2; 3 ]; int64s [ 0L; -1L ] ] Values.all
            case "Expand" [] [ any Kind.Any [ 3; 1 ]; int64s [ 2L; 1L; 4L ] ] Values.all
            case "Tile" [] [ any Kind.Any [ 2; 3 ]; int64s [ 2L; 3L ] ] Values.all
            case "Gather" [ Build.int "axis" 1L ] [ any Kind.Any [ 2; 4; 2 ]; int64s [ -1L; 0L; 2L ] ] Values.all
            case "Trilu" [ Build.int "upper" 0L ] [ any Kind.Any [ 2; 3; 4 ] ] Values.all
            case "Shape" [] [ any Kind.Any [ 2; 3 ] ] Values.all
            case "Size" [] [ any Kind.Any [ 2; 3 ] ] Values.all
            case "Split" [ Build.int "axis" 1L; Build.int "num_outputs" 2L ] [ any Kind.Any [ 2; 5 ] ] Values.all
            |> fun split -> { split with Outputs = 2 }
            case "DepthToSpace" [ Build.int "blocksize" 2L; Build.text "mode" "CRD" ] [ any Kind.Any [ 1; 8; 2; 3 ] ] Values.all
            case "SpaceToDepth" [ Build.int "blocksize" 2L ] [ any Kind.Any [ 1; 2; 4; 6 ] ] Values.all
            for mode in [ "constant"; "edge"; "reflect"; "wrap" ] do
                case "Pad" [ Build.text "mode" mode ] [ any Kind.Any [ 3; 4 ]; int64s [ 1L; 0L; 2L; 3L ] ] Values.all
            case "Pad" [] [ any Kind.Any [ 3; 4 ]; int64s [ 1L; -1L; -1L; 2L ] ] Values.all
            case
                "GatherElements"
                [ Build.int "axis" 1L ]
                [
                    any Kind.Any [ 2; 3 ]
                    (fun _ _ -> Operand.Constant(Tensor.ofInt64 [| 2; 2 |] [| 0L; -1L; 2L; 1L |]))
                ]
                Values.all
            case
                "GatherND"
                []
                [
                    any Kind.Any [ 2; 3; 2 ]
                    (fun _ _ -> Operand.Constant(Tensor.ofInt64 [| 2; 2 |] [| 0L; -1L; 1L; 0L |]))
                ]
                Values.all
            case
                "ScatterElements"
                [ Build.int "axis" 1L ]
                [
                    any Kind.Any [ 2; 4 ]
                    (fun _ _ -> Operand.Constant(Tensor.ofInt64 [| 2; 2 |] [| 0L; -1L; 2L; 1L |]))
                    any Kind.Any [ 2; 2 ]
                ]
                Values.all
            for target in [ 1; 2; 3; 4; 5; 6; 7; 9; 10; 11; 12; 13; 16 ] do
                case "Cast" [ Build.int "to" (int64 target) ] [ any Kind.Small [ 2; 12 ] ] Values.all
        ]

    let private linear =
        [
            case "MatMul" [] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Small [ 4; 2 ] ] Values.numbers
            case "MatMul" [] [ any Kind.Small [ 4 ]; any Kind.Small [ 2; 4; 3 ] ] Values.numbers
            case "Gemm" [] [ any Kind.Small [ 2; 3 ]; any Kind.Small [ 3; 4 ]; any Kind.Small [ 4 ] ] Values.numbers
            case
                "Gemm"
                [
                    Build.float "alpha" 0.5f
                    Build.float "beta" 2.0f
                    Build.int "transB" 1L
                    Build.int "transA" 1L
                ]
                [ any Kind.Small [ 3; 2 ]; any Kind.Small [ 4; 3 ]; any Kind.Small [ 2; 1 ] ]
                Values.numbers
            case
                "Conv"
                [ Build.ints "pads" [ 1L; 0L; 1L; 2L ]; Build.ints "strides" [ 2L; 1L ] ]
                [ any Kind.Small [ 1; 2; 5; 4 ]; any Kind.Small [ 3; 2; 3; 2 ] ]
                Values.floats
            case
                "ConvTranspose"
                [ Build.ints "strides" [ 2L; 2L ] ]
                [ any Kind.Small [ 1; 2; 3; 3 ]; any Kind.Small [ 2; 3; 2; 2 ] ]
                Values.floats
            for ceil in [ 0L; 1L ] do
                case
                    "MaxPool"
                    [
                        Build.ints "kernel_shape" [ 3L; 2L ]
                        Build.ints "strides" [ 2L; 2L ]
                        Build.int "ceil_mode" ceil
                        Build.ints "pads" [ 1L; 0L; 1L; 1L ]
                    ]
                    [ any Kind.Any [ 1; 2; 6; 5 ] ]
                    Values.numbers

                case
                    "AveragePool"
                    [
                        Build.ints "kernel_shape" [ 3L; 2L ]
                        Build.ints "strides" [ 2L; 2L ]
                        Build.int "ceil_mode" ceil
                        Build.int "count_include_pad" ceil
                        Build.ints "pads" [ 1L; 0L; 1L; 1L ]
                    ]
                    [ any Kind.Any [ 1; 2; 6; 5 ] ]
                    Values.floats
            case "GlobalAveragePool" [] [ any Kind.Any [ 1; 2; 3; 3 ] ] Values.floats
            case "GlobalMaxPool" [] [ any Kind.Any [ 1; 2; 3; 3 ] ] Values.floats
            case "LayerNormalization" [] [ any Kind.Any [ 2; 3; 4 ]; any Kind.Any [ 4 ]; any Kind.Any [ 4 ] ] Values.floats
            case "InstanceNormalization" [] [ any Kind.Any [ 2; 3; 4 ]; any Kind.Any [ 3 ]; any Kind.Any [ 3 ] ] Values.floats
            // a row of zeros stays one, also where 1e-30 is 0
            for p in [ 1L; 2L ] do
                case
                    "LpNormalization"
                    [ Build.int "p" p ]
                    [
                        (fun _ element -> Operand.Input(Values.these element [| 2; 2 |] [ 0.0; 0.0; 0.5; -1.5 ]))
                    ]
                    [ Element.Float16; Element.Float32; Element.Float64 ]
            // a result of length 1 starts at the first element
            for mode in [ "nearest"; "linear"; "cubic" ] do
                case
                    "Resize"
                    [
                        Build.text "mode" mode
                        Build.text "coordinate_transformation_mode" "pytorch_half_pixel"
                    ]
                    [
                        any Kind.Any [ 1; 2; 4 ]
                        nothing
                        (fun _ _ -> Operand.Constant(Tensor.ofFloat32 [| 3 |] [| 1.0f; 1.0f; 0.25f |]))
                    ]
                    [ Element.Float32 ]
            case "LRN" [ Build.int "size" 3L ] [ any Kind.Any [ 1; 5; 2; 2 ] ] Values.floats
            case "Einsum" [ Build.text "equation" "bij,bjk->bik" ] [ any Kind.Small [ 2; 3; 4 ]; any Kind.Small [ 2; 4; 2 ] ] Values.numbers
        ]

    let all = elementwise @ two @ reductions @ movements @ linear
