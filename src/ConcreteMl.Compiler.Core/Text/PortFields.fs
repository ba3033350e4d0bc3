/// How the inputs and outputs of a graph are spelled: name, and coding where the port carries integer codes.
module internal ConcreteMl.Compiler.Core.Text.PortFields

open ConcreteMl.Compiler.Core.Base

let private rounding =
    Fields.usually
        Rounding.HalfEven
        "rounding"
        (Codec.choice
            [
                "half_even", Rounding.HalfEven
                "floor", Rounding.Floor
                "ceiling", Rounding.Ceiling
                "toward_zero", Rounding.TowardZero
                "away_from_zero", Rounding.AwayFromZero
                "half_away_from_zero", Rounding.HalfAwayFromZero
                "half_toward_zero", Rounding.HalfTowardZero
            ])

let private coding: Fields<Coding> =
    let numbers =
        Fields.both (Fields.required "scale" Codec.tensor) (Fields.required "zero" Codec.tensor)

    let range =
        Fields.four (Fields.required "low" Codec.int64) (Fields.required "high" Codec.int64) (Fields.required "real" Codec.element) rounding

    let beyond = Fields.optional "beyond" Codec.tensor

    let join ((scale, zero), ((low, high, real, rounding), beyond)) =
        {
            Scale = scale
            Zero = zero
            Low = low
            High = high
            Real = real
            Rounding = rounding
            Beyond = beyond
        }

    let split (coding: Coding) =
        (coding.Scale, coding.Zero), ((coding.Low, coding.High, coding.Real, coding.Rounding), coding.Beyond)

    Fields.both numbers (Fields.both range beyond) |> Fields.map join split

/// Name and coding of a port; a port has a coding when it has a scale.
let port: Fields<string * Coding option> =
    let name = Fields.required "name" Codec.text

    let optionalCoding: Fields<Coding option> =
        {
            Write = Option.map coding.Write >> Option.defaultValue []
            Read =
                fun reader ->
                    if reader.Has "scale" then
                        coding.Read reader |> Option.map Some
                    else
                        Some None
        }

    Fields.both name optionalCoding

let rec private written attribute =
    match attribute with
    | Attribute.Flag value -> Attr.Bool value
    | Attribute.Integer value -> Attr.Int value
    | Attribute.Real value -> Attr.Float(value, Element.Float64)
    | Attribute.Text value -> Attr.Text value
    | Attribute.Tensor value -> Attr.Tensor value
    | Attribute.List items -> items |> List.map written |> Attr.Array
    | Attribute.Record entries ->
        entries
        |> List.map (fun (name, value) -> name, written value)
        |> Attr.Dictionary

let private all (items: 'T option list) =
    if List.forall Option.isSome items then
        Some(List.map Option.get items)
    else
        None

let rec private readBack attribute =
    match attribute with
    | Attr.Unit -> Some(Attribute.Flag true)
    | Attr.Bool value -> Some(Attribute.Flag value)
    | Attr.Int value -> Some(Attribute.Integer value)
    | Attr.Float(value, _) -> Some(Attribute.Real value)
    | Attr.Text value -> Some(Attribute.Text value)
    | Attr.Tensor value -> Some(Attribute.Tensor value)
    | Attr.Array items -> items |> List.map readBack |> all |> Option.map Attribute.List
    | Attr.Dictionary entries ->
        entries
        |> List.map (fun (name, value) -> readBack value |> Option.map (fun value -> name, value))
        |> all
        |> Option.map Attribute.Record
    | Attr.Type _
    | Attr.Resource _ -> None

/// A graph's own attribute: any value but a type.
let attribute: Codec<Attribute> =
    {
        Kind = "true, a number, a string, dense<…>, or a list or dictionary of these"
        Write = written
        Read = readBack
    }

/// What a graph says about itself beside its operations: name, inputs (with the attributes of their types) and outputs.
type Header =
    {
        Name: string
        Inputs: Attr list
        Outputs: Attr list
        Elided: bool
        Attributes: Map<string, Attribute>
    }

let header: Fields<Header> =
    let ports name =
        let list: Codec<Attr list> =
            {
                Kind = "a list of dictionaries [{name = \"…\"}, …]"
                Write = Attr.Array
                Read =
                    fun attribute ->
                        match attribute with
                        | Attr.Array items -> Some items
                        | _ -> None
            }

        Fields.required name list

    let own =
        Fields.four (Fields.required "name" Codec.text) (ports "inputs") (ports "outputs") (Fields.flag "elided")

    Fields.both own (Fields.others attribute)
    |> Fields.map
        (fun ((name, inputs, outputs, elided), attributes) ->
            {
                Name = name
                Inputs = inputs
                Outputs = outputs
                Elided = elided
                Attributes = Map.ofList attributes
            })
        (fun header -> (header.Name, header.Inputs, header.Outputs, header.Elided), Map.toList header.Attributes)
