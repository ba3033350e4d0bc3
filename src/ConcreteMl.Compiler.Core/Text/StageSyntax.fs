namespace ConcreteMl.Compiler.Core.Text

/// How one operation is spelled: both directions in one value, so that they cannot drift.
type OpCase<'Op> =
    {
        /// With the stage's prefix: "float.gemm".
        Mnemonic: string
        /// The attributes of an operation that this case spells; None for all others.
        Write: 'Op -> (string * Attr) list option
        /// What an operation holds as a region; None for most.
        Region: 'Op -> Block option
        Read: AttrReader -> 'Op option
    }

/// How what an operation holds is spelled as a region.
type RegionSyntax<'Region> =
    {
        Print: 'Region -> Block
        /// None when something was wrong, which is reported to the reader.
        Parse: AttrReader -> Block -> 'Region option
    }

/// How the types of a stage are spelled: an MLIR type, and attributes for what it has no room for.
type TypeSyntax<'Type> =
    {
        Write: 'Type -> MlirType * (string * Attr) list
        /// The type; an error is reported to the reader.
        Read: MlirType -> AttrReader -> 'Type option
    }

/// The whole spelling of a stage.
type StageSyntax<'Op, 'Type> =
    {
        /// The first word of every operation: "float", "quantized", "circuit".
        Prefix: string
        Cases: OpCase<'Op> list
        Types: TypeSyntax<'Type>
    }

[<RequireQualifiedAccess>]
module OpCase =

    /// A case from its attributes, the way to see them in an operation, and the way to make an operation of them.
    let create mnemonic (fields: Fields<'T>) (seen: 'Op -> 'T option) (make: 'T -> 'Op) : OpCase<'Op> =
        {
            Mnemonic = mnemonic
            Write = seen >> Option.map fields.Write
            Region = fun _ -> None
            Read = fields.Read >> Option.map make
        }

    /// A case that holds a region beside its attributes.
    let withRegion mnemonic (region: RegionSyntax<'R>) (fields: Fields<'T>) (seen: 'Op -> ('R * 'T) option) (make: 'R * 'T -> 'Op) =
        let read (reader: AttrReader) =
            let held =
                match reader.Region with
                | Some block -> region.Parse reader block
                | None ->
                    reader.Error("CML9010", reader.At, "the operation has no region", "one region with one block")
                    None

            match held, fields.Read reader with
            | Some held, Some rest -> Some(make (held, rest))
            | _ -> None

        {
            Mnemonic = mnemonic
            Write = seen >> Option.map (snd >> fields.Write)
            Region = seen >> Option.map (fst >> region.Print)
            Read = read
        }

    /// A case without attributes.
    let plain mnemonic (op: 'Op) : OpCase<'Op> =
        create mnemonic Fields.none (fun other -> if other.Equals op then Some() else None) (fun () -> op)

    /// The same cases within a larger set of operations.
    let within prefix (seen: 'Outer -> 'Inner option) (make: 'Inner -> 'Outer) (case: OpCase<'Inner>) : OpCase<'Outer> =
        {
            Mnemonic = prefix + case.Mnemonic
            Write = seen >> Option.bind case.Write
            Region = seen >> Option.bind case.Region
            Read = case.Read >> Option.map make
        }

[<RequireQualifiedAccess>]
module TypeSyntax =

    /// Types that are an MLIR type and some attributes; `join` says what is wrong with a type in words.
    let create
        (split: 'Type -> MlirType * 'Extra)
        (fields: Fields<'Extra>)
        (join: MlirType -> 'Extra -> Result<'Type, string>)
        : TypeSyntax<'Type> =
        {
            Write =
                fun value ->
                    let mlirType, extra = split value
                    mlirType, fields.Write extra
            Read =
                fun mlirType reader ->
                    match fields.Read reader with
                    | None -> None
                    | Some extra ->
                        match join mlirType extra with
                        | Ok value -> Some value
                        | Error expected ->
                            reader.Error("CML9006", reader.At, $"{MlirType.print mlirType} is no type of this stage", expected)
                            None
        }
