namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of the operators of ONNX Runtime (com.microsoft) and of QAT exporters that stand in no other table.
[<RequireQualifiedAccess>]
module internal RuntimeSchemas =

    let private inDomain domain name inputs outputs attributes =
        schema name [ 1 ] inputs outputs attributes
        |> List.map (fun schema -> { schema with Domain = domain })

    let private runtime = inDomain "com.microsoft"

    let private microsoft =
        [
            runtime
                "Attention"
                (2, 7)
                (1, 2)
                [
                    int "do_rotary"
                    float "mask_filter_value"
                    required (int "num_heads")
                    int "past_present_share_buffer"
                    ints "qkv_hidden_sizes"
                    float "scale"
                    int "unidirectional"
                ]
            runtime "BiasGelu" (2, 2) (1, 1) []
            runtime "CDist" (2, 2) (1, 1) [ required (text "metric") ]
            runtime "DequantizeLinear" (2, 3) (1, 1) [ int "axis"; int "block_size" ]
            runtime
                "DynamicQuantizeLSTM"
                (3, 12)
                (0, 3)
                [
                    floats "activation_alpha"
                    floats "activation_beta"
                    texts "activations"
                    float "clip"
                    text "direction"
                    int "hidden_size"
                    int "input_forget"
                ]
            runtime "DynamicQuantizeMatMul" (3, 5) (1, 1) []
            runtime "EmbedLayerNormalization" (7, 9) (1, 3) [ float "epsilon"; int "mask_index_type" ]
            runtime "FastGelu" (1, 2) (1, 1) []
            runtime
                "FusedConv"
                (2, 4)
                (1, 1)
                [
                    text "activation"
                    floats "activation_params"
                    text "auto_pad"
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    ints "pads"
                    ints "strides"
                ]
            runtime
                "FusedGemm"
                (2, 3)
                (1, 1)
                [
                    text "activation"
                    float "activation_alpha"
                    float "activation_beta"
                    float "activation_gamma"
                    float "alpha"
                    float "beta"
                    int "transA"
                    int "transB"
                ]
            runtime
                "FusedMatMul"
                (2, 2)
                (1, 1)
                [
                    float "alpha"
                    int "transA"
                    int "transB"
                    int "transBatchA"
                    int "transBatchB"
                ]
            runtime "GatherBlockQuantized" (3, 4) (1, 1) [ int "bits"; int "block_size"; int "gather_axis"; int "quantize_axis" ]
            runtime "Gelu" (1, 1) (1, 1) []
            runtime
                "GroupQueryAttention"
                (1, 12)
                (1, 4)
                [
                    int "do_rotary"
                    required (int "kv_num_heads")
                    int "local_window_size"
                    required (int "num_heads")
                    int "qk_output"
                    int "rotary_interleaved"
                    float "scale"
                    int "smooth_softmax"
                    float "softcap"
                ]
            runtime "MatMulIntegerToFloat" (4, 7) (1, 1) []
            runtime
                "MatMulNBits"
                (3, 6)
                (1, 1)
                [
                    required (int "K")
                    required (int "N")
                    int "accuracy_level"
                    int "bits"
                    required (int "block_size")
                ]
            runtime
                "MultiHeadAttention"
                (1, 10)
                (1, 4)
                [
                    float "mask_filter_value"
                    required (int "num_heads")
                    float "scale"
                    int "unidirectional"
                ]
            runtime
                "QAttention"
                (5, 9)
                (1, 2)
                [
                    int "do_rotary"
                    float "mask_filter_value"
                    required (int "num_heads")
                    int "past_present_share_buffer"
                    float "scale"
                    int "unidirectional"
                ]
            runtime "QGemm" (6, 9) (1, 1) [ float "alpha"; int "transA"; int "transB" ]
            runtime "QLinearAdd" (7, 8) (1, 1) []
            runtime
                "QLinearAveragePool"
                (4, 5)
                (1, 1)
                [
                    text "auto_pad"
                    int "ceil_mode"
                    int "channels_last"
                    int "count_include_pad"
                    required (ints "kernel_shape")
                    ints "pads"
                    ints "strides"
                ]
            runtime "QLinearConcat" (5, many) (1, 1) [ required (int "axis") ]
            runtime "QLinearGlobalAveragePool" (5, 5) (1, 1) [ int "channels_last" ]
            runtime "QLinearLeakyRelu" (4, 5) (1, 1) [ float "alpha" ]
            runtime "QLinearMul" (7, 8) (1, 1) []
            runtime "QLinearReduceMean" (4, 5) (1, 1) [ ints "axes"; int "keepdims" ]
            runtime "QLinearSigmoid" (4, 5) (1, 1) []
            runtime "QLinearSoftmax" (5, 5) (1, 1) [ int "axis"; int "opset" ]
            runtime "QLinearWhere" (9, 9) (1, 1) []
            runtime "QuantizeLinear" (2, 3) (1, 1) [ int "axis"; int "block_size"; int "saturate" ]
            runtime "QuickGelu" (1, 1) (1, 1) [ float "alpha" ]
            runtime
                "RotaryEmbedding"
                (4, 4)
                (1, 1)
                [
                    int "interleaved"
                    int "is_packed_batching"
                    int "num_heads"
                    int "rotary_embedding_dim"
                    float "scale"
                ]
            runtime "SimplifiedLayerNormalization" (2, 2) (1, 2) [ int "axis"; float "epsilon"; int "stash_type" ]
            runtime "SkipLayerNormalization" (3, 5) (1, 4) [ float "epsilon" ]
            runtime "SkipSimplifiedLayerNormalization" (3, 4) (1, 4) [ float "epsilon" ]
            runtime
                "TransposeMatMul"
                (2, 2)
                (1, 1)
                [
                    float "alpha"
                    int "transA"
                    int "transB"
                    int "transBatchA"
                    int "transBatchB"
                ]
        ]

    // Quantizers of one and of fewer bits.
    let private exporters =
        [ "onnx.brevitas"; "qonnx.custom_op.general" ]
        |> List.collect (fun domain ->
            [
                inDomain domain "BipolarQuant" (2, 2) (1, 1) []
                inDomain domain "Trunc" (5, 5) (1, 1) [ text "rounding_mode" ]
            ])

    let all: OperatorSchema list =
        List.concat [ List.concat microsoft; List.concat exporters ]
