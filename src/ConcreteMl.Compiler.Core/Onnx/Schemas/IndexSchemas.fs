namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of operators on positions, bits, orders and signals, opsets 1 to 28.
[<RequireQualifiedAccess>]
module internal IndexSchemas =

    // Bits.
    let private bits =
        [
            schema "BitShift" [ 11; 28 ] (2, 2) (1, 1) [ required (text "direction") ]
            schema "BitCast" [ 26 ] (1, 1) (1, 1) [ required (int "to") ]
            schema "BitwiseAnd" [ 18 ] (2, 2) (1, 1) []
            schema "BitwiseNot" [ 18 ] (1, 1) (1, 1) []
            schema "BitwiseOr" [ 18 ] (2, 2) (1, 1) []
            schema "BitwiseXor" [ 18 ] (2, 2) (1, 1) []
        ]

    // Positions and orders.
    let private positions =
        [
            schema "AffineGrid" [ 20 ] (2, 2) (1, 1) [ int "align_corners" ]
            schema "Crop" [ 1 ] (1, 1) (1, 1) [ required (ints "border"); ints "scale" ]
            schema "CenterCropPad" [ 18 ] (2, 2) (1, 1) [ ints "axes" ]
            schema "Col2Im" [ 18 ] (3, 3) (1, 1) [ ints "dilations"; ints "pads"; ints "strides" ]
            schema "Compress" [ 9; 11; 28 ] (2, 2) (1, 1) [ int "axis" ]
            schema "CumProd" [ 26 ] (2, 2) (1, 1) [ int "exclusive"; int "reverse" ]
            schema "CumSum" [ 11; 14 ] (2, 2) (1, 1) [ int "exclusive"; int "reverse" ]
            schema "Einsum" [ 12; 28 ] (1, many) (1, 1) [ required (text "equation") ]
            schema "Det" [ 11; 22 ] (1, 1) (1, 1) []
            schema "EyeLike" [ 9; 22 ] (1, 1) (1, 1) [ int "dtype"; int "k" ]
            schema "GatherElements" [ 11; 13 ] (2, 2) (1, 1) [ int "axis" ]
            schema "GatherND" [ 11 ] (2, 2) (1, 1) []
            schema "GatherND" [ 12; 13 ] (2, 2) (1, 1) [ int "batch_dims" ]
            schema "GridSample" [ 16; 20; 22 ] (2, 2) (1, 1) [ int "align_corners"; text "mode"; text "padding_mode" ]
            schema "Hardmax" [ 1; 11; 13 ] (1, 1) (1, 1) [ int "axis" ]
            schema "NonZero" [ 9; 13 ] (1, 1) (1, 1) []
            schema
                "TfIdfVectorizer"
                [ 9 ]
                (1, 1)
                (1, 1)
                [
                    required (int "max_gram_length")
                    required (int "max_skip_count")
                    required (int "min_gram_length")
                    required (text "mode")
                    required (ints "ngram_counts")
                    required (ints "ngram_indexes")
                    ints "pool_int64s"
                    texts "pool_strings"
                    floats "weights"
                ]
            schema "Unique" [ 11 ] (1, 1) (1, 4) [ int "axis"; int "sorted" ]
            schema "OneHot" [ 9; 11; 28 ] (3, 3) (1, 1) [ int "axis" ]
            schema "Range" [ 11 ] (3, 3) (1, 1) []
            schema "Range" [ 27 ] (3, 3) (1, 1) [ int "stash_type" ]
            schema "Resize" [ 10 ] (2, 2) (1, 1) [ text "mode" ]
            schema
                "Resize"
                [ 11 ]
                (3, 4)
                (1, 1)
                [
                    text "coordinate_transformation_mode"
                    float "cubic_coeff_a"
                    int "exclude_outside"
                    float "extrapolation_value"
                    text "mode"
                    text "nearest_mode"
                ]
            schema
                "Resize"
                [ 13 ]
                (1, 4)
                (1, 1)
                [
                    text "coordinate_transformation_mode"
                    float "cubic_coeff_a"
                    int "exclude_outside"
                    float "extrapolation_value"
                    text "mode"
                    text "nearest_mode"
                ]
            schema
                "Resize"
                [ 18; 19 ]
                (1, 4)
                (1, 1)
                [
                    int "antialias"
                    ints "axes"
                    text "coordinate_transformation_mode"
                    float "cubic_coeff_a"
                    int "exclude_outside"
                    float "extrapolation_value"
                    text "keep_aspect_ratio_policy"
                    text "mode"
                    text "nearest_mode"
                ]
            schema "ReverseSequence" [ 10; 28 ] (2, 2) (1, 1) [ int "batch_axis"; int "time_axis" ]
            schema "Scatter" [ 9 ] (3, 3) (1, 1) [ int "axis" ]
            schema "ScatterElements" [ 11; 13 ] (3, 3) (1, 1) [ int "axis" ]
            schema "ScatterElements" [ 16; 18 ] (3, 3) (1, 1) [ int "axis"; text "reduction" ]
            schema "ScatterND" [ 11; 13 ] (3, 3) (1, 1) []
            schema "ScatterND" [ 16; 18 ] (3, 3) (1, 1) [ text "reduction" ]
            schema "TensorScatter" [ 24 ] (2, 3) (1, 1) [ int "axis"; text "mode" ]
            schema "TopK" [ 1 ] (1, 1) (2, 2) [ int "axis"; required (int "k") ]
            schema "TopK" [ 10 ] (2, 2) (2, 2) [ int "axis" ]
            schema "TopK" [ 11; 24 ] (2, 2) (2, 2) [ int "axis"; int "largest"; int "sorted" ]
            schema "Trilu" [ 14 ] (1, 2) (1, 1) [ int "upper" ]
        ]

    // Signals.
    let private signals =
        [
            schema "BlackmanWindow" [ 17 ] (1, 1) (1, 1) [ int "output_datatype"; int "periodic" ]
            schema "CausalConvWithState" [ 27 ] (2, 4) (2, 2) [ text "activation" ]
            schema "DFT" [ 17 ] (1, 2) (1, 1) [ int "axis"; int "inverse"; int "onesided" ]
            schema "DFT" [ 20 ] (1, 3) (1, 1) [ int "inverse"; int "onesided" ]
            schema "HammingWindow" [ 17 ] (1, 1) (1, 1) [ int "output_datatype"; int "periodic" ]
            schema "HannWindow" [ 17 ] (1, 1) (1, 1) [ int "output_datatype"; int "periodic" ]
            schema "MelWeightMatrix" [ 17 ] (5, 5) (1, 1) [ int "output_datatype" ]
            schema "STFT" [ 17 ] (2, 4) (1, 1) [ int "onesided" ]
        ]

    let all: OperatorSchema list =
        List.concat [ List.concat bits; List.concat positions; List.concat signals ]
