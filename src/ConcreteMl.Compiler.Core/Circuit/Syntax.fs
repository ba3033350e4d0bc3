/// How the circuit stage is spelled: `!tfhe.eint<bits>` before and `!tfhe.lwe<key, bits>` after parameters are chosen.
[<RequireQualifiedAccess>]
module ConcreteMl.Compiler.Core.Circuit.Syntax

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Text

let private types: TypeSyntax<ValueType> =
    let split (valueType: ValueType) =
        let element =
            match valueType.Key with
            | None -> MlirType.Dialect("tfhe.eint", $"{valueType.Bits}")
            | Some key -> MlirType.Dialect("tfhe.lwe", $"{key}, {valueType.Bits}")

        MlirType.tensor valueType.Shape element, (valueType.Range, valueType.Norm2)

    let tryInt (text: string) =
        match Int32.TryParse text with
        | true, value -> Some value
        | _ -> None

    let keyAndBits (element: MlirType) =
        match element with
        | MlirType.Dialect("tfhe.eint", body) -> tryInt body |> Option.map (fun bits -> None, bits)
        | MlirType.Dialect("tfhe.lwe", body) ->
            match body.Split ',' |> Array.map tryInt with
            | [| Some key; Some bits |] -> Some(Some key, bits)
            | _ -> None
        | _ -> None

    let expected =
        "a tensor type of static shape, such as tensor<1x8x!tfhe.eint<6>> or tensor<1x8x!tfhe.lwe<0, 6>>"

    let join mlirType (range, norm2) =
        match mlirType with
        | MlirType.Tensor(dims, element) ->
            match LinearSyntax.tryShape dims, keyAndBits element with
            | Some shape, Some(key, bits) ->
                Ok
                    {
                        Shape = shape
                        Bits = bits
                        Range = range
                        Norm2 = norm2
                        Key = key
                    }
            | _ -> Error expected
        | _ -> Error expected

    TypeSyntax.create split (Fields.both LinearSyntax.range (Fields.optional "norm2" Codec.float64)) join

/// Attributes of a plan, named by the first of them; a node has all or none.
let private planned (first: string) (all: Fields<'plan>) : Fields<'plan option> =
    {
        Write = Option.map all.Write >> Option.defaultValue []
        Read =
            fun reader ->
                if reader.Has first || reader.Has "p_error" then
                    all.Read reader |> Option.map Some
                else
                    Some None
    }

let private lookupPlan: Fields<LookupPlan option> =
    Fields.both (Fields.required "class" Codec.int) (Fields.required "p_error" Codec.float64)
    |> Fields.map (fun (lookupClass, pError) -> { Class = lookupClass; PError = pError }) (fun plan -> plan.Class, plan.PError)
    |> planned "class"

/// `[bits, class]`.
let private digit: Codec<Digit> =
    let numbers = Codec.array Codec.int

    {
        Kind = "[bits, class]"
        Write = fun digit -> numbers.Write [| digit.Bits; digit.Class |]
        Read =
            numbers.Read
            >> Option.bind (fun found ->
                match found with
                | [| bits; lookupClass |] -> Some { Bits = bits; Class = lookupClass }
                | _ -> None)
    }

let private roundingPlan: Fields<RoundingPlan option> =
    Fields.both (Fields.required "digits" (Codec.array digit)) (Fields.required "p_error" Codec.float64)
    |> Fields.map (fun (digits, pError) -> { Digits = digits; PError = pError }) (fun plan -> plan.Digits, plan.PError)
    |> planned "digits"

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
