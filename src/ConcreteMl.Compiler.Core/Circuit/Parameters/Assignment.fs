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

    /// Rounds in which every class is sought again while the others are fixed.
    [<Literal>]
    let private Rounds = 3

    /// The state with two of its classes joined; None where no class serves both.
    let private joined requirements budgets key (state: ClassState) variances decided (i, j) : ClassState option =
        let own = List.sort (state.Members[i] @ state.Members[j])

        ClassState.solve ClassSpace.whole requirements budgets key ClassState.coarse own variances decided Double.PositiveInfinity
        |> Option.map (fun choice ->
            {
                Members = state.Members |> Array.updateAt i own |> Array.removeAt j
                Choices = state.Choices |> Array.updateAt i choice |> Array.removeAt j
            })

    /// Joins two classes where that lowers the objective, until no pair does.
    let rec private merge requirements budgets key (state: ClassState) =
        let groups = requirements.Groups.Length
        let variances = ClassState.spread state groups _.OutputVariance
        let decided = ClassState.spread state groups _.DecisionVariance
        let classes = state.Members.Length

        let candidates =
            [
                for i in 0 .. classes - 1 do
                    for j in i + 1 .. classes - 1 -> i, j
            ]
            |> List.choose (joined requirements budgets key state variances decided)
            |> List.map (fun next -> ClassState.objective requirements key next, next)

        match candidates |> List.sortBy fst |> List.tryHead with
        | Some(value, next) when value < ClassState.objective requirements key state -> merge requirements budgets key next
        | _ -> state

    /// The state in which class `owner` has this decomposition and the others read their keys in its key, where that lowers the objective.
    let private sharing requirements budgets key (state: ClassState) owner words made =
        ClassState.within requirements budgets key state owner (KeySharing.owning made words 0)
        |> Option.map (fun state ->
            let space = KeySharing.within made words state.Choices[owner].SmallDimension

            let join state index =
                if index = owner then
                    state
                else
                    match ClassState.within requirements budgets key state index space with
                    | Some next when ClassState.objective requirements key next < ClassState.objective requirements key state -> next
                    | _ -> state

            Seq.fold join state (seq { 0 .. state.Choices.Length - 1 }))

    /// The best way to let classes share one bootstrapping key; None where none lowers the objective.
    let private share (context: Context) requirements budgets key (state: ClassState) =
        let tried =
            [
                if state.Choices.Length > 1 then
                    for owner in 0 .. state.Choices.Length - 1 do
                        for made in state.Choices[owner].Bootstrap :: KeySharing.candidates do
                            for words in List.distinct [ 1; state.Choices[owner].WordsPerStep ] do
                                context.Cancellation.ThrowIfCancellationRequested()

                                match sharing requirements budgets key state owner words made with
                                | Some next -> ClassState.objective requirements key next, next
                                | None -> ()
            ]

        match tried |> List.sortBy fst |> List.tryHead with
        | Some(value, next) when value < ClassState.objective requirements key state -> Some next
        | _ -> None

    /// The state with owners of keys ahead of the classes that share them.
    let private ordered (state: ClassState) =
        let order = KeySharing.order state.Choices

        {
            Members = order |> Array.map (fun index -> state.Members[index])
            Choices = order |> Array.map (fun index -> state.Choices[index]) |> KeySharing.mark
        }

    let private finish requirements key (state: ClassState) =
        {
            Key = key
            Classes = state.Choices
            ClassOf = ClassState.classOf state.Members requirements.Groups.Length
            Seconds = ClassState.seconds requirements key state
            Objective = ClassState.objective requirements key state
        }

    /// The output variance of each group.
    let internal outputVariances (requirements: Requirements) (assignment: Assignment) : float[] =
        requirements.Groups
        |> Array.mapi (fun group _ -> assignment.Classes[assignment.ClassOf[group]].OutputVariance)

    /// The figures of classes that are given, with the groups of each.
    let ofClasses (requirements: Requirements) (key: BigKey) (classes: (int list * ClassChoice)[]) : Assignment =
        finish
            requirements
            key
            {
                Members = Array.map fst classes
                Choices = Array.map snd classes
            }

    /// A start with its classes merged and refined, and shared where that is faster.
    let private improve (context: Context) (requirements, budgets, key, state) =
        let refine space state (_: int) =
            context.Cancellation.ThrowIfCancellationRequested()
            ClassState.descend space requirements budgets key ClassState.fine state

        let merged = merge requirements budgets key state
        let refined = Seq.fold (refine ClassState.anywhere) merged (seq { 1..Rounds })

        let shared =
            share context requirements budgets key merged
            |> Option.map (fun state -> Seq.fold (refine (fun state own -> KeySharing.space state.Choices own)) state (seq { 1..Rounds }))

        let best =
            refined :: Option.toList shared
            |> List.minBy (ClassState.objective requirements key)

        requirements, finish requirements key (ordered best)

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
        let hasLookups =
            candidates |> List.exists (fun requirements -> requirements.Groups.Length > 0)

        let budgeted =
            candidates
            |> List.map (fun requirements -> requirements, ClassState.budgets pError requirements)

        Starts.all context budgeted (BigKeys.all curve switch model hasLookups)
        |> Array.ofList
        |> Array.truncate Starts.MostImproved
        |> Context.map context (improve context)
        |> Array.sortBy (fun (_, assignment) -> assignment.Objective)
        |> Array.tryHead

    /// Whether any parameters exist.
    let isFeasible (context: Context) (curve: SecurityCurve) (switch: KeySwitchKind) model pError (requirements: Requirements) =
        let budgets = ClassState.budgets pError requirements

        BigKeys.all curve switch model (requirements.Groups.Length > 0)
        |> List.exists (fun key ->
            context.Cancellation.ThrowIfCancellationRequested()

            match Starts.separate requirements budgets key with
            | Some state -> Double.IsFinite(ClassState.objective requirements key state)
            | None -> false)
