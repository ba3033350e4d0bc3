namespace ConcreteMl.Compiler.Core.Text

/// Where an operation comes from; our dumps use unknown, one name, or several fused.
[<RequireQualifiedAccess>]
type Location =
    | Unknown
    | Name of string
    | Fused of Location list
    /// `#loc3`: defined elsewhere in the text.
    | Alias of string

/// One use of a value in an operation: its name without the percent sign.
type Use = { Value: string; At: Position }

/// One operation in MLIR's generic form.
type Operation =
    {
        At: Position
        /// The names of the results, without the percent sign.
        Results: string list
        Name: string
        Operands: Use list
        Blocks: Block list
        Attributes: NamedAttr list
        OperandTypes: MlirType list
        ResultTypes: MlirType list
        Location: Location
    }

and Block =
    {
        Arguments: BlockArgument list
        Operations: Operation list
    }

and BlockArgument =
    {
        At: Position
        Name: string
        Type: MlirType
        Location: Location
    }

/// A finding about a text, before it becomes a diagnostic.
type TextError =
    {
        Code: string
        At: Position
        Message: string
        Expected: string
    }

/// What the reader makes of a text; the operations that could not be read are missing.
type Document =
    {
        Operations: Operation list
        /// The bytes behind each `dense_resource` key.
        Resources: Map<string, byte[]>
        Aliases: Map<string, Location>
        /// Names of results whose operation could not be read.
        Damaged: Set<string>
        Errors: TextError list
    }

[<RequireQualifiedAccess>]
module Location =

    let ofOrigin (origin: string list) =
        match origin with
        | [] -> Location.Unknown
        | [ name ] -> Location.Name name
        | names -> Location.Fused(names |> List.map Location.Name)

    /// The names in a location, in order; aliases are followed, but not in circles.
    let origin (aliases: Map<string, Location>) location : string list =
        let rec names depth location =
            match location with
            | Location.Unknown -> []
            | Location.Name name -> [ name ]
            | Location.Fused parts -> parts |> List.collect (names depth)
            | Location.Alias _ when depth > 16 -> []
            | Location.Alias key ->
                match Map.tryFind key aliases with
                | Some target -> names (depth + 1) target
                | None -> []

        names 0 location

    let rec print location =
        match location with
        | Location.Unknown -> "unknown"
        | Location.Name name -> Literal.quote name
        | Location.Fused parts -> "fused[" + (parts |> List.map print |> String.concat ", ") + "]"
        | Location.Alias key -> "#" + key
