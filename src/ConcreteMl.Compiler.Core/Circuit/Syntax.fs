/// How the circuit stage is spelled: `!tfhe.eint<bits>` before and `!tfhe.lwe<key, bits>` after parameters are chosen; a last number
/// counts the codes of half a turn, where these are fewer than the bits have.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Circuit.Syntax

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Text

let private tryNorms (numbers: float[]) : SourceNorms option =
    match numbers with
    | [| input; table; rounding |] ->
        Some
            {
                Input = input
                Table = table
                Rounding = rounding
            }
    | _ -> None

/// `[input, table, rounding]`.
let private norms: Codec<SourceNorms> =
    let numbers = Codec.array Codec.float64

    {
        Kind = "[input, table, rounding]"
        Write = fun norms -> numbers.Write [| norms.Input; norms.Table; norms.Rounding |]
        Read = numbers.Read >> Option.bind tryNorms
    }

let private tryInt (text: string) =
    match Int32.TryParse(text, Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
    | true, value -> Some value
    | _ -> None

/// The key of an element type, where it has one, its bits and its codes.
let private tryElement (element: MlirType) =
    let numbers (body: string) = body.Split ',' |> Array.map tryInt

    match element with
    | MlirType.Dialect("tfhe.eint", body) ->
        match numbers body with
        | [| Some bits |] -> Some(None, bits, 0)
        | [| Some bits; Some codes |] -> Some(None, bits, codes)
        | _ -> None
    | MlirType.Dialect("tfhe.lwe", body) ->
        match numbers body with
        | [| Some key; Some bits |] -> Some(Some key, bits, 0)
        | [| Some key; Some bits; Some codes |] -> Some(Some key, bits, codes)
        | _ -> None
    | _ -> None

let private split (valueType: ValueType) =
    let step =
        if valueType.Codes = 0 then
            $"{valueType.Bits}"
        else
            $"{valueType.Bits}, {valueType.Codes}"

    let element =
        match valueType.Key with
        | None -> MlirType.Dialect("tfhe.eint", step)
        | Some key -> MlirType.Dialect("tfhe.lwe", $"{key}, {step}")

    MlirType.tensor valueType.Shape element, (valueType.Range, valueType.Noise)

let private tryJoin mlirType (range, noise) : ValueType option =
    match mlirType with
    | MlirType.Tensor(dims, element) ->
        match LinearSyntax.tryShape dims, tryElement element with
        | Some shape, Some(key, bits, codes) ->
            Some
                {
                    Shape = shape
                    Bits = bits
                    Codes = codes
                    Range = range
                    Noise = noise
                    Key = key
                }
        | _ -> None
    | _ -> None

let private types: TypeSyntax<ValueType> =
    let expected =
        "a tensor type of static shape, such as tensor<1x8x!tfhe.eint<6>> or tensor<1x8x!tfhe.lwe<0, 6>>"

    let join mlirType fields =
        match tryJoin mlirType fields with
        | Some valueType -> Ok valueType
        | None -> Error expected

    TypeSyntax.create split (Fields.both LinearSyntax.range (Fields.optional "noise" norms)) join

let private lookupPlan: Fields<LookupPlan option> =
    Fields.three (Fields.required "group" Codec.int) (Fields.optional "class" Codec.int) (Fields.optional "p_error" Codec.float64)
    |> Fields.map
        (fun (group, lookupClass, pError) ->
            {
                Group = group
                Class = lookupClass
                PError = pError
            })
        (fun plan -> plan.Group, plan.Class, plan.PError)
    |> Fields.together "group"

/// The integer of an entry that may be absent; None where it is something else.
let private tryNumber name entries =
    match entries |> List.tryFind (fun (other, _) -> other = name) with
    | None -> Some None
    | Some(_, attribute) -> Codec.int.Read attribute |> Option.map Some

let private tryDigit attribute : Digit option =
    match attribute with
    | Attr.Dictionary entries ->
        match tryNumber "bits" entries, tryNumber "group" entries, tryNumber "class" entries with
        | Some(Some bits), Some group, Some lookupClass ->
            Some
                {
                    Bits = bits
                    Group = group
                    Class = lookupClass
                }
        | _ -> None
    | _ -> None

/// `{bits = 4}`, with `group` and `class` where they are known.
let private digit: Codec<Digit> =
    {
        Kind = "{bits = 4, group = 0, class = 0}"
        Write =
            fun digit ->
                [ "bits", Some digit.Bits; "group", digit.Group; "class", digit.Class ]
                |> List.choose (fun (name, value) -> value |> Option.map (fun value -> name, Codec.int.Write value))
                |> Attr.Dictionary
        Read = tryDigit
    }

let private roundingPlan: Fields<RoundingPlan option> =
    Fields.both (Fields.required "digits" (Codec.array digit)) (Fields.optional "p_error" Codec.float64)
    |> Fields.map (fun (digits, pError) -> { Digits = digits; PError = pError }) (fun plan -> plan.Digits, plan.PError)
    |> Fields.together "digits"

/// Several tables; attributes of the second end in `_1`, and so on, as those of its result do.
let private tables: Fields<Table[]> =
    {
        Write =
            Array.mapi (fun index table ->
                LinearSyntax.table.Write table
                |> List.map (fun (name, value) -> name + AttrReader.Suffix index, value))
            >> List.concat
        Read =
            fun reader ->
                let read =
                    Seq.initInfinite reader.OfResult
                    |> Seq.takeWhile _.Has("entries")
                    |> Seq.map LinearSyntax.table.Read
                    |> Array.ofSeq

                if Array.forall Option.isSome read then
                    Some(Array.choose id read)
                else
                    None
    }

let private own: OpCase<Op> list =
    [
        OpCase.create
            "circuit.lookup"
            (Fields.both LinearSyntax.table lookupPlan)
            (function
            | Op.Lookup(table, plan) -> Some(table, plan)
            | _ -> None)
            Op.Lookup
        OpCase.create
            "circuit.lookup_many"
            (Fields.both tables lookupPlan)
            (function
            | Op.LookupMany(tables, plan) -> Some(tables, plan)
            | _ -> None)
            Op.LookupMany
        OpCase.create
            "circuit.round"
            (Fields.both LinearSyntax.rounding roundingPlan)
            (function
            | Op.Round(drop, method, plan) -> Some((drop, method), plan)
            | _ -> None)
            (fun ((drop, method), plan) -> Op.Round(drop, method, plan))
        OpCase.plain "circuit.reencode" Op.Reencode
        LinearSyntax.constant
            "circuit"
            (function
            | Op.Constant value -> Some value
            | _ -> None)
            Op.Constant
    ]

/// The spelling of the circuit stage.
let syntax: StageSyntax<Op, ValueType> =
    LinearSyntax.stage
        "circuit"
        own
        (function
        | Op.Linear linear -> Some linear
        | _ -> None)
        Op.Linear
        types
