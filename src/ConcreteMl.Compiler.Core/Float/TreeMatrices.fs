namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// What a branch of a decision tree asks of its feature.
[<RequireQualifiedAccess>]
type BranchMode =
    | LessOrEqual
    | Less
    | GreaterOrEqual
    | Greater
    | Equal
    | NotEqual
    /// Is the feature one of several numbers?
    | Member

type TreeBranch =
    {
        Feature: int
        Mode: BranchMode
        /// One number; several of a `Member`.
        Thresholds: float list
        /// Where a missing value (NaN) goes.
        MissingIsTrue: bool
    }

type TreeLeaf =
    {
        /// The branches on its path (by position) with the decision that leads on.
        Path: (int * bool) list
        /// Outputs and what the leaf adds to them.
        Weights: (int * float) list
    }

type Tree =
    {
        Branches: TreeBranch[]
        Leaves: TreeLeaf[]
    }

/// Ensembles of decision trees as matrices: compare every feature with its threshold, count for every leaf the decisions
/// on its path that are met, and add up the weights of the leaves whose decisions are all met.
[<RequireQualifiedAccess>]
module TreeMatrices =

    let private constant (node: NodeScope) shape (values: float[]) =
        node.Constant(Elements.ofFloat64s Element.Float32 shape values)

    /// A branch that fills a tree up to the width of the widest; no path leads over it.
    let private filler =
        {
            Feature = 0
            Mode = BranchMode.LessOrEqual
            Thresholds = [ 0.0 ]
            MissingIsTrue = false
        }

    let private equals (node: NodeScope) (chosen: ValueId) (branches: TreeBranch[]) =
        let longest = branches |> Array.map _.Thresholds.Length |> Array.max

        [ 0 .. longest - 1 ]
        |> List.map (fun at ->
            branches
            |> Array.map (fun branch -> branch.Thresholds[min at (branch.Thresholds.Length - 1)])
            |> Formula.constant node chosen [| branches.Length |]
            |> Formula.binary Binary.Equal node chosen)
        |> List.reduce (Formula.binary Binary.Or node)

    let private isLess mode =
        mode = BranchMode.LessOrEqual || mode = BranchMode.Less

    let private isOrder mode =
        match mode with
        | BranchMode.LessOrEqual
        | BranchMode.Less
        | BranchMode.GreaterOrEqual
        | BranchMode.Greater -> true
        | BranchMode.Equal
        | BranchMode.NotEqual
        | BranchMode.Member -> false

    /// A stand-in lies beyond a feature's thresholds by this part of what they span: sixteen steps of 6-bit codes, where data spans as much.
    let private beyond = 0.25

    /// For each feature a number below (above) all its thresholds.
    let private outer isAbove width (branches: TreeBranch[]) : float[] =
        let outside (own: float[]) =
            let least, most = Array.min own, Array.max own

            let scale =
                if most > least then most - least
                elif most <> 0.0 then abs most
                else 1.0

            if isAbove then
                most + beyond * scale
            else
                least - beyond * scale

        let found = Array.create width 0.0

        branches
        |> Array.filter (fun branch -> isOrder branch.Mode)
        |> Array.groupBy _.Feature
        |> Array.iter (fun (feature, own) -> found[feature] <- own |> Array.collect (_.Thresholds >> Array.ofList) |> outside)

        found

    /// The features of branches of one mode, whose missing values are below all thresholds or above, as the branch treats them. The client
    /// puts these numbers in; what is compared with them stays with the server.
    let private filled (node: NodeScope) (all: TreeBranch[]) (x: ValueId) : BranchMode -> TreeBranch[] -> ValueId =
        let width = Formula.size node 1 x
        let isMissing = Formula.isMissing node x

        let version isAbove =
            lazy (Formula.choose node isMissing (Formula.constant node x [| width |] (outer isAbove width all)) x)

        let below, above = version false, version true

        fun mode branches ->
            let features = branches |> Array.map _.Feature

            let isAbove (branch: TreeBranch) = isLess mode <> branch.MissingIsTrue

            match
                branches
                |> Array.filter (fun branch -> not (obj.ReferenceEquals(branch, filler)))
                |> Array.map isAbove
                |> Array.distinct
            with
            | [| true |] -> Formula.pick node 1 features above.Value
            | [| _; _ |] ->
                Formula.concat node 1 [ below.Value; above.Value ]
                |> Formula.pick
                    node
                    1
                    (branches
                     |> Array.map (fun branch -> branch.Feature + (if isAbove branch then width else 0)))
            | _ -> Formula.pick node 1 features below.Value

    /// Whether branches of one mode are met: [N, branches]. `filled` are the features of branches of order without missing values, where
    /// there may be any.
    let private compare (node: NodeScope) (x: ValueId) filled (mode: BranchMode) (branches: TreeBranch[]) =
        let standIn = if isOrder mode then filled else None

        let chosen =
            match standIn with
            | Some choose -> choose mode branches
            | None -> Formula.pick node 1 (branches |> Array.map _.Feature) x

        let against comparison =
            branches
            |> Array.map (fun branch -> List.head branch.Thresholds)
            |> Formula.constant node chosen [| branches.Length |]
            |> Formula.binary comparison node chosen

        let negated value = Formula.unary Unary.Not node value

        // NaN fails every comparison, so that the opposite one fails too where a missing value counts as met.
        let plain, missing =
            match mode with
            | BranchMode.LessOrEqual -> against Binary.LessOrEqual, fun () -> negated (against Binary.Greater)
            | BranchMode.Less -> against Binary.Less, fun () -> negated (against Binary.GreaterOrEqual)
            | BranchMode.GreaterOrEqual -> against Binary.GreaterOrEqual, fun () -> negated (against Binary.Less)
            | BranchMode.Greater -> against Binary.Greater, fun () -> negated (against Binary.LessOrEqual)
            | BranchMode.Equal
            | BranchMode.Member ->
                let met = equals node chosen branches
                met, fun () -> Formula.binary Binary.Or node met (Formula.isMissing node chosen)
            // NaN differs from every number: it is met either way.
            | BranchMode.NotEqual ->
                let met = negated (against Binary.Equal)
                met, fun () -> met

        if standIn.IsNone && branches |> Array.exists _.MissingIsTrue then
            let mask =
                node.Constant(Tensor.ofBool [| branches.Length |] (branches |> Array.map _.MissingIsTrue))

            Formula.choose node mask (missing ()) plain
        else
            plain

    /// Whether the feature of each branch meets its threshold, as 0 or 1: [N, trees, 1, branches].
    let private decisions (node: NodeScope) (trees: Tree[]) width (x: ValueId) =
        let branches =
            trees
            |> Array.collect (fun tree -> Array.init width (fun at -> Array.tryItem at tree.Branches |> Option.defaultValue filler))

        let groups =
            branches |> Array.indexed |> Array.groupBy (fun (_, branch) -> branch.Mode)

        let all = trees |> Array.collect _.Branches

        let filled =
            if node.MayMiss && Element.isFloat (node.Type x).Element then
                Some(filled node all x)
            else
                None

        let met =
            groups
            |> Array.map (fun (mode, group) -> compare node x filled mode (Array.map snd group))
            |> List.ofArray
            |> Formula.concat node 1
            |> Formula.cast Element.Float32 node

        let ordered =
            if groups.Length = 1 then
                met
            else
                let place = groups |> Array.collect (snd >> Array.map fst)
                let positions = Array.zeroCreate branches.Length
                place |> Array.iteri (fun at branch -> positions[branch] <- at)
                Formula.pick node 1 positions met

        node.Add(Op.Reshape false, [ ordered; node.Integers [ 0; trees.Length; 1; width ] ])

    /// Whether each leaf is reached, as 0 or 1: [N, trees, 1, leaves]; and the weights of the leaves [trees, leaves, outputs].
    let private leaves (node: NodeScope) (trees: Tree[]) outputs (x: ValueId) =
        let width = trees |> Array.map (fun tree -> max 1 tree.Branches.Length) |> Array.max
        let leaves = trees |> Array.map _.Leaves.Length |> Array.max
        let paths = Array.zeroCreate (trees.Length * width * leaves)
        // A leaf that fills up has no path to be met.
        let needed = Array.create (trees.Length * leaves) 1e6
        let values = Array.zeroCreate (trees.Length * leaves * outputs)

        trees
        |> Array.iteri (fun t tree ->
            tree.Leaves
            |> Array.iteri (fun l leaf ->
                needed[t * leaves + l] <- (leaf.Path |> List.filter snd |> List.length |> float) - 0.5

                for branch, decision in leaf.Path do
                    paths[(t * width + branch) * leaves + l] <- if decision then 1.0 else -1.0

                for output, weight in leaf.Weights do
                    let at = (t * leaves + l) * outputs + output
                    values[at] <- values[at] + weight))

        let counted =
            decisions node trees width x
            |> fun met -> Formula.matMul node met (constant node [| trees.Length; width; leaves |] paths)

        let reached =
            Formula.binary Binary.Greater node counted (constant node [| trees.Length; 1; leaves |] needed)

        Formula.cast Element.Float32 node reached, leaves, values

    /// 1 where a leaf says something of an output: [trees, leaves, outputs].
    let private saysOf (trees: Tree[]) leaves outputs : float[] =
        let found = Array.zeroCreate (trees.Length * leaves * outputs)

        trees
        |> Array.iteri (fun t tree ->
            tree.Leaves
            |> Array.iteri (fun l leaf ->
                for output, _ in leaf.Weights do
                    found[(t * leaves + l) * outputs + output] <- 1.0))

        found

    /// What the reached leaves of all trees give together, by ONNX's name of an aggregate function: [N, outputs].
    let aggregate (node: NodeScope) (trees: Tree[]) outputs (operation: string) (x: ValueId) : ValueId =
        if trees.Length = 0 then
            node.RefuseAttribute("no trees", "one tree or more")

        let reached, leaves, values = leaves node trees outputs x

        let sum () =
            let flat = node.Add(Op.Flatten 1, [ reached ])
            Formula.matMul node flat (constant node [| trees.Length * leaves; outputs |] values)

        // A leaf that says nothing of an output counts by what never wins; where no leaf does, the output is 0.
        let extreme isLeast =
            let said = saysOf trees leaves outputs

            let never output =
                [
                    for at in output..outputs .. values.Length - 1 do
                        if said[at] > 0.0 then
                            values[at]
                ]
                |> fun own ->
                    if own.IsEmpty then 0.0
                    elif isLeast then List.max own
                    else List.min own

            let neutral = Array.init outputs never

            let filled =
                values
                |> Array.mapi (fun at value -> if said[at] > 0.0 then value else neutral[at % outputs])

            let across (table: float[]) join =
                Formula.matMul node reached (constant node [| trees.Length; leaves; outputs |] table)
                |> Formula.halves node join 1
                |> Formula.squeeze node [ 1; 2 ]

            let result =
                across filled (Formula.binary (if isLeast then Binary.Min else Binary.Max) node)

            let isSilent (tree: Tree) =
                tree.Leaves
                |> Array.exists (fun leaf -> (leaf.Weights |> List.distinctBy fst).Length < outputs)

            if Array.forall isSilent trees then
                let count = across said (Formula.add node)
                let isSaid = Formula.binary Binary.Greater node count (node.Scalar(count, 0.5))
                Formula.choose node isSaid result (node.Scalar(result, 0.0))
            else
                result

        match operation with
        | "SUM" -> sum ()
        | "AVERAGE" -> Formula.div node (sum ()) (constant node [||] [| float trees.Length |])
        | "MIN" -> extreme true
        | "MAX" -> extreme false
        | other -> node.RefuseAttribute($"aggregate_function = {other}", "SUM, AVERAGE, MIN or MAX")
