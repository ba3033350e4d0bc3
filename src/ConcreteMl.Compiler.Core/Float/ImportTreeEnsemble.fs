namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// The tree ensemble of ai.onnx.ml 5, which takes the place of the two older ones.
[<RequireQualifiedAccess>]
module ImportTreeEnsemble =

    let private damaged (node: NodeScope) message =
        node.RefuseAttribute(message, "attributes that describe whole trees")

    let private tensor (node: NodeScope) name : float[] =
        match Onnx.Attributes.tryTensor name node.Node with
        | Some { Value = Ok tensor } -> Tensor.toFloat64s tensor
        | Some { Value = Error reason } -> node.Refuse("CML1102", $"{name} holds {reason}", "numbers", "Export it as floats.")
        | None -> [||]

    /// The attributes of TreeEnsemble (ai.onnx.ml 5): interior nodes and leaves are lists of their own.
    let private ensembleTrees (node: NodeScope) : Tree[] =
        let features, splits, modes =
            node.Int64s("nodes_featureids"), tensor node "nodes_splits", tensor node "nodes_modes"

        let yes, no = node.Int64s("nodes_truenodeids"), node.Int64s("nodes_falsenodeids")

        let yesLeaf, noLeaf =
            node.Int64s("nodes_trueleafs"), node.Int64s("nodes_falseleafs")

        let missing = node.Int64s("nodes_missing_value_tracks_true")
        let targets, weights = node.Int64s("leaf_targetids"), tensor node "leaf_weights"

        if
            [
                splits.Length
                modes.Length
                yes.Length
                no.Length
                yesLeaf.Length
                noLeaf.Length
            ]
            |> List.exists ((<>) features.Length)
            || targets.Length <> weights.Length
        then
            damaged node "attributes of different lengths"

        // The members of each node of that mode, in the order of nodes, each list closed by a NaN.
        let members = Dictionary<int, float list>()
        let mutable rest = tensor node "membership_values" |> List.ofArray

        for at in 0 .. modes.Length - 1 do
            if modes[at] = 6.0 then
                let own = rest |> List.takeWhile (System.Double.IsNaN >> not)
                members[at] <- own
                rest <- rest |> List.skip (min rest.Length (own.Length + 1))

        let branch at =
            let mode =
                match modes[at] with
                | 0.0 -> BranchMode.LessOrEqual
                | 1.0 -> BranchMode.Less
                | 2.0 -> BranchMode.GreaterOrEqual
                | 3.0 -> BranchMode.Greater
                | 4.0 -> BranchMode.Equal
                | 5.0 -> BranchMode.NotEqual
                | 6.0 -> BranchMode.Member
                | other -> damaged node $"node {at} has the unknown mode {other}"

            {
                Feature = int features[at]
                Mode = mode
                Thresholds =
                    match members.TryGetValue at with
                    | true, [] -> damaged node $"node {at} has no members"
                    | true, values -> values
                    | _ -> [ splits[at] ]
                MissingIsTrue = at < missing.Length && missing[at] <> 0L
            }

        let leaf at path =
            match Array.tryItem at targets with
            | Some target ->
                {
                    Path = path
                    Weights = [ int target, weights[at] ]
                }
            | None -> damaged node $"there is no leaf {at}"

        let tree root =
            let branches, leaves = List<TreeBranch>(), List<TreeLeaf>()

            let rec visit depth at path =
                if at < 0 || at >= features.Length then
                    damaged node $"there is no node {at}"

                if depth > features.Length then
                    damaged node $"the tree of node {root} has a cycle"

                // A single leaf is a node with that leaf on both sides.
                if yesLeaf[at] <> 0L && noLeaf[at] <> 0L && yes[at] = no[at] then
                    leaves.Add(leaf (int yes[at]) path)
                else
                    let index = branches.Count
                    branches.Add(branch at)

                    for decision, isLeaf, next in [ true, yesLeaf[at], yes[at]; false, noLeaf[at], no[at] ] do
                        let path = (index, decision) :: path

                        if isLeaf <> 0L then
                            leaves.Add(leaf (int next) path)
                        else
                            visit (depth + 1) (int next) path

            visit 0 root []

            {
                Branches = branches.ToArray()
                Leaves = leaves.ToArray()
            }

        node.Int64s("tree_roots") |> Array.map (int >> tree)

    let private named (node: NodeScope) attribute fallback (names: string[]) =
        let number = node.Int(attribute, fallback)

        match Array.tryItem number names with
        | Some name -> name
        | None -> node.RefuseAttribute($"{attribute} = {number}", $"0 to {names.Length - 1}")

    let private ensemble (node: NodeScope) =
        let outputs = node.Int("n_targets", 1)
        let trees = ensembleTrees node

        for tree in trees do
            for leaf in tree.Leaves do
                for output, _ in leaf.Weights do
                    if output < 0 || output >= outputs then
                        damaged node $"a leaf of output {output} of {outputs}"

        let x = node.Input 0

        let operation =
            named node "aggregate_function" 1 [| "AVERAGE"; "SUM"; "MIN"; "MAX" |]

        // The numbers are ONNX Runtime's; the specification has 1 and 2 the other way about.
        let transform =
            named node "post_transform" 0 [| "NONE"; "LOGISTIC"; "SOFTMAX"; "SOFTMAX_ZERO"; "PROBIT" |]

        [|
            TreeMatrices.aggregate node trees outputs operation x
            |> PostTransforms.named node transform
            |> Formula.cast (node.Type x).Element node
        |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list = [ "TreeEnsemble", ensemble ]
