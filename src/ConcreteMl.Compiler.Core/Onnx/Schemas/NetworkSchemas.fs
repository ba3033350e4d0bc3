namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of layers that are written out in simpler operators, opsets 1 to 28.
[<RequireQualifiedAccess>]
module internal NetworkSchemas =

    /// What all recurrent layers have, and what one has beside it.
    let private cell more =
        [
            floats "activation_alpha"
            floats "activation_beta"
            texts "activations"
            float "clip"
            text "direction"
            int "hidden_size"
        ]
        @ List.map int more
        |> sorted

    let private recurrent =
        [
            schema "GRU" [ 1 ] (3, 6) (2, 2) (cell [ "output_sequence" ])
            schema "GRU" [ 3 ] (3, 6) (0, 2) (cell [ "linear_before_reset"; "output_sequence" ])
            schema "GRU" [ 7 ] (3, 6) (0, 2) (cell [ "linear_before_reset" ])
            schema "GRU" [ 14; 22 ] (3, 6) (0, 2) (cell [ "layout"; "linear_before_reset" ])
            schema "LSTM" [ 1 ] (3, 8) (0, 3) (cell [ "input_forget"; "output_sequence" ])
            schema "LSTM" [ 7 ] (3, 8) (0, 3) (cell [ "input_forget" ])
            schema "LSTM" [ 14; 22 ] (3, 8) (0, 3) (cell [ "input_forget"; "layout" ])
            schema "RNN" [ 1 ] (3, 6) (0, 2) (cell [ "output_sequence" ])
            schema "RNN" [ 7 ] (3, 6) (0, 2) (cell [])
            schema "RNN" [ 14; 22 ] (3, 6) (0, 2) (cell [ "layout" ])
        ]

    let private heads =
        [
            int "is_causal"
            int "kv_num_heads"
            int "q_num_heads"
            int "qk_matmul_output_mode"
            float "scale"
            float "softcap"
            int "softmax_precision"
        ]

    // Attention and what stands around it.
    let private attention =
        [
            schema "Attention" [ 23 ] (3, 6) (1, 4) heads
            schema "Attention" [ 24 ] (3, 7) (1, 4) heads
            schema "Attention" [ 25 ] (3, 7) (1, 4) (sorted (heads @ [ int "left_window_size"; int "right_window_size" ]))
            schema
                "LinearAttention"
                [ 27 ]
                (3, 6)
                (2, 2)
                [
                    int "chunk_size"
                    required (int "kv_num_heads")
                    required (int "q_num_heads")
                    float "scale"
                    text "update_rule"
                ]
            schema "FlexAttention" [ 1 ] (3, 3) (1, 1) [ graph "prob_mod"; float "scale"; graph "score_mod"; int "softmax_precision" ]
            |> List.map (fun schema ->
                { schema with
                    Domain = "ai.onnx.preview"
                })
            schema "RotaryEmbedding" [ 23 ] (3, 4) (1, 1) [ int "interleaved"; int "num_heads"; int "rotary_embedding_dim" ]
            schema "SwiGLU" [ 28 ] (2, 2) (1, 1) [ float "alpha" ]
            schema "Swish" [ 24 ] (1, 1) (1, 1) [ float "alpha" ]
        ]

    // Losses.
    let private losses =
        [
            schema "NegativeLogLikelihoodLoss" [ 12; 13; 22 ] (2, 3) (1, 1) [ int "ignore_index"; text "reduction" ]
            schema "SoftmaxCrossEntropyLoss" [ 12; 13 ] (2, 3) (1, 2) [ int "ignore_index"; text "reduction" ]
        ]

    // Products of integers.
    let private integers =
        [
            schema
                "ConvInteger"
                [ 10 ]
                (2, 4)
                (1, 1)
                [
                    text "auto_pad"
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    ints "pads"
                    ints "strides"
                ]
            schema "DynamicQuantizeLinear" [ 11 ] (1, 1) (3, 3) []
            schema "MatMulInteger" [ 10 ] (2, 4) (1, 1) []
        ]

    // Windows and normalizations.
    let private layers =
        [
            schema
                "ConvTranspose"
                [ 1; 11; 22 ]
                (2, 3)
                (1, 1)
                [
                    text "auto_pad"
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    ints "output_padding"
                    ints "output_shape"
                    ints "pads"
                    ints "strides"
                ]
            schema
                "DeformConv"
                [ 19; 22 ]
                (3, 5)
                (1, 1)
                [
                    ints "dilations"
                    int "group"
                    ints "kernel_shape"
                    int "offset_group"
                    ints "pads"
                    ints "strides"
                ]
            schema "GlobalLpPool" [ 1 ] (1, 1) (1, 1) [ float "p" ]
            schema "GlobalLpPool" [ 2; 22 ] (1, 1) (1, 1) [ int "p" ]
            schema "GroupNormalization" [ 21 ] (3, 3) (1, 1) [ float "epsilon"; required (int "num_groups"); int "stash_type" ]
            schema "InstanceNormalization" [ 1 ] (3, 3) (1, 1) [ ints "consumed_inputs"; float "epsilon" ]
            schema "InstanceNormalization" [ 6; 22 ] (3, 3) (1, 1) [ float "epsilon" ]
            schema "LRN" [ 1; 13 ] (1, 1) (1, 1) [ float "alpha"; float "beta"; float "bias"; required (int "size") ]
            schema "LayerNormalization" [ 1; 17 ] (2, 3) (1, 3) [ int "axis"; float "epsilon"; int "stash_type" ]
            schema "LpNormalization" [ 1; 22 ] (1, 1) (1, 1) [ int "axis"; int "p" ]
            schema "LpPool" [ 1 ] (1, 1) (1, 1) [ text "auto_pad"; ints "kernel_shape"; float "p"; ints "pads"; ints "strides" ]
            schema
                "LpPool"
                [ 2; 11 ]
                (1, 1)
                (1, 1)
                [
                    text "auto_pad"
                    required (ints "kernel_shape")
                    int "p"
                    ints "pads"
                    ints "strides"
                ]
            schema
                "LpPool"
                [ 18; 22 ]
                (1, 1)
                (1, 1)
                [
                    text "auto_pad"
                    int "ceil_mode"
                    ints "dilations"
                    required (ints "kernel_shape")
                    int "p"
                    ints "pads"
                    ints "strides"
                ]
            schema "MaxUnpool" [ 9; 11; 22 ] (2, 3) (1, 1) [ required (ints "kernel_shape"); ints "pads"; ints "strides" ]
            schema "MeanVarianceNormalization" [ 9; 13 ] (1, 1) (1, 1) [ ints "axes" ]
            schema "RMSNormalization" [ 23 ] (2, 2) (1, 1) [ int "axis"; float "epsilon"; int "stash_type" ]
            schema
                "RoiAlign"
                [ 10 ]
                (3, 3)
                (1, 1)
                [
                    text "mode"
                    int "output_height"
                    int "output_width"
                    int "sampling_ratio"
                    float "spatial_scale"
                ]
            schema
                "RoiAlign"
                [ 16; 22 ]
                (3, 3)
                (1, 1)
                [
                    text "coordinate_transformation_mode"
                    text "mode"
                    int "output_height"
                    int "output_width"
                    int "sampling_ratio"
                    float "spatial_scale"
                ]
        ]

    // What ONNX Runtime has in this domain, where LayerNormalization is older than 17 too.
    let private ofRuntimes =
        [
            schema "SimplifiedLayerNormalization" [ 1 ] (2, 2) (1, 2) [ int "axis"; float "epsilon"; int "stash_type" ]
        ]

    let all: OperatorSchema list =
        List.concat
            [
                List.concat recurrent
                List.concat attention
                List.concat losses
                List.concat integers
                List.concat layers
                List.concat ofRuntimes
            ]
