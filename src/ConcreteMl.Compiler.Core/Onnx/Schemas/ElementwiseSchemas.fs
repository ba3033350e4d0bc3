namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of the operators of ai.onnx that work element by element, opsets 1 to 25.
[<RequireQualifiedAccess>]
module internal ElementwiseSchemas =

    // Functions of one operand.
    let private functions =
        [
            schema "Abs" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Abs" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Acos" [ 7; 22 ] (1, 1) (1, 1) []
            schema "Acosh" [ 9; 22 ] (1, 1) (1, 1) []
            schema "Asin" [ 7; 22 ] (1, 1) (1, 1) []
            schema "Asinh" [ 9; 22 ] (1, 1) (1, 1) []
            schema "Atan" [ 7; 22 ] (1, 1) (1, 1) []
            schema "Atanh" [ 9; 22 ] (1, 1) (1, 1) []
            schema "Ceil" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Ceil" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Cos" [ 7; 22 ] (1, 1) (1, 1) []
            schema "Cosh" [ 9; 22 ] (1, 1) (1, 1) []
            schema "Erf" [ 9; 13 ] (1, 1) (1, 1) []
            schema "Exp" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Exp" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Floor" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Floor" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Identity" [ 1; 13; 14; 16; 19; 21; 23; 24; 25 ] (1, 1) (1, 1) []
            schema "IsInf" [ 10; 20 ] (1, 1) (1, 1) [ int "detect_negative"; int "detect_positive" ]
            schema "IsNaN" [ 9; 13; 20 ] (1, 1) (1, 1) []
            schema "Log" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Log" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Neg" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Neg" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Not" [ 1 ] (1, 1) (1, 1) []
            schema "Reciprocal" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Reciprocal" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Round" [ 11; 22 ] (1, 1) (1, 1) []
            schema "Sign" [ 9; 13 ] (1, 1) (1, 1) []
            schema "Sin" [ 7; 22 ] (1, 1) (1, 1) []
            schema "Sinh" [ 9; 22 ] (1, 1) (1, 1) []
            schema "Sqrt" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Sqrt" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Tan" [ 7; 22 ] (1, 1) (1, 1) []
        ]

    // Activation functions.
    let private activations =
        [
            schema "Affine" [ 1 ] (1, 1) (1, 1) [ float "alpha"; float "beta" ]
            schema "Celu" [ 12 ] (1, 1) (1, 1) [ float "alpha" ]
            schema "Clip" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs"; float "max"; float "min" ]
            schema "Clip" [ 6 ] (1, 1) (1, 1) [ float "max"; float "min" ]
            schema "Clip" [ 11; 12; 13 ] (1, 3) (1, 1) []
            schema "Dropout" [ 1 ] (1, 1) (1, 2) [ ints "consumed_inputs"; int "is_test"; float "ratio" ]
            schema "Dropout" [ 6 ] (1, 1) (1, 2) [ int "is_test"; float "ratio" ]
            schema "Dropout" [ 7; 10 ] (1, 1) (1, 2) [ float "ratio" ]
            schema "Dropout" [ 12; 13; 22 ] (1, 3) (1, 2) [ int "seed" ]
            schema "Elu" [ 1 ] (1, 1) (1, 1) [ float "alpha"; ints "consumed_inputs" ]
            schema "Elu" [ 6; 22 ] (1, 1) (1, 1) [ float "alpha" ]
            schema "Gelu" [ 20 ] (1, 1) (1, 1) [ text "approximate" ]
            schema "HardSigmoid" [ 1 ] (1, 1) (1, 1) [ float "alpha"; float "beta"; ints "consumed_inputs" ]
            schema "HardSigmoid" [ 6; 22 ] (1, 1) (1, 1) [ float "alpha"; float "beta" ]
            schema "HardSwish" [ 14; 22 ] (1, 1) (1, 1) []
            schema "ImageScaler" [ 1 ] (1, 1) (1, 1) [ required (floats "bias"); float "scale" ]
            schema "LeakyRelu" [ 1 ] (1, 1) (1, 1) [ float "alpha"; ints "consumed_inputs" ]
            schema "LeakyRelu" [ 6; 16 ] (1, 1) (1, 1) [ float "alpha" ]
            schema "LogSoftmax" [ 1; 11; 13 ] (1, 1) (1, 1) [ int "axis" ]
            schema "Mish" [ 18; 22 ] (1, 1) (1, 1) []
            schema "PRelu" [ 1 ] (2, 2) (1, 1) [ ints "consumed_inputs" ]
            schema "PRelu" [ 6; 7; 9; 16 ] (2, 2) (1, 1) []
            schema "ParametricSoftplus" [ 1 ] (1, 1) (1, 1) [ float "alpha"; float "beta" ]
            schema "Relu" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Relu" [ 6; 13; 14 ] (1, 1) (1, 1) []
            schema "Scale" [ 1 ] (1, 1) (1, 1) [ float "scale" ]
            schema "ScaledTanh" [ 1 ] (1, 1) (1, 1) [ float "alpha"; float "beta" ]
            schema "Selu" [ 1 ] (1, 1) (1, 1) [ float "alpha"; ints "consumed_inputs"; float "gamma" ]
            schema "Selu" [ 6; 22 ] (1, 1) (1, 1) [ float "alpha"; float "gamma" ]
            schema "Shrink" [ 9 ] (1, 1) (1, 1) [ float "bias"; float "lambd" ]
            schema "Sigmoid" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Sigmoid" [ 6; 13 ] (1, 1) (1, 1) []
            schema "Softmax" [ 1; 11; 13 ] (1, 1) (1, 1) [ int "axis" ]
            schema "Softplus" [ 1; 22 ] (1, 1) (1, 1) []
            schema "Softsign" [ 1; 22 ] (1, 1) (1, 1) []
            schema "Tanh" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs" ]
            schema "Tanh" [ 6; 13 ] (1, 1) (1, 1) []
            schema "ThresholdedRelu" [ 10; 22 ] (1, 1) (1, 1) [ float "alpha" ]
        ]

    // Functions of two or more operands.
    let private arithmetic =
        [
            schema "Add" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast"; ints "consumed_inputs" ]
            schema "Add" [ 6 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Add" [ 7; 13; 14 ] (2, 2) (1, 1) []
            schema "Div" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast"; ints "consumed_inputs" ]
            schema "Div" [ 6 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Div" [ 7; 13; 14 ] (2, 2) (1, 1) []
            schema "Max" [ 1 ] (1, many) (1, 1) [ ints "consumed_inputs" ]
            schema "Max" [ 6; 8; 12; 13 ] (1, many) (1, 1) []
            schema "Mean" [ 1 ] (1, many) (1, 1) [ ints "consumed_inputs" ]
            schema "Mean" [ 6; 8; 13 ] (1, many) (1, 1) []
            schema "Min" [ 1 ] (1, many) (1, 1) [ ints "consumed_inputs" ]
            schema "Min" [ 6; 8; 12; 13 ] (1, many) (1, 1) []
            schema "Mod" [ 10; 13 ] (2, 2) (1, 1) [ int "fmod" ]
            schema "Mul" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast"; ints "consumed_inputs" ]
            schema "Mul" [ 6 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Mul" [ 7; 13; 14 ] (2, 2) (1, 1) []
            schema "Pow" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Pow" [ 7; 12; 13; 15 ] (2, 2) (1, 1) []
            schema "Sub" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast"; ints "consumed_inputs" ]
            schema "Sub" [ 6 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Sub" [ 7; 13; 14 ] (2, 2) (1, 1) []
            schema "Sum" [ 1 ] (1, many) (1, 1) [ ints "consumed_inputs" ]
            schema "Sum" [ 6; 8; 13 ] (1, many) (1, 1) []
        ]

    // Comparisons, logic, choice.
    let private logic =
        [
            schema "And" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "And" [ 7 ] (2, 2) (1, 1) []
            schema "Equal" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Equal" [ 7; 11; 13; 19 ] (2, 2) (1, 1) []
            schema "Greater" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Greater" [ 7; 9; 13 ] (2, 2) (1, 1) []
            schema "GreaterOrEqual" [ 12; 16 ] (2, 2) (1, 1) []
            schema "Less" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Less" [ 7; 9; 13 ] (2, 2) (1, 1) []
            schema "LessOrEqual" [ 12; 16 ] (2, 2) (1, 1) []
            schema "Or" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Or" [ 7 ] (2, 2) (1, 1) []
            schema "Where" [ 9; 16 ] (3, 3) (1, 1) []
            schema "Xor" [ 1 ] (2, 2) (1, 1) [ int "axis"; int "broadcast" ]
            schema "Xor" [ 7 ] (2, 2) (1, 1) []
        ]

    // Changes of the element type.
    let private types =
        [
            schema "Cast" [ 1 ] (1, 1) (1, 1) [ required (text "to") ]
            schema "Cast" [ 6; 9; 13 ] (1, 1) (1, 1) [ required (int "to") ]
            schema "Cast" [ 19; 21; 23 ] (1, 1) (1, 1) [ int "saturate"; required (int "to") ]
            schema "Cast" [ 24; 25 ] (1, 1) (1, 1) [ text "round_mode"; int "saturate"; required (int "to") ]
            schema "CastLike" [ 15 ] (2, 2) (1, 1) []
            schema "CastLike" [ 19; 21; 23 ] (2, 2) (1, 1) [ int "saturate" ]
            schema "CastLike" [ 24; 25 ] (2, 2) (1, 1) [ text "round_mode"; int "saturate" ]
            schema "DequantizeLinear" [ 10 ] (2, 3) (1, 1) []
            schema "DequantizeLinear" [ 13; 19 ] (2, 3) (1, 1) [ int "axis" ]
            schema "DequantizeLinear" [ 21 ] (2, 3) (1, 1) [ int "axis"; int "block_size" ]
            schema "DequantizeLinear" [ 23; 24; 25 ] (2, 3) (1, 1) [ int "axis"; int "block_size"; int "output_dtype" ]
            schema "QuantizeLinear" [ 10 ] (2, 3) (1, 1) []
            schema "QuantizeLinear" [ 13 ] (2, 3) (1, 1) [ int "axis" ]
            schema "QuantizeLinear" [ 19 ] (2, 3) (1, 1) [ int "axis"; int "saturate" ]
            schema "QuantizeLinear" [ 21 ] (2, 3) (1, 1) [ int "axis"; int "block_size"; int "output_dtype"; int "saturate" ]
            schema
                "QuantizeLinear"
                [ 23; 24; 25 ]
                (2, 3)
                (1, 1)
                [
                    int "axis"
                    int "block_size"
                    int "output_dtype"
                    int "precision"
                    int "saturate"
                ]
        ]

    /// Operators whose result is as their first operand, by what their signatures say alone.
    let ofOne: OperatorSchema list = List.concat (functions @ activations)

    let all: OperatorSchema list =
        [ functions; activations; arithmetic; logic; types ]
        |> List.concat
        |> List.concat
