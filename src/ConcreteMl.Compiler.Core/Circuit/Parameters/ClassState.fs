namespace ConcreteMl.Compiler.Core.Circuit

open System

/// Groups of lookups in classes, with the parameters of each class.
type internal ClassState =
    {
        Members: int list[]
        Choices: ClassChoice[]
    }

/// Variances at which decisions, and readings of the entries that groups select bit by bit, fail as often as they may.
type internal Budgets =
    {
        OfDecisions: float[]
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

    /// What decisions leave to noise where each fails with probability at most `pError`.
    let budgets pError (requirements: Requirements) =
        let budget bits shares =
            let deviation = NoiseFormulas.halfBox bits / Erfc.deviations (pError / shares)
            deviation * deviation

        {
            OfDecisions =
                requirements.Decisions
                |> Array.map (fun decision ->
                    budget
                        decision.Bits
                        (if decision.Group < 0 then
                             1.0
                         else
                             shares pError requirements.Groups[decision.Group]))
            OfEntries =
                requirements.Groups
                |> Array.map (fun group -> budget group.ResultBits (shares pError group))
            MayBeWide = pError <= mostWideFailures
        }

    /// The class of each group, from the groups of each class.
    let classOf (members: int list[]) groups =
        let result = Array.create groups -1

        members
        |> Array.iteri (fun index own -> own |> List.iter (fun group -> result[group] <- index))

        result

    /// Noise of a decision from everything but the given groups' blind rotations.
    let private fixedNoise (key: BigKey) (decision: Decision) (own: int list) (variances: float[]) =
        let mutable sum = decision.Input * key.FreshVariance

        for group in 0 .. variances.Length - 1 do
            if not (List.contains group own) then
                sum <- sum + decision.Coefficients[group] * variances[group]

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

    /// What the decisions of `own` leave to them, and the cap that the others' decisions set on their output variance.
    let private limits requirements (budgets: Budgets) key own (variances: float[]) (decided: float[]) cap =
        let bounds = Collections.Generic.List<ClassBound>()
        let mutable cap = cap

        for decision, budget in Array.zip requirements.Decisions budgets.OfDecisions do
            let self = own |> List.sumBy (fun group -> decision.Coefficients[group])
            let base' = fixedNoise key decision own variances

            if decision.Group >= 0 && List.contains decision.Group own then
                bounds.Add
                    {
                        Base = base'
                        Self = self
                        Budget = budget
                    }
            elif self > 0.0 then
                let other = if decision.Group < 0 then 0.0 else decided[decision.Group]
                cap <- min cap ((budget - base' - other) / self)

        bounds.ToArray(), cap

    /// The best class for `own` in a space, others having these output and decision variances (by group). Wide lookups are sought where a
    /// class may be anything.
    let solve space requirements (budgets: Budgets) key step own (variances: float[]) (decided: float[]) cap =
        let bounds, cap = limits requirements budgets key own variances decided cap
        let load = load requirements own
        let found = ClassSearch.solve space key step load cap bounds

        if space = ClassSpace.whole && budgets.MayBeWide && load.MayBeWide then
            let entry = own |> List.map (fun group -> budgets.OfEntries[group]) |> List.min

            [ found; WideSearch.solve key step load cap bounds entry ]
            |> List.choose id
            |> List.sortBy (fun choice -> choice.SecondsOf load.MeanTables)
            |> List.tryHead
        else
            found

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

            match solve (space state index) requirements budgets key step own variances decided Double.PositiveInfinity with
            | Some choice when objectiveOf requirements own choice < objectiveOf requirements own state.Choices[index] ->
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
