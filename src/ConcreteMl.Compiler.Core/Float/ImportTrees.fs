namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Ensembles of decision trees as matrices: compare every feature with its threshold, count for every leaf the decisions
/// on its path that are met, and add up the weights of the leaves whose decisions are all met.
[<RequireQualifiedAccess>]
module ImportTrees =

    type private Branch =
        {
            Feature: int
            Threshold: float
            /// Where a missing value (NaN) goes.
            MissingIsTrue: bool
        }

    /// A leaf: its node id, and the branches on its path with the decision that leads on.
    type private Leaf =
        { Node: int64; Path: (int * bool) list }

    type private Tree =
        {
            Id: int64
            Branches: Branch[]
            Leaves: Leaf[]
        }

    let private ints (node: NodeScope) name =
        Onnx.Attributes.tryInts name node.Node |> Option.defaultValue [||]

    let private floats (node: NodeScope) name =
        Onnx.Attributes.tryFloats name node.Node
        |> Option.defaultValue [||]
        |> Array.map float

    let private texts (node: NodeScope) name =
        match Onnx.Attributes.tryFind name node.Node with
        | Some(Onnx.Attribute.Texts values) -> values
        | _ -> [||]

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
                TreeIds = ints node "nodes_treeids"
                NodeIds = ints node "nodes_nodeids"
                Yes = ints node "nodes_truenodeids"
                No = ints node "nodes_falsenodeids"
                Features = ints node "nodes_featureids"
                Values = floats node "nodes_values"
                Modes = texts node "nodes_modes"
                MissingIsTrue = ints node "nodes_missing_value_tracks_true"
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

    let private comparisonOf (node: NodeScope) (nodes: TreeNodes) =
        match nodes.Modes |> Array.filter ((<>) "LEAF") |> Array.distinct with
        | [||]
        | [| "BRANCH_LEQ" |] -> Binary.LessOrEqual
        | [| "BRANCH_LT" |] -> Binary.Less
        | [| "BRANCH_GTE" |] -> Binary.GreaterOrEqual
        | [| "BRANCH_GT" |] -> Binary.Greater
        | others ->
            node.RefuseAttribute($"""the modes {String.concat ", " others}""", "one of BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT")

    let private treeOf (node: NodeScope) (nodes: TreeNodes) (id: int64) : Tree =
        let own =
            [| 0 .. nodes.NodeIds.Length - 1 |]
            |> Array.filter (fun at -> nodes.TreeIds[at] = id)

        let position = own |> Array.map (fun at -> nodes.NodeIds[at], at) |> Map.ofArray
        let branches = System.Collections.Generic.List<Branch>()
        let leaves = System.Collections.Generic.List<Leaf>()

        let rec visit depth (nodeId: int64) path =
            match Map.tryFind nodeId position with
            | None -> damaged node $"tree {id} has no node {nodeId}"
            | Some _ when depth > own.Length -> damaged node $"tree {id} has a cycle"
            | Some at when nodes.Modes[at] = "LEAF" -> leaves.Add { Node = nodeId; Path = path }
            | Some at ->
                let index = branches.Count

                branches.Add
                    {
                        Feature = int nodes.Features[at]
                        Threshold = nodes.Values[at]
                        MissingIsTrue = at < nodes.MissingIsTrue.Length && nodes.MissingIsTrue[at] <> 0L
                    }

                visit (depth + 1) nodes.Yes[at] ((index, true) :: path)
                visit (depth + 1) nodes.No[at] ((index, false) :: path)

        visit 0 nodes.NodeIds[own[0]] []

        {
            Id = id
            Branches = branches.ToArray()
            Leaves = leaves.ToArray()
        }

    /// The comparison of all branches, and the trees.
    let private read (node: NodeScope) : Binary * Tree[] =
        let nodes = treeNodes node
        comparisonOf node nodes, Array.distinct nodes.TreeIds |> Array.map (treeOf node nodes)

    let private constant (node: NodeScope) shape (values: float[]) =
        node.Constant(Elements.ofFloat64s Element.Float32 shape values)

    /// Whether the feature of each branch meets its threshold, as 0 or 1: [N, trees, 1, branches].
    let private decisions (node: NodeScope) comparison (trees: Tree[]) width (x: ValueId) =
        let branches =
            trees
            |> Array.collect (fun tree ->
                Array.init width (fun at ->
                    Array.tryItem at tree.Branches
                    |> Option.defaultValue
                        {
                            Feature = 0
                            Threshold = 0.0
                            MissingIsTrue = false
                        }))

        let chosen =
            node.Add(Op.Gather 1, [ x; node.Integers(branches |> Array.map _.Feature) ])

        let thresholds =
            constant node [| branches.Length |] (branches |> Array.map _.Threshold)

        let plain = node.Add(Op.Binary comparison, [ chosen; thresholds ])

        let met =
            if branches |> Array.exists _.MissingIsTrue then
                let opposite =
                    match comparison with
                    | Binary.LessOrEqual -> Binary.Greater
                    | Binary.Less -> Binary.GreaterOrEqual
                    | Binary.GreaterOrEqual -> Binary.Less
                    | _ -> Binary.LessOrEqual

                let missing =
                    node.Add(Op.Unary Unary.Not, [ node.Add(Op.Binary opposite, [ chosen; thresholds ]) ])

                let mask =
                    node.Constant(Tensor.ofBool [| branches.Length |] (branches |> Array.map _.MissingIsTrue))

                node.Add(Op.Where, [ mask; missing; plain ])
            else
                plain

        let numbers = node.Add(Op.Unary(Unary.Cast Element.Float32), [ met ])
        node.Add(Op.Reshape false, [ numbers; node.Integers [ 0; trees.Length; 1; width ] ])

    /// Σ over trees of the weights of the leaf that is reached: [N, outputs]. `weights` gives tree, leaf node, output and weight.
    let private sums (node: NodeScope) (weights: (int64 * int64 * int * float)[]) outputs =
        let comparison, trees = read node
        let input = node.Input 0

        let x =
            if (node.Type input).Element = Element.Float32 then
                input
            else
                node.Add(Op.Unary(Unary.Cast Element.Float32), [ input ])

        let width = trees |> Array.map (fun tree -> max 1 tree.Branches.Length) |> Array.max
        let leaves = trees |> Array.map _.Leaves.Length |> Array.max
        let paths = Array.zeroCreate (trees.Length * width * leaves)
        // A leaf that fills up has no path to be met.
        let needed = Array.create (trees.Length * leaves) 1e6
        let values = Array.zeroCreate (trees.Length * leaves * outputs)

        let byLeaf =
            weights |> Array.groupBy (fun (tree, leaf, _, _) -> tree, leaf) |> Map.ofArray

        trees
        |> Array.iteri (fun t tree ->
            tree.Leaves
            |> Array.iteri (fun l leaf ->
                needed[t * leaves + l] <- (leaf.Path |> List.filter snd |> List.length |> float) - 0.5

                for branch, decision in leaf.Path do
                    paths[(t * width + branch) * leaves + l] <- if decision then 1.0 else -1.0

                for _, _, output, weight in Map.tryFind (tree.Id, leaf.Node) byLeaf |> Option.defaultValue [||] do
                    let at = (t * leaves + l) * outputs + output
                    values[at] <- values[at] + weight))

        let met = decisions node comparison trees width x

        let counted =
            node.Add(Op.MatMul, [ met; constant node [| trees.Length; width; leaves |] paths ])

        let reached =
            node.Add(Op.Binary Binary.Greater, [ counted; constant node [| trees.Length; 1; leaves |] needed ])

        let numbers = node.Add(Op.Unary(Unary.Cast Element.Float32), [ reached ])
        let flat = node.Add(Op.Flatten 1, [ numbers ])

        let sum =
            node.Add(Op.MatMul, [ flat; constant node [| trees.Length * leaves; outputs |] values ])

        match node.Text("aggregate_function", "SUM") with
        | "SUM" -> sum
        | "AVERAGE" -> node.Add(Op.Binary Binary.Div, [ sum; constant node [||] [| float trees.Length |] ])
        | other -> node.RefuseAttribute($"aggregate_function = {other}", "SUM or AVERAGE")

    let private leafWeights (node: NodeScope) prefix =
        let trees, nodes = ints node $"{prefix}_treeids", ints node $"{prefix}_nodeids"
        let outputs, weights = ints node $"{prefix}_ids", floats node $"{prefix}_weights"

        if
            [ nodes.Length; outputs.Length; weights.Length ]
            |> List.exists ((<>) trees.Length)
        then
            damaged node $"{prefix} attributes of different lengths"

        Array.init trees.Length (fun at -> trees[at], nodes[at], int outputs[at], weights[at])

    let private withBase (node: NodeScope) outputs (sum: ValueId) =
        match floats node "base_values" with
        | [||] -> sum
        | values when values.Length = outputs || values.Length = 1 ->
            node.Add(Op.Binary Binary.Add, [ sum; constant node [| values.Length |] values ])
        | values -> node.RefuseAttribute($"{values.Length} base values", $"none or {outputs}")

    let private regressor (node: NodeScope) =
        let outputs = node.Int("n_targets", 1)
        let sum = sums node (leafWeights node "target") outputs |> withBase node outputs

        match node.Text("post_transform", "NONE") with
        | "NONE" -> [| sum |]
        | "LOGISTIC" -> [| node.Add(Op.Unary Unary.Sigmoid, [ sum ]) |]
        | other -> node.RefuseAttribute($"post_transform = {other}", "NONE or LOGISTIC")

    /// One score for two classes: its label and both scores. Weights that are all positive are probabilities.
    let private twoClasses (node: NodeScope) (weights: (int64 * int64 * int * float)[]) =
        let score =
            sums node (weights |> Array.map (fun (tree, leaf, _, weight) -> tree, leaf, 0, weight)) 1
            |> withBase node 1

        let scalar value = constant node [||] [| value |]
        let probabilities = weights |> Array.forall (fun (_, _, _, weight) -> weight >= 0.0)

        let isSecond =
            node.Add(Op.Binary Binary.Greater, [ score; scalar (if probabilities then 0.5 else 0.0) ])

        let first, second =
            match probabilities, node.Text("post_transform", "NONE") with
            | true, "NONE"
            | true, "LOGISTIC" -> node.Add(Op.Binary Binary.Sub, [ scalar 1.0; score ]), score
            | false, "LOGISTIC" ->
                let opposite = node.Add(Op.Unary Unary.Neg, [ score ])
                node.Add(Op.Unary Unary.Sigmoid, [ opposite ]), node.Add(Op.Unary Unary.Sigmoid, [ score ])
            | false, "NONE" -> node.Add(Op.Unary Unary.Neg, [ score ]), score
            | _, other -> node.RefuseAttribute($"post_transform = {other}", "NONE or LOGISTIC")

        isSecond, node.Add(Op.Concat 1, [ first; second ])

    let private classifier (node: NodeScope) =
        let labels = ImportMl.labels node "classlabels_int64s"
        let weights = leafWeights node "class"

        let classes =
            weights |> Array.map (fun (_, _, output, _) -> output) |> Array.distinct

        if labels.Length = 2 && classes.Length = 1 then
            let isSecond, scores = twoClasses node weights

            let label index =
                node.Constant(Tensor.ofInt64 [||] [| labels[index] |])

            let chosen = node.Add(Op.Where, [ isSecond; label 1; label 0 ])
            [| node.Add(Op.Squeeze, [ chosen; node.Integers [ 1 ] ]); scores |]
        else
            let scores = sums node weights labels.Length |> withBase node labels.Length
            [| ImportMl.labelOf node labels scores; ImportMl.transformed node scores |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [ "TreeEnsembleClassifier", classifier; "TreeEnsembleRegressor", regressor ]
