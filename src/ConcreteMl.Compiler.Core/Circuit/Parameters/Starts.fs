namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base

/// Where the joint search sets out from: states in which every group has a class of its own.
[<RequireQualifiedAccess>]
module internal Starts =

    /// Feasible starts under one big key that are improved, the noisiest first.
    [<Literal>]
    let private MostStarts = 6

    /// Feasible states that are merged and refined, the best first.
    [<Literal>]
    let MostImproved = 4

    /// The best class of a group on its own, all output variances being `variance`. Other decisions are met by construction: they were
    /// sought with this variance too.
    let private solveAlone requirements budgets (key: BigKey) variance group =
        let groups = requirements.Groups.Length
        let variances, decided = Array.create groups variance, Array.zeroCreate groups
        ClassState.solve ClassSpace.whole requirements budgets key ClassState.coarse [ group ] variances decided variance

    /// Choices for the groups of an order as long as there are any, and whether there are for all.
    let private choose alone (order: int[]) =
        order
        |> Seq.map (fun group -> group, alone group)
        |> Seq.takeWhile (snd >> Option.isSome)
        |> Seq.map (fun (group, choice) -> group, Option.get choice)
        |> Array.ofSeq

    /// Starts in which every group has its own class and no result is noisier than one of the variances, in their order.
    let private startsWithin requirements budgets (key: BigKey) (variances: float seq) : ClassState seq =
        let groups = requirements.Groups.Length

        // What has no class for one variance has seldom one for the next: it is asked first.
        let mutable order = [| 0 .. groups - 1 |]

        let start variance =
            let choices = choose (solveAlone requirements budgets key variance) order

            if choices.Length = groups then
                Some
                    {
                        Members = Array.init groups List.singleton
                        Choices = choices |> Array.sortBy fst |> Array.map snd
                    }
            else
                let failed = order[choices.Length]
                order <- Array.append [| failed |] (Array.filter ((<>) failed) order)
                None

        variances |> Seq.choose start

    /// Output variances to start from: those of the decompositions at middling small dimensions.
    let private startVariances (key: BigKey) =
        Decompositions.bootstrap key.Model key.Curve key.Rank key.Size key.BodyBits 1
        |> Array.collect (fun struct (_, product) -> [| 700.0 * product; 1000.0 * product |])

    /// The state of a circuit without lookups, where fresh encryptions meet its decisions.
    let private withoutLookups (budgets: Budgets) (key: BigKey) : ClassState option =
        let holds =
            budgets.OfDecisions
            |> Array.forall (fun one -> one.Decision.Input * key.FreshVariance <= one.Budget)

        if holds then
            Some { Members = [||]; Choices = [||] }
        else
            None

    /// A first feasible state under a big key, each group on its own.
    let separate requirements (budgets: Budgets) (key: BigKey) =
        if Array.isEmpty requirements.Groups then
            withoutLookups budgets key
        else
            let starts =
                startVariances key
                |> startsWithin requirements budgets key
                |> Seq.truncate MostStarts
                |> Seq.map (ClassState.descend ClassState.anywhere requirements budgets key ClassState.coarse)
                |> Array.ofSeq

            if Array.isEmpty starts then
                None
            else
                Some(Array.minBy (ClassState.objective requirements key) starts)

    /// No assignment under this key is faster.
    let private leastObjective requirements (key: BigKey) =
        float requirements.Bootstraps * ClassFigures.leastSeconds key
        + requirements.Levelled * float (key.Dimension + 1) * KernelTimes.levelledWord

    /// Every candidate under every big key, by the lower bounds of their objectives.
    let private byLeastObjective (candidates: (Requirements * Budgets) list) (keys: BigKey list) =
        List.allPairs candidates keys
        |> List.map (fun ((requirements, budgets), key) -> leastObjective requirements key, (requirements, budgets, key))
        |> List.sortBy fst

    /// Whether no start under this key is better than `limit`, or there is none.
    let private isBeyond requirements (budgets: Budgets) key limit =
        let mutable least = 0.0
        let mutable group = 0

        while group < requirements.Groups.Length
              && least <= (1.0 + ClassState.rounding) * limit do
            least <- least + ClassState.leastOf requirements budgets key group
            group <- group + 1

        Double.IsInfinity least || least > (1.0 + ClassState.rounding) * limit

    /// Feasible starts under the promising big keys, best first: keys in the order of their lower bounds, until these exceed what
    /// merging and refining could still save of the best start. What would not be improved is not looked for.
    let all (context: Context) (candidates: (Requirements * Budgets) list) (keys: BigKey list) =
        let found = Collections.Generic.List()
        let values = Collections.Generic.List<float>()
        let pairs = byLeastObjective candidates keys

        // the best start, and the last that is improved
        let rank place =
            if values.Count > place then
                values[place]
            else
                Double.PositiveInfinity

        for index, (least, (requirements, budgets, key)) in List.indexed pairs do
            context.Cancellation.ThrowIfCancellationRequested()
            context.Progress "search-parameters" (0.7 * float index / float pairs.Length)

            if
                least < rank 0
                && not (isBeyond requirements budgets key (rank (MostImproved - 1)))
            then
                for state in Option.toList (separate requirements budgets key) do
                    let value = ClassState.objective requirements key state

                    if Double.IsFinite value then
                        values.Add value
                        values.Sort()
                        found.Add((value, (requirements, budgets, key, state)))

        found |> Seq.sortBy fst |> Seq.map snd |> List.ofSeq
