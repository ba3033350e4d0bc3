namespace ConcreteMl.Compiler.Core.Circuit

open System

/// Which classes read their bootstrapping key in another's: that of a class with at least as many key bits, whose decomposition has the
/// levels of theirs (base 2^b, l levels there; 2^(mb), l' levels here; m·l' ≤ l). The small key is then the start of the other's. Classes that
/// read their operands bit by bit have keys of their own.
[<RequireQualifiedAccess>]
module KeySharing =

    /// Whether a key of decomposition `made` has the rows of one of decomposition `own`.
    let has (made: Decomposition) (own: Decomposition) =
        own.LogBase % made.LogBase = 0
        && own.LogBase / made.LogBase * own.Levels <= made.Levels

    let private serves (made: ClassChoice) (own: ClassChoice) =
        made.SmallDimension >= own.SmallDimension
        && made.BodyBits = own.BodyBits
        && made.WordsPerStep = own.WordsPerStep
        && made.Wide.IsNone
        && own.Wide.IsNone
        && has made.Bootstrap own.Bootstrap

    /// For each class the one whose key it uses; None: its own. Owners use their own.
    let owners (classes: ClassChoice[]) : int option[] =
        // of two that serve each other the first is the owner
        let beats other own =
            other <> own
            && serves classes[other] classes[own]
            && (other < own || not (serves classes[own] classes[other]))

        let all = [| 0 .. classes.Length - 1 |]

        let makers =
            all
            |> Array.filter (fun own -> not (all |> Array.exists (fun other -> beats other own)))

        all
        |> Array.map (fun own ->
            if Array.contains own makers then
                None
            else
                makers |> Array.tryFind (fun maker -> serves classes[maker] classes[own]))

    /// What the keys count beside seconds of running: making all, and sending those that are no part of another.
    let objective (classes: ClassChoice[]) =
        Array.fold2
            (fun sum (owner: int option) (choice: ClassChoice) ->
                sum
                + (if owner.IsSome then
                       choice.SharedObjective
                   else
                       choice.KeyObjective))
            0.0
            (owners classes)
            classes

    /// The places of the classes in an order in which owners come first.
    let order (classes: ClassChoice[]) : int[] =
        let owners = owners classes

        [| 0 .. classes.Length - 1 |]
        |> Array.sortBy (fun own -> owners[own].IsSome, own)

    /// Classes in that order, each with the class whose key it uses.
    let mark (ordered: ClassChoice[]) : ClassChoice[] =
        Array.map2
            (fun (owner: int option) choice ->
                { choice with
                    KeyOf = owner
                    StoredBytes = if owner.IsSome then 0.0 else choice.StoredBytes
                })
            (owners ordered)
            ordered

    /// Decompositions that are tried for a key that several classes share. Bases of three bits and less would take more levels than
    /// the run time's decomposition has words for; a base above twelve has no second multiple below the 24 bits that one level needs.
    let candidates: Decomposition list =
        [
            for logBase in 4..12 do
                // from one level's 24 bits to what the noisiest circuits take
                for levels in (24 + logBase - 1) / logBase .. 48 / logBase do
                    { Levels = levels; LogBase = logBase }
        ]

    /// Where a class is sought that is to share: in the key of another (`Some owner`), or as the owner of others with at least `least` bits.
    let within (made: Decomposition) words (most: int) : ClassSpace =
        {
            Bootstraps =
                [|
                    for step in 1 .. made.Levels do
                        for levels in 1 .. made.Levels / step do
                            {
                                Levels = levels
                                LogBase = step * made.LogBase
                            }
                |]
                |> Array.filter ClassFigures.isSupported
            Words = [| words |]
            Least = ClassSpace.whole.Least
            Most = most
            SendsKey = false
        }

    /// The space of a class whose key serves others: their decomposition and words a step, from their dimension on.
    let owning (made: Decomposition) words (least: int) : ClassSpace =
        {
            Bootstraps = [| made |]
            Words = [| words |]
            Least = max ClassSpace.whole.Least least
            Most = ClassSpace.whole.Most
            SendsKey = true
        }

    /// Where each class may be sought anew without ending what is shared now.
    let space (classes: ClassChoice[]) (own: int) : ClassSpace =
        let owners = owners classes

        match owners[own] with
        | Some owner -> within classes[owner].Bootstrap classes[owner].WordsPerStep classes[owner].SmallDimension
        | None ->
            let dependants =
                [
                    for other in 0 .. classes.Length - 1 do
                        if owners[other] = Some own then
                            classes[other].SmallDimension
                ]

            match dependants with
            | [] -> ClassSpace.whole
            | _ -> owning classes[own].Bootstrap classes[own].WordsPerStep (List.max dependants)
