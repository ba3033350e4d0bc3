namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of the operators of ai.onnx.ml, versions 1 to 5.
[<RequireQualifiedAccess>]
module internal MlSchemas =

    let private ml name since inputs outputs attributes =
        schema name since inputs outputs attributes
        |> List.map (fun schema -> { schema with Domain = "ai.onnx.ml" })

    /// The nodes of all trees as parallel lists, and what both ensembles have beside them.
    let private treeNodes =
        [
            floats "base_values"
            ints "nodes_falsenodeids"
            ints "nodes_featureids"
            floats "nodes_hitrates"
            ints "nodes_missing_value_tracks_true"
            texts "nodes_modes"
            ints "nodes_nodeids"
            ints "nodes_treeids"
            ints "nodes_truenodeids"
            floats "nodes_values"
            text "post_transform"
        ]

    let private classifierTrees =
        treeNodes
        @ [
            ints "class_ids"
            ints "class_nodeids"
            ints "class_treeids"
            floats "class_weights"
            ints "classlabels_int64s"
            texts "classlabels_strings"
        ]

    let private regressorTrees =
        treeNodes
        @ [
            text "aggregate_function"
            int "n_targets"
            ints "target_ids"
            ints "target_nodeids"
            ints "target_treeids"
            floats "target_weights"
        ]

    /// Numbers of double precision, from version 3 on.
    let private asTensors more =
        [ "base_values"; "nodes_hitrates"; "nodes_values" ] @ more
        |> List.map (fun name -> tensor $"{name}_as_tensor")

    // Ensembles of trees.
    let private trees =
        [
            ml
                "TreeEnsemble"
                [ 5 ]
                (1, 1)
                (1, 1)
                [
                    int "aggregate_function"
                    required (ints "leaf_targetids")
                    required (tensor "leaf_weights")
                    tensor "membership_values"
                    int "n_targets"
                    required (ints "nodes_falseleafs")
                    required (ints "nodes_falsenodeids")
                    required (ints "nodes_featureids")
                    tensor "nodes_hitrates"
                    ints "nodes_missing_value_tracks_true"
                    required (tensor "nodes_modes")
                    required (tensor "nodes_splits")
                    required (ints "nodes_trueleafs")
                    required (ints "nodes_truenodeids")
                    int "post_transform"
                    required (ints "tree_roots")
                ]
            ml "TreeEnsembleClassifier" [ 1 ] (1, 1) (2, 2) (sorted classifierTrees)
            ml "TreeEnsembleClassifier" [ 3 ] (1, 1) (2, 2) (sorted (classifierTrees @ asTensors [ "class_weights" ]))
            ml "TreeEnsembleRegressor" [ 1 ] (1, 1) (1, 1) (sorted regressorTrees)
            ml "TreeEnsembleRegressor" [ 3 ] (1, 1) (1, 1) (sorted (regressorTrees @ asTensors [ "target_weights" ]))
        ]

    // Everything else.
    let private others =
        [
            ml "ArrayFeatureExtractor" [ 1 ] (2, 2) (1, 1) []
            ml "Binarizer" [ 1 ] (1, 1) (1, 1) [ float "threshold" ]
            ml
                "CategoryMapper"
                [ 1 ]
                (1, 1)
                (1, 1)
                [
                    ints "cats_int64s"
                    texts "cats_strings"
                    int "default_int64"
                    text "default_string"
                ]
            ml "FeatureVectorizer" [ 1 ] (1, many) (1, 1) [ ints "inputdimensions" ]
            ml
                "Imputer"
                [ 1 ]
                (1, 1)
                (1, 1)
                [
                    floats "imputed_value_floats"
                    ints "imputed_value_int64s"
                    float "replaced_value_float"
                    int "replaced_value_int64"
                ]
            ml "LabelEncoder" [ 1 ] (1, 1) (1, 1) [ texts "classes_strings"; int "default_int64"; text "default_string" ]
            ml
                "LabelEncoder"
                [ 2 ]
                (1, 1)
                (1, 1)
                [
                    float "default_float"
                    int "default_int64"
                    text "default_string"
                    floats "keys_floats"
                    ints "keys_int64s"
                    texts "keys_strings"
                    floats "values_floats"
                    ints "values_int64s"
                    texts "values_strings"
                ]
            ml
                "LabelEncoder"
                [ 4 ]
                (1, 1)
                (1, 1)
                [
                    float "default_float"
                    int "default_int64"
                    text "default_string"
                    tensor "default_tensor"
                    floats "keys_floats"
                    ints "keys_int64s"
                    texts "keys_strings"
                    tensor "keys_tensor"
                    floats "values_floats"
                    ints "values_int64s"
                    texts "values_strings"
                    tensor "values_tensor"
                ]
            ml
                "LinearClassifier"
                [ 1 ]
                (1, 1)
                (2, 2)
                [
                    ints "classlabels_ints"
                    texts "classlabels_strings"
                    required (floats "coefficients")
                    floats "intercepts"
                    int "multi_class"
                    text "post_transform"
                ]
            ml
                "LinearRegressor"
                [ 1 ]
                (1, 1)
                (1, 1)
                [
                    floats "coefficients"
                    floats "intercepts"
                    text "post_transform"
                    int "targets"
                ]
            ml "Normalizer" [ 1 ] (1, 1) (1, 1) [ text "norm" ]
            ml "OneHotEncoder" [ 1 ] (1, 1) (1, 1) [ ints "cats_int64s"; texts "cats_strings"; int "zeros" ]
            ml
                "SVMClassifier"
                [ 1 ]
                (1, 1)
                (2, 2)
                [
                    ints "classlabels_ints"
                    texts "classlabels_strings"
                    floats "coefficients"
                    floats "kernel_params"
                    text "kernel_type"
                    text "post_transform"
                    floats "prob_a"
                    floats "prob_b"
                    floats "rho"
                    floats "support_vectors"
                    ints "vectors_per_class"
                ]
            ml
                "SVMRegressor"
                [ 1 ]
                (1, 1)
                (1, 1)
                [
                    floats "coefficients"
                    floats "kernel_params"
                    text "kernel_type"
                    int "n_supports"
                    int "one_class"
                    text "post_transform"
                    floats "rho"
                    floats "support_vectors"
                ]
            ml "Scaler" [ 1 ] (1, 1) (1, 1) [ floats "offset"; floats "scale" ]
            ml "ZipMap" [ 1 ] (1, 1) (1, 1) [ ints "classlabels_int64s"; texts "classlabels_strings" ]
        ]

    let all: OperatorSchema list = List.concat [ List.concat trees; List.concat others ]
