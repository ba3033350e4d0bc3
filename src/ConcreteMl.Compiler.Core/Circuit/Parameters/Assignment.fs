namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base

/// Parameters of a whole circuit: a big key, classes of lookups, and which group belongs to which class.
type Assignment =
    {
        Key: BigKey
        Classes: ClassChoice[]
        /// The class of each group.
        ClassOf: int[]
        /// Seconds of one run on one core.
        Seconds: float
        /// Seconds on one core, the keys' making and sending weighed in: what is minimized.
        Objective: float
    }

/// Joint search: the results of one class are the operands of others, so the noise of each enters the others' bounds.
[<RequireQualifiedAccess>]
module Assignment =

    let private coarse, private fine = 16, 2

    /// Rounds in which every class is sought again while the others are fixed.
    [<Literal>]
    let private Rounds = 3

    /// Feasible starts under one big key that are improved, the noisiest first.
    [<Literal>]
    let private MostStarts = 6

    /// Feasible states that are merged and refined, the best first.
    [<Literal>]
    let private MostImproved = 4

    type private State =
        {
            Members: int list[]
            Choices: ClassChoice[]
        }

    /// Variances at which decisions, and readings of the entries that groups select bit by bit, fail as often as they may.
    type private Budgets =
        {
            OfDecisions: float[]
            OfEntries: float[]
            /// Whether lookups may be carried out bit by bit.
            MayBeWide: bool
        }

    /// The failure probability from which on lookups are not carried out bit by bit: where one blind rotation reads a neighbour of the right
    /// entry, a wrong lowest bit leaves the next ones to chance, so that any entry may be read.
    let private mostWideFailures = 1e-6

    /// A lookup that may be carried out bit by bit has as many decisions as bits and one more, which share its failures.
    let private shares pError (group: LookupGroup) =
        if pError <= mostWideFailures && group.MayBeWide then
            float (group.Bits + 1)
        else
            1.0

    let private budgets pError (requirements: Requirements) =
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

    let private classOf (members: int list[]) groups =
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
            Bootstraps = bootstraps requirements own
        }

    /// The best class for `own` in a space, others having these output and decision variances (by group). Wide lookups are sought where a
    /// class may be anything.
    let private solve space requirements (budgets: Budgets) key step own (variances: float[]) (decided: float[]) cap =
        let bounds = Collections.Generic.List<ClassBound>()
        let mutable cap = cap

        requirements.Decisions
        |> Array.iteri (fun index decision ->
            let self = own |> List.sumBy (fun group -> decision.Coefficients[group])
            let base' = fixedNoise key decision own variances

            if decision.Group >= 0 && List.contains decision.Group own then
                bounds.Add
                    {
                        Base = base'
                        Self = self
                        Budget = budgets.OfDecisions[index]
                    }
            elif self > 0.0 then
                let other = if decision.Group < 0 then 0.0 else decided[decision.Group]
                cap <- min cap ((budgets.OfDecisions[index] - base' - other) / self))

        let load = load requirements own
        let bounds = bounds.ToArray()
        let found = ClassSearch.solve space key step load cap bounds

        if space = ClassSpace.whole && budgets.MayBeWide && load.MayBeWide then
            let entry = own |> List.map (fun group -> budgets.OfEntries[group]) |> List.min

            [ found; WideSearch.solve key step load cap bounds entry ]
            |> List.choose id
            |> List.sortBy (fun choice -> choice.SecondsOf load.MeanTables)
            |> List.tryHead
        else
            found

    let private spread (state: State) groups (pick: ClassChoice -> float) =
        let classes = classOf state.Members groups
        Array.init groups (fun group -> pick state.Choices[classes[group]])

    /// Seconds of a bootstrap of these groups, on the average.
    let private secondsEach requirements own (choice: ClassChoice) =
        choice.SecondsOf (load requirements own).MeanTables

    /// What the class search minimizes, times the bootstraps.
    let private objectiveOf requirements own (choice: ClassChoice) =
        float (bootstraps requirements own) * secondsEach requirements own choice
        + choice.KeyObjective

    let private seconds requirements (key: BigKey) (state: State) =
        let lookups =
            Array.fold2
                (fun sum own (choice: ClassChoice) -> sum + float (bootstraps requirements own) * secondsEach requirements own choice)
                0.0
                state.Members
                state.Choices

        lookups
        + requirements.Levelled * float (key.Dimension + 1) * KernelTimes.levelledWord

    let private objective requirements key (state: State) =
        let bytes = state.Choices |> Array.sumBy _.KeyBytes

        if bytes > KernelTimes.mostKeyBytes then
            Double.PositiveInfinity
        else
            seconds requirements key state + KeySharing.objective state.Choices

    let private anywhere (_: State) (_: int) = ClassSpace.whole

    /// Seeks every class again, in order, while the others stay; the state stays feasible and never gets slower.
    let private descend space requirements budgets key step (state: State) =
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

    /// A start in which every group has its own class and no result is noisier than `variance`.
    let private start requirements budgets (key: BigKey) variance =
        let groups = requirements.Groups.Length
        let variances = Array.create groups variance

        let choices =
            [|
                for group in 0 .. groups - 1 ->
                    // Other decisions are met by construction: they were sought with this variance too.
                    solve ClassSpace.whole requirements budgets key coarse [ group ] variances (Array.zeroCreate groups) variance
            |]

        if Array.forall Option.isSome choices then
            Some
                {
                    Members = Array.init groups List.singleton
                    Choices = Array.map Option.get choices
                }
        else
            None

    /// Joins two classes where that lowers the objective, until no pair does.
    let rec private merge requirements budgets key (state: State) =
        let groups = requirements.Groups.Length
        let variances = spread state groups _.OutputVariance
        let decided = spread state groups _.DecisionVariance
        let current = objective requirements key state

        let joined i j =
            let own = List.sort (state.Members[i] @ state.Members[j])

            solve ClassSpace.whole requirements budgets key coarse own variances decided Double.PositiveInfinity
            |> Option.map (fun choice ->
                {
                    Members = state.Members |> Array.updateAt i own |> Array.removeAt j
                    Choices = state.Choices |> Array.updateAt i choice |> Array.removeAt j
                })

        let candidates =
            [
                for i in 0 .. state.Members.Length - 1 do
                    for j in i + 1 .. state.Members.Length - 1 do
                        match joined i j with
                        | Some next -> objective requirements key next, next
                        | None -> ()
            ]

        match candidates |> List.sortBy fst |> List.tryHead with
        | Some(value, next) when value < current -> merge requirements budgets key next
        | _ -> state

    /// The state with class `index` sought in a space, where that has a solution.
    let private within requirements budgets key (state: State) index space =
        let groups = requirements.Groups.Length
        let variances = spread state groups _.OutputVariance
        let decided = spread state groups _.DecisionVariance

        solve space requirements budgets key coarse state.Members[index] variances decided Double.PositiveInfinity
        |> Option.map (fun choice ->
            { state with
                Choices = Array.updateAt index choice state.Choices
            })

    /// The state in which class `owner` has this decomposition and the others read their keys in its key, where that lowers the objective.
    let private sharing requirements budgets key (state: State) owner made =
        within requirements budgets key state owner (KeySharing.owning key made 0)
        |> Option.map (fun state ->
            let space = KeySharing.within key made state.Choices[owner].SmallDimension

            let join state index =
                if index = owner then
                    state
                else
                    match within requirements budgets key state index space with
                    | Some next when objective requirements key next < objective requirements key state -> next
                    | _ -> state

            Seq.fold join state (seq { 0 .. state.Choices.Length - 1 }))

    /// The best way to let classes share one bootstrapping key; None where none lowers the objective.
    let private share (context: Context) requirements budgets key (state: State) =
        let tried =
            [
                if state.Choices.Length > 1 then
                    for owner in 0 .. state.Choices.Length - 1 do
                        for made in state.Choices[owner].Bootstrap :: KeySharing.candidates do
                            context.Cancellation.ThrowIfCancellationRequested()

                            match sharing requirements budgets key state owner made with
                            | Some next -> objective requirements key next, next
                            | None -> ()
            ]

        match tried |> List.sortBy fst |> List.tryHead with
        | Some(value, next) when value < objective requirements key state -> Some next
        | _ -> None

    /// Output variances to start from: those of the decompositions at middling small dimensions.
    let private startVariances (key: BigKey) =
        Decompositions.bootstrap key.Model key.Curve key.Rank key.Size key.BodyBits
        |> Array.collect (fun struct (_, product) -> [| 700.0 * product; 1000.0 * product |])

    /// The state with owners of keys ahead of the classes that share them.
    let private ordered (state: State) =
        let order = KeySharing.order state.Choices

        {
            Members = order |> Array.map (fun index -> state.Members[index])
            Choices = order |> Array.map (fun index -> state.Choices[index]) |> KeySharing.mark
        }

    let private finish requirements key (state: State) =
        {
            Key = key
            Classes = state.Choices
            ClassOf = classOf state.Members requirements.Groups.Length
            Seconds = seconds requirements key state
            Objective = objective requirements key state
        }

    /// The figures of classes that are given, with the groups of each.
    let ofClasses (requirements: Requirements) (key: BigKey) (classes: (int list * ClassChoice)[]) : Assignment =
        finish
            requirements
            key
            {
                Members = Array.map fst classes
                Choices = Array.map snd classes
            }

    /// A first feasible state under a big key, each group on its own.
    let private separate requirements (budgets: Budgets) (key: BigKey) =
        if Array.isEmpty requirements.Groups then
            let holds =
                Array.forall2
                    (fun decision budget -> decision.Input * key.FreshVariance <= budget)
                    requirements.Decisions
                    budgets.OfDecisions

            if holds then
                Some { Members = [||]; Choices = [||] }
            else
                None
        else
            let starts =
                startVariances key
                |> Seq.choose (start requirements budgets key)
                |> Seq.truncate MostStarts
                |> Seq.map (descend anywhere requirements budgets key coarse)
                |> Array.ofSeq

            if Array.isEmpty starts then
                None
            else
                Some(Array.minBy (objective requirements key) starts)

    /// No assignment under this key is faster.
    let private leastObjective requirements (key: BigKey) =
        float requirements.Bootstraps * ClassSearch.leastSeconds key
        + requirements.Levelled * float (key.Dimension + 1) * KernelTimes.levelledWord

    /// Feasible starts under the promising big keys, best first: keys in the order of their lower bounds, until these exceed what
    /// merging and refining could still save of the best start.
    let private starts (context: Context) (candidates: (Requirements * Budgets) list) (keys: BigKey list) =
        let found = Collections.Generic.List()
        let mutable best = Double.PositiveInfinity

        let pairs =
            List.allPairs candidates keys
            |> List.map (fun ((requirements, budgets), key) -> leastObjective requirements key, (requirements, budgets, key))
            |> List.sortBy fst

        for index, (least, (requirements, budgets, key)) in List.indexed pairs do
            context.Cancellation.ThrowIfCancellationRequested()
            context.Progress "search-parameters" (0.7 * float index / float pairs.Length)

            if least < best then
                match separate requirements budgets key with
                | Some state ->
                    let value = objective requirements key state

                    if Double.IsFinite value then
                        best <- min best value
                        found.Add((value, (requirements, budgets, key, state)))
                | None -> ()

        found |> Seq.sortBy fst |> Seq.map snd |> List.ofSeq

    /// The fastest parameters in which every decision fails with probability at most `pError`, and which of the candidates they
    /// serve; None when there are none.
    let search
        (context: Context)
        (curve: SecurityCurve)
        (switch: KeySwitchKind)
        model
        pError
        (candidates: Requirements list)
        : (Requirements * Assignment) option =
        let improve (requirements, budgets, key, state) =
            let merged = merge requirements budgets key state

            let refine space state (_: int) =
                context.Cancellation.ThrowIfCancellationRequested()
                descend space requirements budgets key fine state

            let refined = Seq.fold (refine anywhere) merged (seq { 1..Rounds })

            let shared =
                share context requirements budgets key merged
                |> Option.map (fun state ->
                    Seq.fold (refine (fun state own -> KeySharing.space key state.Choices own)) state (seq { 1..Rounds }))

            let refined =
                refined :: Option.toList shared |> List.minBy (objective requirements key)

            requirements, finish requirements key (ordered refined)

        let hasLookups =
            candidates |> List.exists (fun requirements -> requirements.Groups.Length > 0)

        BigKeys.all curve switch model hasLookups
        |> starts
            context
            (candidates
             |> List.map (fun requirements -> requirements, budgets pError requirements))
        |> Array.ofList
        |> Array.truncate MostImproved
        |> Context.map context improve
        |> Array.sortBy (fun (_, assignment) -> assignment.Objective)
        |> Array.tryHead

    /// Whether any parameters exist.
    let isFeasible (context: Context) (curve: SecurityCurve) (switch: KeySwitchKind) model pError (requirements: Requirements) =
        let budgets = budgets pError requirements

        BigKeys.all curve switch model (requirements.Groups.Length > 0)
        |> List.exists (fun key ->
            context.Cancellation.ThrowIfCancellationRequested()

            match separate requirements budgets key with
            | Some state -> Double.IsFinite(objective requirements key state)
            | None -> false)
