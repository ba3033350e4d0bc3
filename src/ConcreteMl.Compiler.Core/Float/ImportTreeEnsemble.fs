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
    type private Ensemble =
        {
            Features: int64[]
            Splits: float[]
            Modes: float[]
            /// The next node, or leaf, where the decision is true.
            Yes: int64[]
            No: int64[]
            /// Not 0 where it is a leaf.
            YesLeaf: int64[]
            NoLeaf: int64[]
            Missing: int64[]
            Targets: int64[]
            Weights: float[]
        }

    let private attributesOf (node: NodeScope) : Ensemble =
        let found =
            {
                Features = node.Int64s "nodes_featureids"
                Splits = tensor node "nodes_splits"
                Modes = tensor node "nodes_modes"
                Yes = node.Int64s "nodes_truenodeids"
                No = node.Int64s "nodes_falsenodeids"
                YesLeaf = node.Int64s "nodes_trueleafs"
                NoLeaf = node.Int64s "nodes_falseleafs"
                Missing = node.Int64s "nodes_missing_value_tracks_true"
                Targets = node.Int64s "leaf_targetids"
                Weights = tensor node "leaf_weights"
            }

        let isShort =
            [
                found.Splits.Length
                found.Modes.Length
                found.Yes.Length
                found.No.Length
                found.YesLeaf.Length
                found.NoLeaf.Length
            ]
            |> List.exists ((<>) found.Features.Length)

        if isShort || found.Targets.Length <> found.Weights.Length then
            damaged node "attributes of different lengths"

        found

    /// The members of each node that asks for membership, in the order of nodes, each list closed by a NaN.
    let private membersOf (node: NodeScope) (modes: float[]) : Dictionary<int, float list> =
        let members = Dictionary<int, float list>()
        let mutable rest = tensor node "membership_values" |> List.ofArray

        for at in 0 .. modes.Length - 1 do
            if modes[at] = 6.0 then
                let own = rest |> List.takeWhile (System.Double.IsNaN >> not)
                members[at] <- own
                rest <- rest |> List.skip (min rest.Length (own.Length + 1))

        members

    let private modeOf (node: NodeScope) at (mode: float) =
        match mode with
        | 0.0 -> BranchMode.LessOrEqual
        | 1.0 -> BranchMode.Less
        | 2.0 -> BranchMode.GreaterOrEqual
        | 3.0 -> BranchMode.Greater
        | 4.0 -> BranchMode.Equal
        | 5.0 -> BranchMode.NotEqual
        | 6.0 -> BranchMode.Member
        | other -> damaged node $"node {at} has the unknown mode {other}"

    let private branch (node: NodeScope) (all: Ensemble) (members: Dictionary<int, float list>) at : TreeBranch =
        {
            Feature = int all.Features[at]
            Mode = modeOf node at all.Modes[at]
            Thresholds =
                match members.TryGetValue at with
                | true, [] -> damaged node $"node {at} has no members"
                | true, values -> values
                | _ -> [ all.Splits[at] ]
            MissingIsTrue = at < all.Missing.Length && all.Missing[at] <> 0L
        }

    let private leaf (node: NodeScope) (all: Ensemble) at path : TreeLeaf =
        match Array.tryItem at all.Targets with
        | Some target ->
            {
                Path = path
                Weights = [ int target, all.Weights[at] ]
            }
        | None -> damaged node $"there is no leaf {at}"

    let private tree (node: NodeScope) (all: Ensemble) members root : Tree =
        let branches, leaves = List<TreeBranch>(), List<TreeLeaf>()

        let rec visit depth at path =
            if at < 0 || at >= all.Features.Length then
                damaged node $"there is no node {at}"

            if depth > all.Features.Length then
                damaged node $"the tree of node {root} has a cycle"

            // A single leaf is a node with that leaf on both sides.
            if all.YesLeaf[at] <> 0L && all.NoLeaf[at] <> 0L && all.Yes[at] = all.No[at] then
                leaves.Add(leaf node all (int all.Yes[at]) path)
            else
                let index = branches.Count
                branches.Add(branch node all members at)

                for decision, isLeaf, next in [ true, all.YesLeaf[at], all.Yes[at]; false, all.NoLeaf[at], all.No[at] ] do
                    let path = (index, decision) :: path

                    if isLeaf <> 0L then
                        leaves.Add(leaf node all (int next) path)
                    else
                        visit (depth + 1) (int next) path

        visit 0 root []

        {
            Branches = branches.ToArray()
            Leaves = leaves.ToArray()
        }

    let private ensembleTrees (node: NodeScope) : Tree[] =
        let all = attributesOf node
        let members = membersOf node all.Modes
        node.Int64s "tree_roots" |> Array.map (int >> tree node all members)

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
