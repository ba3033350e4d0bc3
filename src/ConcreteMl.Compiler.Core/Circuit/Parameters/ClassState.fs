namespace ConcreteMl.Compiler.Core.Circuit

open System

/// Groups of lookups in classes, with the parameters of each class.
type internal ClassState =
    {
        Members: int list[]
        Choices: ClassChoice[]
    }

/// A decision with what it leaves to noise, and the groups whose blind rotations reach it, by number, with their weights.
type internal BudgetedDecision =
    {
        Decision: Decision
        Budget: float
        Reaching: struct (int * float)[]
    }

/// Variances at which decisions, and readings of the entries that groups select bit by bit, fail as often as they may.
type internal Budgets =
    {
        OfDecisions: BudgetedDecision[]
        /// For each group the decisions that it makes or reaches.
        OfGroups: BudgetedDecision[][]
        OfEntries: float[]
        /// Whether lookups may be carried out bit by bit.
        MayBeWide: bool
    }

/// States of the joint search: what they cost, and how one of their classes is sought while the others stay.
[<RequireQualifiedAccess>]
module internal ClassState =

    /// Steps of the small dimension that is sought: while classes are formed, and at the end.
    let coarse, fine = 16, 2

    /// The failure probability from which on lookups are not carried out bit by bit: where one blind rotation reads a neighbour of the right
    /// entry, a wrong lowest bit leaves the next ones to chance, so that any entry may be read.
    let private mostWideFailures = 1e-6

    /// A lookup that may be carried out bit by bit has a decision for each bit, one for the padding and one for the entry, which share its
    /// failures.
    let private shares pError (group: LookupGroup) =
        if pError <= mostWideFailures && group.MayBeWide then
            float (group.Bits + 2)
        else
            1.0

    let private budget pError halfBox shares =
        let deviation = halfBox / Erfc.deviations (pError / shares)
        deviation * deviation

    let private budgeted pError (requirements: Requirements) (decision: Decision) : BudgetedDecision =
        let shares =
            if decision.Group < 0 then
                1.0
            else
                shares pError requirements.Groups[decision.Group]

        {
            Decision = decision
            Budget = budget pError decision.HalfBox shares
            Reaching =
                decision.Coefficients
                |> Array.mapi (fun group weight -> struct (group, weight))
                |> Array.filter (fun struct (_, weight) -> weight <> 0.0)
        }

    let private concerns group (one: BudgetedDecision) =
        one.Decision.Group = group || one.Decision.Coefficients[group] <> 0.0

    /// What decisions leave to noise where each fails with probability at most `pError`.
    let budgets pError (requirements: Requirements) : Budgets =
        let decisions = requirements.Decisions |> Array.map (budgeted pError requirements)

        {
            OfDecisions = decisions
            OfGroups =
                requirements.Groups
                |> Array.mapi (fun group _ -> decisions |> Array.filter (concerns group))
            OfEntries =
                requirements.Groups
                |> Array.map (fun group -> budget pError (NoiseFormulas.halfBox group.ResultBits) (shares pError group))
            MayBeWide = pError <= mostWideFailures
        }

    /// The class of each group, from the groups of each class.
    let classOf (members: int list[]) groups =
        let result = Array.create groups -1

        members
        |> Array.iteri (fun index own -> own |> List.iter (fun group -> result[group] <- index))

        result

    /// Noise of a decision from everything but the given groups' blind rotations.
    let private fixedNoise fresh (one: BudgetedDecision) (own: int list) (variances: float[]) =
        let mutable sum = one.Decision.Input * fresh

        for struct (group, weight) in one.Reaching do
            if not (List.contains group own) then
                sum <- sum + weight * variances[group]

        sum

    let private bootstraps requirements own =
        own |> List.sumBy (fun group -> requirements.Groups[group].Bootstraps)

    /// What groups ask for in common.
    let load (requirements: Requirements) own : ClassLoad =
        let groups = own |> List.map (fun group -> requirements.Groups[group])

        let tables =
            groups |> List.sumBy (fun group -> group.Bootstraps * int64 group.Tables)

        {
            Bits = groups |> List.map _.TableBits |> List.max
            LogSize = groups |> List.map _.TableLogSize |> List.max
            Tables = groups |> List.map _.Tables |> List.max
            MeanTables = float (max 1L tables) / float (max 1L (bootstraps requirements own))
            LeastBits = groups |> List.map _.LeastBits |> List.min
            ResultBits = groups |> List.map _.ResultBits |> List.max
            MayBeWide = groups |> List.forall _.MayBeWide
            AtOnce =
                float (max 1L (bootstraps requirements own))
                / float (groups |> List.sumBy (fun group -> Seq.length group.Sites) |> max 1)
            Bootstraps = bootstraps requirements own
        }

    /// The decisions that groups make or reach.
    let private concerned (budgets: Budgets) own =
        match own with
        | [ group ] -> budgets.OfGroups[group]
        | _ ->
            budgets.OfDecisions
            |> Array.filter (fun one -> own |> List.exists (fun group -> concerns group one))

    /// What the decisions of `own` leave to them, and the cap that the others' decisions set on their output variance.
    let private limits (budgets: Budgets) (key: BigKey) own (variances: float[]) (decided: float[]) cap =
        let fresh = key.FreshVariance
        let bounds = Collections.Generic.List<ClassBound>()
        let mutable cap = cap

        for one in concerned budgets own do
            let decision = one.Decision
            let self = own |> List.sumBy (fun group -> decision.Coefficients[group])
            let base' = fixedNoise fresh one own variances

            if decision.Group >= 0 && List.contains decision.Group own then
                bounds.Add
                    {
                        Base = base'
                        Self = self
                        Budget = one.Budget
                    }
            elif self > 0.0 then
                let other = if decision.Group < 0 then 0.0 else decided[decision.Group]
                cap <- min cap ((one.Budget - base' - other) / self)

        bounds.ToArray(), cap

    /// Sums of seconds in another order differ by less.
    let rounding = 1e-9

    /// The best class for `own` in a space, others having these output and decision variances (by group). Wide lookups are sought where a
    /// class may be anything. A class that does not cost less than `below` seconds each, keys included, may be left out.
    let private solveBelow below space requirements (budgets: Budgets) key step own (variances: float[]) (decided: float[]) cap =
        let bounds, cap = limits budgets key own variances decided cap
        let load = load requirements own

        if space = ClassSpace.whole && budgets.MayBeWide && load.MayBeWide then
            let entry = own |> List.map (fun group -> budgets.OfEntries[group]) |> List.min
            let found = ClassSearch.solve space key step load Double.PositiveInfinity cap bounds

            let narrow =
                found
                |> Option.map (fun choice -> choice.SecondsOf load.MeanTables)
                |> Option.defaultValue Double.PositiveInfinity

            WideSearch.solve key step load ((1.0 + rounding) * narrow) cap bounds entry
            |> Option.filter (fun choice -> choice.SecondsOf load.MeanTables < narrow)
            |> Option.orElse found
        else
            ClassSearch.solve space key step load below cap bounds

    /// The best class for `own` in a space, others having these output and decision variances (by group).
    let solve space requirements budgets key step own variances decided cap =
        solveBelow Double.PositiveInfinity space requirements budgets key step own variances decided cap

    /// What a group of its own costs at least under a key, beside others without noise, in steps of the small dimension of `coarse`; infinite
    /// where no class serves it.
    let leastOf requirements (budgets: Budgets) key group =
        let quiet = Array.zeroCreate requirements.Groups.Length

        // whoever shares another's key need not send one
        let space =
            { ClassSpace.whole with
                SendsKey = false
            }

        let bounds, cap = limits budgets key [ group ] quiet quiet Double.PositiveInfinity
        let load = load requirements [ group ]

        let narrow =
            ClassSearch.solve space key coarse load Double.PositiveInfinity cap bounds
            |> Option.map (fun choice ->
                float load.Bootstraps * choice.SecondsOf load.MeanTables
                + choice.SharedObjective)
            |> Option.defaultValue Double.PositiveInfinity

        if budgets.MayBeWide && load.MayBeWide then
            WideSearch.solve key coarse load Double.PositiveInfinity cap bounds budgets.OfEntries[group]
            |> Option.map (fun choice -> min narrow (float load.Bootstraps * choice.SecondsOf load.MeanTables))
            |> Option.defaultValue narrow
        else
            narrow

    /// A figure of each group's class, by group.
    let spread (state: ClassState) groups (pick: ClassChoice -> float) =
        let classes = classOf state.Members groups
        Array.init groups (fun group -> pick state.Choices[classes[group]])

    /// Seconds of a bootstrap of these groups, on the average.
    let private secondsEach requirements own (choice: ClassChoice) =
        choice.SecondsOf (load requirements own).MeanTables

    /// What the class search minimizes, times the bootstraps.
    let private objectiveOf requirements own (choice: ClassChoice) =
        float (bootstraps requirements own) * secondsEach requirements own choice
        + choice.KeyObjective

    /// Seconds of one run on one core.
    let seconds requirements (key: BigKey) (state: ClassState) =
        let lookups =
            Array.fold2
                (fun sum own (choice: ClassChoice) -> sum + float (bootstraps requirements own) * secondsEach requirements own choice)
                0.0
                state.Members
                state.Choices

        lookups
        + requirements.Levelled * float (key.Dimension + 1) * KernelTimes.levelledWord

    /// What is minimized: seconds, the keys' making and sending weighed in.
    let objective requirements key (state: ClassState) =
        let bytes = state.Choices |> Array.sumBy _.KeyBytes

        if bytes > KernelTimes.mostKeyBytes then
            Double.PositiveInfinity
        else
            seconds requirements key state + KeySharing.objective state.Choices

    /// The space of a class that may be anything.
    let anywhere (_: ClassState) (_: int) = ClassSpace.whole

    /// Seeks every class again, in order, while the others stay; the state stays feasible and never gets slower.
    let descend space requirements budgets key step (state: ClassState) =
        let groups = requirements.Groups.Length
        let mutable state = state

        for index in 0 .. state.Members.Length - 1 do
            let variances = spread state groups _.OutputVariance
            let decided = spread state groups _.DecisionVariance
            let own = state.Members[index]
            let present = objectiveOf requirements own state.Choices[index]

            let below =
                (1.0 + rounding) * present / float (max 1L (bootstraps requirements own))

            match solveBelow below (space state index) requirements budgets key step own variances decided Double.PositiveInfinity with
            | Some choice when objectiveOf requirements own choice < present ->
                state <-
                    { state with
                        Choices = Array.updateAt index choice state.Choices
                    }
            | _ -> ()

        state

    /// The state with class `index` sought in a space, where that has a solution.
    let within requirements budgets key (state: ClassState) index space =
        let groups = requirements.Groups.Length
        let variances = spread state groups _.OutputVariance
        let decided = spread state groups _.DecisionVariance

        solve space requirements budgets key coarse state.Members[index] variances decided Double.PositiveInfinity
        |> Option.map (fun choice ->
            { state with
                Choices = Array.updateAt index choice state.Choices
            })
