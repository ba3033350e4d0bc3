namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core

/// The operators that models may contain.
[<RequireQualifiedAccess>]
module Operators =

    /// One line on how an execution works.
    let describe (execution: Execution) =
        match execution with
        | Execution.Lookup -> "table lookup, shared with all element-wise neighbours"
        | Execution.Mixture ->
            "table lookup, shared with all element-wise neighbours; of two encrypted values, lookups of sums and differences"
        | Execution.Linear -> "integer arithmetic with clear weights, no lookup"
        | Execution.Sum -> "no lookup between encrypted values; otherwise part of a lookup"
        | Execution.Movement -> "free"
        | Execution.Rewritten -> "rewritten to other operators"
        | Execution.Quantizer -> "sets the codes of a lookup or of weights"
        | Execution.CompileTime -> "computed while compiling"
        | Execution.Comparison -> "comparisons by table lookups"

    let private oneSource =
        "all encrypted operands are computed from one encrypted value"

    let private floatsOfTwo = "two encrypted values are floats"

    let private family execution restrictions names =
        names |> List.map (fun name -> name, (execution, restrictions))

    let private functions =
        (Unary.functions |> List.map _.Name)
        @ [ "Gelu"; "IsInf"; "IsNaN"; "Selu"; "Shrink" ]
        |> family Execution.Lookup ""

    let private several =
        family Execution.Lookup oneSource [ "Mod"; "Pow" ]
        @ family Execution.Mixture "" [ "And"; "Or"; "Xor" ]
        @ family Execution.Mixture "" [ "Equal"; "Greater"; "GreaterOrEqual"; "Less"; "LessOrEqual"; "Max"; "Min" ]
        @ family Execution.Mixture "" [ "Clip"; "Mul"; "Where" ]
        @ family Execution.Mixture floatsOfTwo [ "Div"; "PRelu" ]
        @ family Execution.Lookup "to booleans, integers of 2 to 64 bits, or floats of 4 to 64 bits" [ "Cast"; "CastLike" ]
        @ family Execution.Lookup "between booleans, integers and floats of one width" [ "BitCast" ]

    let private sums = family Execution.Sum "" [ "Add"; "Mean"; "Sub"; "Sum" ]

    let private linear =
        family Execution.Linear "the weights and the bias are constant" [ "Conv" ]
        @ family Execution.Linear "two encrypted factors are floats" [ "Gemm" ]
        @ family Execution.Linear "" [ "MatMul" ]
        @ family Execution.Linear "" [ "AveragePool"; "GlobalAveragePool"; "ReduceMean"; "ReduceSum" ]
        @ family Execution.Linear "constant parameters, inference statistics" [ "BatchNormalization" ]

    let private movements =
        family
            Execution.Movement
            ""
            [
                "Concat"
                "Crop"
                "DepthToSpace"
                "Dropout"
                "Expand"
                "Flatten"
                "Identity"
                "Reshape"
                "SpaceToDepth"
                "Squeeze"
                "Transpose"
                "Unsqueeze"
            ]
        @ family
            Execution.Movement
            "numbers, where indices depend on data: they choose among all cells, by lookups"
            [ "Gather"; "GatherElements"; "GatherND" ]
        @ family Execution.Movement "constant pads" [ "Pad" ]
        @ family
            Execution.Movement
            "constant indices"
            [
                "Compress"
                "ReverseSequence"
                "Scatter"
                "ScatterElements"
                "ScatterND"
                "TensorScatter"
            ]
        @ family Execution.Movement "constant sizes" [ "CenterCropPad" ]
        @ family Execution.Movement "constant bounds" [ "Slice"; "Split" ]
        @ family Execution.Movement "constant repeats" [ "Tile" ]

    /// Written out in other operators of the table, whose restrictions hold for them.
    let private writtenOut =
        family
            Execution.Rewritten
            ""
            [
                "Affine"
                "BitwiseNot"
                "ConvTranspose"
                "GlobalLpPool"
                "GroupNormalization"
                "Hardmax"
                "ImageScaler"
                "InstanceNormalization"
                "LRN"
                "LayerNormalization"
                "LpNormalization"
                "LpPool"
                "MeanVarianceNormalization"
                "NegativeLogLikelihoodLoss"
                "RMSNormalization"
                "ReduceLogSumExp"
                "ReduceProd"
                "Scale"
                "SimplifiedLayerNormalization"
                "SoftmaxCrossEntropyLoss"
                "SwiGLU"
                "Swish"
                "Trilu"
            ]
        @ family Execution.Rewritten "real operands" [ "CausalConvWithState" ]
        @ family Execution.Rewritten "constant lengths and axis" [ "DFT"; "STFT" ]
        @ family Execution.Rewritten "constant scales or sizes, and region" [ "Resize"; "Upsample" ]
        @ family Execution.Rewritten "constant sequence lengths" [ "GRU"; "LSTM"; "RNN" ]
        @ family Execution.Rewritten "a constant grid" [ "GridSample" ]
        @ family Execution.Rewritten "constant offsets and mask" [ "DeformConv" ]
        @ family Execution.Rewritten "constant regions" [ "RoiAlign" ]
        @ family Execution.Rewritten "constant shapes" [ "Col2Im" ]
        @ family Execution.Rewritten "a constant axis" [ "CumProd"; "CumSum" ]
        @ family Execution.Rewritten "constant k or depth" [ "OneHot"; "TopK" ]
        @ family Execution.Rewritten "a known shape" [ "Einsum"; "MaxUnpool" ]
        @ family Execution.Rewritten "constant lengths of keys" [ "Attention" ]
        @ family Execution.Rewritten "a known number of tokens" [ "LinearAttention" ]
        @ family Execution.Rewritten "constant positions" [ "RotaryEmbedding" ]
        @ family Execution.Rewritten "at most six rows" [ "Det" ]
        @ family Execution.Rewritten "integers or an input's texts, a column per sequence" [ "TfIdfVectorizer" ]
        @ family Execution.Lookup oneSource [ "BitShift"; "BitwiseAnd"; "BitwiseOr"; "BitwiseXor" ]

    /// Nothing of them is left when a model is read.
    let private folded =
        family Execution.Rewritten "a condition known when the model is read, or branches of one shape" [ "If" ]
        @ family Execution.Rewritten "a number of iterations known when the model is read" [ "Loop" ]
        @ family Execution.Rewritten "known lengths" [ "Scan"; "SequenceMap" ]
        @ family
            Execution.Rewritten
            "known positions and lengths; no sequence enters or leaves the model"
            [
                "ConcatFromSequence"
                "SequenceAt"
                "SequenceConstruct"
                "SequenceEmpty"
                "SequenceErase"
                "SequenceInsert"
                "SequenceLength"
                "SplitToSequence"
            ]
        @ family Execution.Rewritten "no optional enters or leaves the model" [ "Optional"; "OptionalGetElement"; "OptionalHasElement" ]

    let private others =
        family
            Execution.CompileTime
            ""
            [
                "AffineGrid"
                "BlackmanWindow"
                "Constant"
                "ConstantOfShape"
                "EyeLike"
                "HammingWindow"
                "HannWindow"
                "MelWeightMatrix"
                "NonZero"
                "Range"
                "Shape"
                "Size"
                "Unique"
            ]
        @ family Execution.Comparison "" [ "ArgMax"; "ArgMin"; "GlobalMaxPool"; "ReduceMax"; "ReduceMin" ]
        @ family Execution.Comparison "without the output of indices" [ "MaxPool" ]
        @ family
            Execution.Rewritten
            "without the default axes of an open shape"
            [ "ReduceL1"; "ReduceL2"; "ReduceLogSum"; "ReduceSumSquare" ]
        @ family Execution.Rewritten "an axis of known length" [ "LogSoftmax"; "Softmax" ]
        @ family Execution.Quantizer "integers of 2, 4, 8 or 16 bits" [ "QuantizeLinear" ]
        @ family Execution.Quantizer "" [ "DequantizeLinear" ]
        @ family Execution.Quantizer "one scale, or one along an axis" [ "QLinearConv"; "QLinearMatMul" ]
        @ family
            Execution.Rewritten
            "activations are calibrated, weights keep their codes"
            [ "ConvInteger"; "DynamicQuantizeLinear"; "MatMulInteger" ]

    /// The first version of a domain that has an operator: every operator of this table has a signature.
    let private first domain name =
        Onnx.Opset.history domain name |> List.map _.Since |> List.min

    let private ofOnnx (name, (execution, restrictions)) =
        {
            Domain = "ai.onnx"
            Name = name
            Since = first "" name
            Newest = Onnx.Opset.newest
            Execution = execution
            Restrictions = restrictions
        }

    let private ofMl (name, execution, restrictions) =
        {
            Domain = "ai.onnx.ml"
            Name = name
            Since = first "ai.onnx.ml" name
            Newest = 5
            Execution = execution
            Restrictions = restrictions
        }

    let private ofRuntime name =
        {
            Domain = "com.microsoft"
            Name = name
            Since = 1
            Newest = 1
            Execution = Execution.Quantizer
            Restrictions = "constant scales and zero points"
        }

    let private ofDynamic name =
        { ofRuntime name with
            Execution = Execution.Rewritten
            Restrictions = "activations are calibrated, weights keep their codes"
        }

    let private ofSequence name =
        { ofRuntime name with
            Execution = Execution.Rewritten
            Restrictions = "what earlier calls left comes at its own length"
        }

    let private ofOptimizer name =
        { ofRuntime name with
            Execution = Execution.Rewritten
            Restrictions = ""
        }

    let private ofPreview name =
        {
            Domain = "ai.onnx.preview"
            Name = name
            Since = first "ai.onnx.preview" name
            Newest = 1
            Execution = Execution.Rewritten
            Restrictions = ""
        }

    let private ofExporter (domain, name) =
        {
            Domain = domain
            Name = name
            Since = 1
            Newest = 2
            Execution = Execution.Quantizer
            Restrictions = "constant scale, zero point and bit width"
        }

    /// Every operator, by domain and name.
    let all: OperatorInfo list =
        List.map ofOnnx (functions @ several @ sums @ linear @ movements @ writtenOut @ folded @ others)
        @ List.map
            ofMl
            [
                "ArrayFeatureExtractor", Execution.Movement, "constant positions, or positions in a constant row"
                "Binarizer", Execution.Lookup, ""
                "CategoryMapper", Execution.Lookup, "of integers, or of an input's texts; texts become their index"
                "FeatureVectorizer", Execution.Movement, ""
                "Imputer", Execution.Lookup, ""
                "LabelEncoder", Execution.Lookup, "numbers or an input's texts as keys; texts as values become their index"
                "LinearClassifier", Execution.Linear, "texts as labels become their index"
                "LinearRegressor", Execution.Linear, ""
                "Normalizer", Execution.Rewritten, ""
                "OneHotEncoder", Execution.Rewritten, "integers or an input's texts as categories; unknown ones become zeros"
                "SVMClassifier", Execution.Rewritten, "texts as labels become their index; support vectors"
                "SVMRegressor", Execution.Rewritten, ""
                "Scaler", Execution.Lookup, ""
                "TreeEnsemble", Execution.Rewritten, ""
                "TreeEnsembleClassifier", Execution.Rewritten, "texts as labels become their index"
                "TreeEnsembleRegressor", Execution.Rewritten, ""
                "ZipMap", Execution.Movement, "scores stay a tensor, a column per label"
            ]
        @ List.map ofPreview [ "FlexAttention" ]
        @ List.map
            ofRuntime
            [
                "DequantizeLinear"
                "QGemm"
                "QLinearAdd"
                "QLinearAveragePool"
                "QLinearConcat"
                "QLinearGlobalAveragePool"
                "QLinearLeakyRelu"
                "QLinearMul"
                "QLinearReduceMean"
                "QLinearSigmoid"
                "QLinearSoftmax"
                "QLinearWhere"
                "QuantizeLinear"
            ]
        @ List.map ofSequence [ "Attention"; "GroupQueryAttention"; "MultiHeadAttention"; "QAttention" ]
        @ List.map ofDynamic [ "DynamicQuantizeLSTM"; "DynamicQuantizeMatMul"; "MatMulIntegerToFloat" ]
        @ List.map
            ofOptimizer
            [
                "BiasGelu"
                "CDist"
                "EmbedLayerNormalization"
                "FastGelu"
                "FusedConv"
                "FusedGemm"
                "FusedMatMul"
                "GatherBlockQuantized"
                "Gelu"
                "MatMulNBits"
                "QuickGelu"
                "RotaryEmbedding"
                "SimplifiedLayerNormalization"
                "SkipLayerNormalization"
                "SkipSimplifiedLayerNormalization"
                "TransposeMatMul"
            ]
        @ List.map
            ofExporter
            [
                "onnx.brevitas", "BipolarQuant"
                "onnx.brevitas", "IntQuant"
                "onnx.brevitas", "Quant"
                "onnx.brevitas", "Trunc"
                "qonnx.custom_op.general", "BipolarQuant"
                "qonnx.custom_op.general", "IntQuant"
                "qonnx.custom_op.general", "Quant"
                "qonnx.custom_op.general", "Trunc"
            ]
        |> List.sortWith (fun left right ->
            match System.String.CompareOrdinal(left.Domain, right.Domain) with
            | 0 -> System.String.CompareOrdinal(left.Name, right.Name)
            | order -> order)
