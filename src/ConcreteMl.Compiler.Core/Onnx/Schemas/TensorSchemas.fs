namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of the operators of ai.onnx that work on whole tensors, opsets 1 to 25, and of the quantizers of QAT exporters.
[<RequireQualifiedAccess>]
module internal TensorSchemas =

    // Products and convolutions.
    let private products =
        [
            schema
                "Conv"
                [ 1; 11; 22 ]
                (2, 3)
                (1, 1)
                [
                    text "auto_pad"
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    ints "pads"
                    ints "strides"
                ]
            schema "Gemm" [ 1; 6 ] (3, 3) (1, 1) [ float "alpha"; float "beta"; int "broadcast"; int "transA"; int "transB" ]
            schema "Gemm" [ 7; 9 ] (3, 3) (1, 1) [ float "alpha"; float "beta"; int "transA"; int "transB" ]
            schema "Gemm" [ 11; 13 ] (2, 3) (1, 1) [ float "alpha"; float "beta"; int "transA"; int "transB" ]
            schema "MatMul" [ 1; 9; 13 ] (2, 2) (1, 1) []
            schema
                "QLinearConv"
                [ 10 ]
                (8, 9)
                (1, 1)
                [
                    text "auto_pad"
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    ints "pads"
                    ints "strides"
                ]
            schema "QLinearMatMul" [ 10; 21 ] (8, 8) (1, 1) []
        ]

    // Averages and normalization.
    let private averages =
        [
            schema "AveragePool" [ 1 ] (1, 1) (1, 1) [ text "auto_pad"; required (ints "kernel_shape"); ints "pads"; ints "strides" ]
            schema
                "AveragePool"
                [ 7 ]
                (1, 1)
                (1, 1)
                [
                    text "auto_pad"
                    int "count_include_pad"
                    required (ints "kernel_shape")
                    ints "pads"
                    ints "strides"
                ]
            schema
                "AveragePool"
                [ 10; 11 ]
                (1, 1)
                (1, 1)
                [
                    text "auto_pad"
                    int "ceil_mode"
                    int "count_include_pad"
                    required (ints "kernel_shape")
                    ints "pads"
                    ints "strides"
                ]
            schema
                "AveragePool"
                [ 19; 22 ]
                (1, 1)
                (1, 1)
                [
                    text "auto_pad"
                    int "ceil_mode"
                    int "count_include_pad"
                    ints "dilations"
                    required (ints "kernel_shape")
                    ints "pads"
                    ints "strides"
                ]
            schema
                "BatchNormalization"
                [ 1 ]
                (5, 5)
                (1, 5)
                [
                    required (ints "consumed_inputs")
                    float "epsilon"
                    int "is_test"
                    float "momentum"
                    int "spatial"
                ]
            schema "BatchNormalization" [ 6 ] (5, 5) (1, 5) [ float "epsilon"; int "is_test"; float "momentum"; int "spatial" ]
            schema "BatchNormalization" [ 7 ] (5, 5) (1, 5) [ float "epsilon"; float "momentum"; int "spatial" ]
            schema "BatchNormalization" [ 9 ] (5, 5) (1, 5) [ float "epsilon"; float "momentum" ]
            schema "BatchNormalization" [ 14; 15 ] (5, 5) (1, 3) [ float "epsilon"; float "momentum"; int "training_mode" ]
            schema "GlobalAveragePool" [ 1; 22 ] (1, 1) (1, 1) []
        ]

    // Maxima of windows.
    let private maxima =
        [
            schema "GlobalMaxPool" [ 1; 22 ] (1, 1) (1, 1) []
            schema "MaxPool" [ 1 ] (1, 1) (1, 1) [ text "auto_pad"; required (ints "kernel_shape"); ints "pads"; ints "strides" ]
            schema
                "MaxPool"
                [ 8 ]
                (1, 1)
                (1, 2)
                [
                    text "auto_pad"
                    required (ints "kernel_shape")
                    ints "pads"
                    int "storage_order"
                    ints "strides"
                ]
            schema
                "MaxPool"
                [ 10; 11; 12; 22 ]
                (1, 1)
                (1, 2)
                [
                    text "auto_pad"
                    int "ceil_mode"
                    ints "dilations"
                    required (ints "kernel_shape")
                    ints "pads"
                    int "storage_order"
                    ints "strides"
                ]
        ]

    // Reductions.
    let private reductions =
        [
            schema "ArgMax" [ 1; 11 ] (1, 1) (1, 1) [ int "axis"; int "keepdims" ]
            schema "ArgMax" [ 12; 13 ] (1, 1) (1, 1) [ int "axis"; int "keepdims"; int "select_last_index" ]
            schema "ArgMin" [ 1; 11 ] (1, 1) (1, 1) [ int "axis"; int "keepdims" ]
            schema "ArgMin" [ 12; 13 ] (1, 1) (1, 1) [ int "axis"; int "keepdims"; int "select_last_index" ]
            schema "ReduceL1" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceL1" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceL2" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceL2" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceLogSum" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceLogSum" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceLogSumExp" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceLogSumExp" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceMax" [ 1; 11; 12; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceMax" [ 18; 20 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceMean" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceMean" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceMin" [ 1; 11; 12; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceMin" [ 18; 20 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceProd" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceProd" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceSum" [ 1; 11 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceSum" [ 13 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
            schema "ReduceSumSquare" [ 1; 11; 13 ] (1, 1) (1, 1) [ ints "axes"; int "keepdims" ]
            schema "ReduceSumSquare" [ 18 ] (1, 2) (1, 1) [ int "keepdims"; int "noop_with_empty_axes" ]
        ]

    // Operators that move elements.
    let private moves =
        [
            schema "Concat" [ 1 ] (1, many) (1, 1) [ int "axis" ]
            schema "Concat" [ 4; 11; 13 ] (1, many) (1, 1) [ required (int "axis") ]
            schema "Expand" [ 8; 13 ] (2, 2) (1, 1) []
            schema "Flatten" [ 1; 9; 11; 13; 21; 23; 24; 25 ] (1, 1) (1, 1) [ int "axis" ]
            schema "Gather" [ 1; 11; 13 ] (2, 2) (1, 1) [ int "axis" ]
            schema "Reshape" [ 1 ] (1, 1) (1, 1) [ ints "consumed_inputs"; ints "shape" ]
            schema "Reshape" [ 5; 13 ] (2, 2) (1, 1) []
            schema "Reshape" [ 14; 19; 21; 23; 24; 25 ] (2, 2) (1, 1) [ int "allowzero" ]
            schema "Squeeze" [ 1; 11 ] (1, 1) (1, 1) [ ints "axes" ]
            schema "Squeeze" [ 13; 21; 23; 24; 25 ] (1, 2) (1, 1) []
            schema "Transpose" [ 1; 13; 21; 23; 24; 25 ] (1, 1) (1, 1) [ ints "perm" ]
            schema "Unsqueeze" [ 1; 11 ] (1, 1) (1, 1) [ required (ints "axes") ]
            schema "Unsqueeze" [ 13; 21; 23; 24; 25 ] (2, 2) (1, 1) []
        ]

    // Operators that cut, repeat or extend.
    let private cuts =
        [
            schema "DepthToSpace" [ 1 ] (1, 1) (1, 1) [ required (int "blocksize") ]
            schema "DepthToSpace" [ 11; 13 ] (1, 1) (1, 1) [ required (int "blocksize"); text "mode" ]
            schema "Pad" [ 1 ] (1, 1) (1, 1) [ text "mode"; required (ints "paddings"); float "value" ]
            schema "Pad" [ 2 ] (1, 1) (1, 1) [ text "mode"; required (ints "pads"); float "value" ]
            schema "Pad" [ 11; 13 ] (2, 3) (1, 1) [ text "mode" ]
            schema "Pad" [ 18; 19; 21; 23; 24; 25 ] (2, 4) (1, 1) [ text "mode" ]
            schema "Slice" [ 1 ] (1, 1) (1, 1) [ ints "axes"; required (ints "ends"); required (ints "starts") ]
            schema "Slice" [ 10; 11; 13 ] (3, 5) (1, 1) []
            schema "SpaceToDepth" [ 1; 13 ] (1, 1) (1, 1) [ required (int "blocksize") ]
            schema "SpaceToDepth" [ 28 ] (1, 1) (1, 1) [ required (int "blocksize"); text "mode" ]
            schema "Split" [ 1 ] (1, 2) (1, many) [ int "axis"; ints "split" ]
            schema "Split" [ 2; 11 ] (1, 1) (1, many) [ int "axis"; ints "split" ]
            schema "Split" [ 13 ] (1, 2) (1, many) [ int "axis" ]
            schema "Split" [ 18 ] (1, 2) (1, many) [ int "axis"; int "num_outputs" ]
            schema "Tile" [ 1 ] (3, 3) (1, 1) []
            schema "Tile" [ 6; 13 ] (2, 2) (1, 1) []
            schema "Upsample" [ 1 ] (1, 1) (1, 1) [ required (float "height_scale"); text "mode"; required (float "width_scale") ]
            schema "Upsample" [ 7 ] (1, 1) (1, 1) [ text "mode"; required (floats "scales") ]
            schema "Upsample" [ 9; 10 ] (2, 2) (1, 1) [ text "mode" ]
        ]

    // Constants and shapes.
    let private constants =
        [
            schema "Constant" [ 1; 9 ] (0, 0) (1, 1) [ required (tensor "value") ]
            schema "Constant" [ 11 ] (0, 0) (1, 1) [ sparse "sparse_value"; tensor "value" ]
            schema
                "Constant"
                [ 12; 13; 19; 21; 23; 24; 25 ]
                (0, 0)
                (1, 1)
                [
                    sparse "sparse_value"
                    tensor "value"
                    float "value_float"
                    floats "value_floats"
                    int "value_int"
                    ints "value_ints"
                    text "value_string"
                    texts "value_strings"
                ]
            schema "ConstantOfShape" [ 9; 20; 21; 23; 24; 25 ] (1, 1) (1, 1) [ tensor "value" ]
            schema "Shape" [ 1; 13 ] (1, 1) (1, 1) []
            schema "Shape" [ 15; 19; 21; 23; 24; 25 ] (1, 1) (1, 1) [ int "end"; int "start" ]
            schema "Size" [ 1; 13; 19; 21; 23; 24; 25 ] (1, 1) (1, 1) []
        ]

    // Quantizers of QAT exporters; both domains have version 1 alone.
    let private quantizers =
        List.allPairs [ "onnx.brevitas"; "qonnx.custom_op.general" ] [ "IntQuant"; "Quant" ]
        |> List.collect (fun (domain, name) ->
            schema name [ 1 ] (4, 4) (1, 1) [ int "signed"; int "narrow"; text "rounding_mode" ]
            |> List.map (fun schema -> { schema with Domain = domain }))

    let all: OperatorSchema list =
        List.concat
            [
                List.concat products
                List.concat averages
                List.concat maxima
                List.concat reductions
                List.concat moves
                List.concat cuts
                List.concat constants
                quantizers
            ]
