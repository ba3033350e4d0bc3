namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core

/// What an attribute that an importer did not read means for the result.
[<RequireQualifiedAccess>]
module UnreadAttributes =

    /// Attributes that change no result when an importer leaves them unread: operators (none listed: all), name, and why.
    let meaningless: (string list * string * string) list =
        [
            [], "consumed_inputs", "a hint for storage in place"
            [ "RNN"; "LSTM"; "GRU" ], "output_sequence", "the outputs that are used say it"
            [ "RNN"; "LSTM"; "GRU"; "DynamicQuantizeLSTM" ], "hidden_size", "the shape of the weights says it"
            [ "BatchNormalization" ], "momentum", "for training"
            [ "Gemm" ], "broadcast", "a bias is broadcast where its shape says so"
            [ "If" ], "then_branch", "the condition is known and takes the other"
            [ "If" ], "else_branch", "the condition is known and takes the other"
            [ "Dropout" ], "seed", "for training"
            [ "Dropout" ], "ratio", "for training"
            [ "Dropout" ], "is_test", "for training; what is compiled is inference"
            [ "Cast"; "CastLike"; "QuantizeLinear" ], "saturate", "for floats of 8 bits"
            [ "Cast"; "CastLike" ], "round_mode", "for powers of two of 8 bits"
            [ "QuantizeLinear"; "DequantizeLinear" ], "axis", "one scale for all has no axis; otherwise it is read"
            [ "QuantizeLinear" ], "precision", "division is done in the type of the operand or better"
            [ "LabelEncoder" ], "default_float", "for values of another type"
            [ "LabelEncoder" ], "default_int64", "for values of another type"
            [ "LabelEncoder" ], "default_string", "a text that is missing becomes the number of texts"
            [ "OneHotEncoder" ], "zeros", "unknown categories become zeros; a warning says so where 0 asks for an error"
            [ "SVMClassifier"; "SVMRegressor" ], "kernel_params", "for kernels that have any"
            [ "MatMulNBits" ], "accuracy_level", "how exactly a processor multiplies"
            [ "TopK" ], "sorted", "unsorted may be any order, sorted among them"
            [ "Split" ], "num_outputs", "the outputs are counted"
            [ "Conv"; "ConvTranspose"; "FusedConv"; "ConvInteger"; "QLinearConv" ], "kernel_shape", "the shape of the weights says it"
            [
                "LayerNormalization"
                "RMSNormalization"
                "GroupNormalization"
                "SimplifiedLayerNormalization"
            ],
            "stash_type",
            "statistics are computed in float32 or better"
            [ "MaxPool" ], "storage_order", "for the output of indices; otherwise it is read"
            [ "Pad" ], "value", "for the mode constant, which reads it"
            [ "Gemm"; "FusedGemm" ], "beta", "of a bias that there is not"
            [
                "Add"
                "Sub"
                "Mul"
                "Div"
                "Pow"
                "And"
                "Or"
                "Xor"
                "Equal"
                "Greater"
                "Less"
            ],
            "axis",
            "for broadcast = 1, which reads it"
            [ "Resize" ], "nearest_mode", "for the mode nearest, which reads it"
            [ "Resize" ], "cubic_coeff_a", "for the mode cubic, which reads it"
            [ "Resize" ], "extrapolation_value", "for crops, which read it"
            [ "Resize" ], "keep_aspect_ratio_policy", "for sizes, which read it"
            [ "Resize" ], "exclude_outside", "for what is resized at all"
            [ "Resize" ], "antialias", "for what is resized at all"
            [ "Resize" ], "coordinate_transformation_mode", "for what is resized at all"
            [ "Attention" ], "q_num_heads", "operands of four axes have their heads as an axis"
            [ "Attention" ], "kv_num_heads", "operands of four axes have their heads as an axis"
            [ "Attention" ], "qk_matmul_output_mode", "for an output that is not used"
            [ "LinearAttention" ], "chunk_size", "a hint for computing several tokens at once"
            [ "RotaryEmbedding" ], "num_heads", "operands of four axes have their heads as an axis"
            [
                "ReduceSum"
                "ReduceMean"
                "ReduceMax"
                "ReduceMin"
                "ReduceProd"
                "ReduceL1"
                "ReduceL2"
                "ReduceLogSum"
                "ReduceLogSumExp"
                "ReduceSumSquare"
            ],
            "noop_with_empty_axes",
            "there are axes; otherwise it is read"
            [ "TreeEnsembleRegressor"; "TreeEnsembleClassifier"; "TreeEnsemble" ], "nodes_hitrates", "statistics of training"
            [ "TreeEnsembleRegressor"; "TreeEnsembleClassifier" ], "nodes_hitrates_as_tensor", "statistics of training"
            [ "LinearClassifier" ], "multi_class", "the rows of coefficients say it"
        ]

    /// Integers that are 0 where they are absent.
    let private zeroUnlessGiven =
        set
            [
                "align_corners"
                "allowzero"
                "antialias"
                "batch_dims"
                "block_size"
                "broadcast"
                "ceil_mode"
                "do_rotary"
                "count_include_pad"
                "exclude_outside"
                "exclusive"
                "fmod"
                "input_forget"
                "interleaved"
                "is_case_sensitive"
                "is_causal"
                "is_test"
                "k"
                "layout"
                "linear_before_reset"
                "multi_class"
                "n_supports"
                "new_axis"
                "noop_with_empty_axes"
                "one_class"
                "output_dtype"
                "past_present_share_buffer"
                "qk_matmul_output_mode"
                "replaced_value_int64"
                "reverse"
                "rotary_embedding_dim"
                "select_last_index"
                "start"
                "storage_order"
                "time_axis"
                "training_mode"
                "transA"
                "transB"
                "transBatchA"
                "transBatchB"
            ]

    /// Integers that are 1 where they are absent.
    let private oneUnlessGiven =
        set
            [
                "batch_axis"
                "detect_negative"
                "detect_positive"
                "group"
                "keepdims"
                "largest"
                "max_map"
                "offset_group"
                "output_datatype"
                "spatial"
                "stash_type"
                "targets"
                "upper"
                "zeros"
            ]

    /// Integers that are -1 where they are absent.
    let private lessUnlessGiven =
        set [ "default_int64"; "left_window_size"; "right_window_size" ]

    let private floatsUnlessGiven =
        set
            [
                "cubic_coeff_a", -0.75f
                "default_float", 0.0f
                "extrapolation_value", 0.0f
                "lambd", 0.5f
                "replaced_value_float", 0.0f
                "softcap", 0.0f
                "threshold", 0.0f
                "value", 0.0f
            ]

    let private textsUnlessGiven =
        set
            [
                "activation", "none"
                "approximate", "none"
                "auto_pad", "NOTSET"
                "coordinate_transformation_mode", "half_pixel"
                "default_string", "_Unused"
                "keep_aspect_ratio_policy", "stretch"
                "kernel_type", "LINEAR"
                "nearest_mode", "round_prefer_floor"
                "norm", "MAX"
                "padding_mode", "zeros"
            ]

    /// What ONNX means by the absence of an attribute, for names that have one default in all operators.
    let private isDefault (name: string) (value: Onnx.Attribute) =
        match value with
        | Onnx.Attribute.Int 0L -> zeroUnlessGiven.Contains name
        | Onnx.Attribute.Int 1L -> oneUnlessGiven.Contains name
        | Onnx.Attribute.Int -1L -> lessUnlessGiven.Contains name
        | Onnx.Attribute.Float value -> floatsUnlessGiven.Contains(name, value)
        | Onnx.Attribute.Text "" -> true
        | Onnx.Attribute.Text value -> textsUnlessGiven.Contains(name, value)
        | Onnx.Attribute.Ints values -> values.Length = 0
        | Onnx.Attribute.Floats values -> values.Length = 0
        | Onnx.Attribute.Texts values -> values.Length = 0
        | _ -> false

    let private isMeaningless (node: Onnx.Node) name =
        meaningless
        |> List.exists (fun (operators, attribute, _) -> attribute = name && (operators.IsEmpty || List.contains node.OpType operators))

    /// The attributes of a node that were not read and whose values mean something.
    let find (node: Onnx.Node) (read: HashSet<string>) : string list =
        [
            for name, value in node.Attributes do
                // files' own notes begin so
                let isNote = name.StartsWith("__", System.StringComparison.Ordinal)

                if not (isNote || read.Contains name || isDefault name value || isMeaningless node name) then
                    name
        ]

    /// Imports a node by an action; refused (CML1101) when it passes over an attribute that means something.
    let refusing (view: NodeScope) (action: unit -> 'T) : 'T =
        let made, read = Onnx.Attributes.watched action

        match find view.Node read with
        | [] -> made
        | names ->
            let listed = String.concat ", " names
            view.RefuseAttribute($"{listed} given in this form of the operator", $"a node without {listed}, or with its default")
