namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// The tree ensembles of ai.onnx.ml 1 to 3, whose attributes are parallel lists over the nodes of all trees. Post-transforms and
/// labels are ONNX Runtime's, where the specification is silent.
[<RequireQualifiedAccess>]
module ImportTrees =

    /// Numbers as single precision, or as double in the attribute of the same name with `_as_tensor`.
    let private numbers (node: NodeScope) name : float[] =
        match Onnx.Attributes.tryTensor $"{name}_as_tensor" node.Node with
        | Some { Value = Ok tensor } -> Tensor.toFloat64s tensor
        | Some { Value = Error reason } -> node.Refuse("CML1102", $"{name}_as_tensor holds {reason}", "floats", "Export it as floats.")
        | None -> node.Float32s name |> Array.map float

    let private damaged (node: NodeScope) message =
        node.RefuseAttribute(message, "attributes that describe whole trees")

    /// The parallel attributes that describe the nodes of all trees.
    type private TreeNodes =
        {
            TreeIds: int64[]
            NodeIds: int64[]
            Yes: int64[]
            No: int64[]
            Features: int64[]
            Values: float[]
            Modes: string[]
            MissingIsTrue: int64[]
        }

    let private treeNodes (node: NodeScope) : TreeNodes =
        let nodes =
            {
                TreeIds = node.Int64s("nodes_treeids")
                NodeIds = node.Int64s("nodes_nodeids")
                Yes = node.Int64s("nodes_truenodeids")
                No = node.Int64s("nodes_falsenodeids")
                Features = node.Int64s("nodes_featureids")
                Values = numbers node "nodes_values"
                Modes = node.Texts("nodes_modes")
                MissingIsTrue = node.Int64s("nodes_missing_value_tracks_true")
            }

        let lengths =
            [
                nodes.TreeIds.Length
                nodes.Yes.Length
                nodes.No.Length
                nodes.Features.Length
                nodes.Values.Length
                nodes.Modes.Length
            ]

        if lengths |> List.exists ((<>) nodes.NodeIds.Length) then
            damaged node "attributes of different lengths"

        nodes

    let private modeOf (node: NodeScope) (name: string) =
        match name with
        | "BRANCH_LEQ" -> BranchMode.LessOrEqual
        | "BRANCH_LT" -> BranchMode.Less
        | "BRANCH_GTE" -> BranchMode.GreaterOrEqual
        | "BRANCH_GT" -> BranchMode.Greater
        | "BRANCH_EQ" -> BranchMode.Equal
        | "BRANCH_NEQ" -> BranchMode.NotEqual
        | other -> node.RefuseAttribute($"the mode {other}", "BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, BRANCH_EQ or BRANCH_NEQ")

    /// `weights` gives what a leaf, named by tree and node, adds to outputs.
    let private treeOf (node: NodeScope) (nodes: TreeNodes) (weights: Map<int64 * int64, (int * float) list>) (id: int64) : Tree =
        let own =
            [| 0 .. nodes.NodeIds.Length - 1 |]
            |> Array.filter (fun at -> nodes.TreeIds[at] = id)

        let position = own |> Array.map (fun at -> nodes.NodeIds[at], at) |> Map.ofArray
        let branches = List<TreeBranch>()
        let leaves = List<TreeLeaf>()

        let rec visit depth (nodeId: int64) path =
            match Map.tryFind nodeId position with
            | None -> damaged node $"tree {id} has no node {nodeId}"
            | Some _ when depth > own.Length -> damaged node $"tree {id} has a cycle"
            | Some at when nodes.Modes[at] = "LEAF" ->
                leaves.Add
                    {
                        Path = path
                        Weights = Map.tryFind (id, nodeId) weights |> Option.defaultValue []
                    }
            | Some at ->
                let index = branches.Count

                branches.Add
                    {
                        Feature = int nodes.Features[at]
                        Mode = modeOf node nodes.Modes[at]
                        Thresholds = [ nodes.Values[at] ]
                        MissingIsTrue = at < nodes.MissingIsTrue.Length && nodes.MissingIsTrue[at] <> 0L
                    }

                visit (depth + 1) nodes.Yes[at] ((index, true) :: path)
                visit (depth + 1) nodes.No[at] ((index, false) :: path)

        visit 0 nodes.NodeIds[own[0]] []

        {
            Branches = branches.ToArray()
            Leaves = leaves.ToArray()
        }

    /// Features of double precision are compared as such.
    let private features (node: NodeScope) =
        let x = node.Input 0

        if (node.Type x).Element = Element.Float64 then
            x
        else
            Formula.cast Element.Float32 node x

    /// What the ensemble gives: [N, outputs].
    let private sums (node: NodeScope) (weights: (int64 * int64 * int * float)[]) outputs =
        let nodes = treeNodes node

        for _, _, output, _ in weights do
            if output < 0 || output >= outputs then
                damaged node $"a weight for output {output} of {outputs}"

        let byLeaf =
            weights
            |> Array.groupBy (fun (tree, leaf, _, _) -> tree, leaf)
            |> Array.map (fun (leaf, own) -> leaf, own |> Array.map (fun (_, _, output, weight) -> output, weight) |> List.ofArray)
            |> Map.ofArray

        let trees = Array.distinct nodes.TreeIds |> Array.map (treeOf node nodes byLeaf)
        TreeMatrices.aggregate node trees outputs (node.Text("aggregate_function", "SUM")) (features node)

    let private leafWeights (node: NodeScope) prefix =
        let trees, nodes =
            node.Int64s($"{prefix}_treeids"), node.Int64s($"{prefix}_nodeids")

        let outputs, weights =
            node.Int64s($"{prefix}_ids"), numbers node $"{prefix}_weights"

        if
            [ nodes.Length; outputs.Length; weights.Length ]
            |> List.exists ((<>) trees.Length)
        then
            damaged node $"{prefix} attributes of different lengths"

        Array.init trees.Length (fun at -> trees[at], nodes[at], int outputs[at], weights[at])

    let private withBase (node: NodeScope) outputs (sum: ValueId) =
        match numbers node "base_values" with
        | [||] -> sum
        | values when values.Length = outputs || values.Length = 1 ->
            Formula.add node sum (Formula.constant node sum [| values.Length |] values)
        | values -> node.RefuseAttribute($"{values.Length} base values", $"none or {outputs}")

    let private regressor (node: NodeScope) =
        let outputs = node.Int("n_targets", 1)

        let sum = sums node (leafWeights node "target") outputs |> withBase node outputs

        [| PostTransforms.ofRegression node outputs sum |]

    /// One score for two classes: its label and both scores. Weights that are all positive are probabilities.
    let private twoClasses (node: NodeScope) (weights: (int64 * int64 * int * float)[]) =
        let isOfSecond = weights |> Array.exists (fun (_, _, output, _) -> output = 1)

        let sum =
            sums node (weights |> Array.map (fun (tree, leaf, _, weight) -> tree, leaf, 0, weight)) 1

        // ONNX Runtime adds a single base value to the first class alone.
        let score =
            if isOfSecond && (numbers node "base_values").Length = 1 then
                sum
            else
                withBase node 1 sum

        let probabilities = weights |> Array.forall (fun (_, _, _, weight) -> weight >= 0.0)

        let isSecond =
            Formula.binary Binary.Greater node score (node.Scalar(score, (if probabilities then 0.5 else 0.0)))

        let scores =
            // Scores of the second class alone: the first has 0.
            if isOfSecond then
                Formula.concat node 1 [ Formula.times node score 0.0; score ]
                |> PostTransforms.apply node
            else
                PostTransforms.ofTwo node probabilities score

        isSecond, scores

    /// Whether every sample reaches a leaf with a weight for the second class, in one tree at least.
    let private alwaysHasSecond (node: NodeScope) (weights: (int64 * int64 * int * float)[]) =
        let nodes = treeNodes node

        let ofSecond =
            weights
            |> Array.filter (fun (_, _, output, _) -> output = 1)
            |> Array.map (fun (tree, leaf, _, _) -> tree, leaf)
            |> Set.ofArray

        [| 0 .. nodes.NodeIds.Length - 1 |]
        |> Array.filter (fun at -> nodes.Modes[at] = "LEAF")
        |> Array.groupBy (fun at -> nodes.TreeIds[at])
        |> Array.exists (fun (tree, leaves) ->
            leaves
            |> Array.forall (fun at -> Set.contains (tree, nodes.NodeIds[at]) ofSecond))

    /// Two classes with weights for both, as ONNX Runtime reads them: the label is 1 where the second score is above 0, whatever the
    /// first is and whatever integers the labels are; one base value is the first class's, and of two the second is added to the first
    /// class's score to give the second's, of which the first is the negative.
    let private bothClasses (node: NodeScope) (labels: int64[]) (weights: (int64 * int64 * int * float)[]) =
        let sum = sums node weights 2
        let first, second = Formula.slice node 1 0 1 sum, Formula.slice node 1 1 2 sum

        let first, second =
            match numbers node "base_values" with
            | [||] -> first, second
            | [| value |] -> Formula.plus node first value, second
            | [| _; value |] ->
                let second = Formula.plus node first value
                Formula.unary Unary.Neg node second, second
            | values -> node.RefuseAttribute($"{values.Length} base values", "none, one or two")

        let isSecond = Formula.binary Binary.Greater node second (node.Scalar(second, 0.0))

        let scores = Formula.concat node 1 [ first; second ]

        [|
            ImportMl.labelOfTwo node (Array.init labels.Length int64) isSecond
            PostTransforms.apply node scores
        |]

    let private classifier (node: NodeScope) =
        let labels = ImportMl.labels node "classlabels_int64s"
        let weights = leafWeights node "class"

        let classes =
            weights |> Array.map (fun (_, _, output, _) -> output) |> Array.distinct

        if labels.Length = 2 && classes.Length = 1 then
            let isSecond, scores = twoClasses node weights
            [| ImportMl.labelOfTwo node labels isSecond; scores |]
        elif labels.Length = 2 && alwaysHasSecond node weights then
            bothClasses node labels weights
        else
            let scores = sums node weights labels.Length |> withBase node labels.Length
            [| ImportMl.labelOf node labels scores; PostTransforms.apply node scores |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [ "TreeEnsembleClassifier", classifier; "TreeEnsembleRegressor", regressor ]
