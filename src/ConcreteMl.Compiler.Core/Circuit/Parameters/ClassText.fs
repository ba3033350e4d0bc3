namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// One class of lookups as an attribute: `{groups, n, key_switch, bootstrap, extension, grade}`, and what it may have besides.
[<RequireQualifiedAccess>]
module internal ClassText =

    /// A number as an attribute.
    let integer (value: int) = Attribute.Integer(int64 value)

    /// A decomposition as an attribute.
    let gadget (d: Decomposition) =
        Attribute.Record [ "base", integer d.LogBase; "levels", integer d.Levels ]

    /// A class as an attribute.
    let write (one: ChosenClass) =
        Attribute.Record
            [
                "groups", one.Groups |> List.map integer |> Attribute.List
                "n", integer one.SmallDimension
                "key_switch", gadget one.KeySwitch
                if one.Ring > 0 then
                    "ring", integer one.Ring
                "bootstrap", gadget one.Bootstrap
                if one.BodyBits > 0 then
                    "body_bits", integer one.BodyBits
                match one.KeyOf with
                | Some owner -> "key_of", integer owner
                | None -> ()
                "extension", integer one.Extension
                "grade", integer one.Grade
                if one.WordsPerStep > 1 then
                    "words_per_step", integer one.WordsPerStep
                match one.Wide with
                | Some(selector, switch) ->
                    "selector", gadget selector
                    "switch", gadget switch
                | None -> ()
            ]

    /// A number of 32 bits, from an attribute that is there and holds one.
    let tryInt (attribute: Attribute option) =
        match attribute with
        | Some(Attribute.Integer value) when value >= 0L && value <= (1L <<< 30) -> Some(int value)
        | Some _
        | None -> None

    /// The entry of this name.
    let field name (entries: (string * Attribute) list) =
        entries |> List.tryFind (fun (other, _) -> other = name) |> Option.map snd

    /// The number of this name; None where there is none.
    let number name entries = field name entries |> tryInt

    /// Bits of a base, and of all digits together, that `ConcreteMl.Tfhe.GadgetDecomposition` takes.
    let private mostBaseBits, private mostDigitBits = 30, 62

    /// The decomposition of this name; None where there is none that the run time takes.
    let tryGadget name entries : Decomposition option =
        match field name entries with
        | Some(Attribute.Record parts) ->
            match number "base" parts, number "levels" parts with
            | Some logBase, Some levels when
                logBase >= 1
                && logBase <= mostBaseBits
                && levels >= 1
                && levels <= mostDigitBits / logBase
                ->
                Some { Levels = levels; LogBase = logBase }
            | _ -> None
        | Some _
        | None -> None

    /// All items, where none is missing.
    let all (items: 'T option list) =
        if List.forall Option.isSome items then
            Some(List.map Option.get items)
        else
            None

    /// Sizes of polynomials that the run time's key switches take.
    let private isRing size =
        size >= 256 && size <= 4096 && System.Numerics.BitOperations.IsPow2 size

    /// Bits that bodies keep; absent: all, which is 0.
    let tryBodyBits entries =
        match field "body_bits" entries with
        | None -> Some 0
        | found ->
            tryInt found
            |> Option.filter (fun bits -> bits >= ConcreteMl.Tfhe.BodyWidth.Least && bits < 64)

    /// An entry that may be absent, which stands for `absent`.
    let private optional name absent (read: Attribute option -> 'T option) entries =
        match field name entries with
        | None -> Some absent
        | found -> read found

    /// Selector and switch of a class that reads bit by bit; both absent: one blind rotation reads a whole operand.
    let private tryWide entries =
        match tryGadget "selector" entries, tryGadget "switch" entries with
        | Some selector, Some switch -> Some(Some(selector, switch))
        | None, None when field "selector" entries = None && field "switch" entries = None -> Some None
        | _ -> None

    let private tryGroups entries =
        match field "groups" entries with
        | Some(Attribute.List items) -> items |> List.map (Some >> tryInt) |> all
        | Some _
        | None -> None

    let private isPossible (one: ChosenClass) =
        (one.Ring = 0 || one.SmallDimension <= one.Ring)
        && (one.WordsPerStep = 1
            || (one.Extension = 0 && one.Wide.IsNone && one.SmallDimension % 2 = 0))

    let private tryParameters entries : ClassParameters option =
        match
            number "n" entries,
            tryGadget "key_switch" entries,
            // absent: by inner products
            optional "ring" 0 (tryInt >> Option.filter isRing) entries,
            tryGadget "bootstrap" entries,
            tryBodyBits entries,
            number "extension" entries,
            number "grade" entries,
            optional "words_per_step" 1 (tryInt >> Option.filter ((=) 2)) entries
        with
        | Some small, Some keySwitch, Some ring, Some bootstrap, Some bodyBits, Some extension, Some grade, Some words ->
            Some
                {
                    SmallDimension = small
                    KeySwitch = keySwitch
                    Ring = ring
                    Bootstrap = bootstrap
                    BodyBits = bodyBits
                    Extension = extension
                    Grade = grade
                    WordsPerStep = words
                }
        | _ -> None

    let private ofEntries entries =
        // absent: its own
        let keyOf = optional "key_of" None (tryInt >> Option.map Some) entries

        match tryGroups entries, tryParameters entries, keyOf, tryWide entries with
        | Some groups, Some parameters, Some keyOf, Some wide ->
            Some
                {
                    Groups = groups
                    Parameters = parameters
                    KeyOf = keyOf
                    Wide = wide
                }
        | _ -> None

    /// The class that an attribute stands for; None where it is something else.
    let tryRead (attribute: Attribute) : ChosenClass option =
        match attribute with
        | Attribute.Record entries -> ofEntries entries |> Option.filter isPossible
        | Attribute.Flag _
        | Attribute.Integer _
        | Attribute.Real _
        | Attribute.Text _
        | Attribute.Tensor _
        | Attribute.List _ -> None

    /// Whether the classes that use another's key find theirs in it.
    let sharedRightly (classes: ChosenClass list) =
        let found index (one: ChosenClass) =
            match one.KeyOf with
            | None -> true
            | Some owner when owner >= index -> false
            | Some owner ->
                let made = classes[owner]

                made.KeyOf.IsNone
                && made.SmallDimension >= one.SmallDimension
                && made.BodyBits = one.BodyBits
                && made.WordsPerStep = one.WordsPerStep
                && KeySharing.has made.Bootstrap one.Bootstrap

        classes |> List.indexed |> List.forall (fun (index, one) -> found index one)
