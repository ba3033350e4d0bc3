/// How the types of the planned stage are spelled: tensor types of ONNX elements, and what the passes have decided of them as attributes.
module internal ConcreteMl.Compiler.Core.Planned.TypeText

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

let private range: Codec<float * float> =
    let finite value = Attr.Float(value, Element.Float64)

    {
        Kind = "[lowest, highest]"
        Write = fun (low, high) -> Attr.Array [ finite low; finite high ]
        Read =
            fun attribute ->
                match attribute with
                | Attr.Array [ Attr.Float(low, _); Attr.Float(high, _) ] -> Some(low, high)
                | _ -> None
    }

/// What codes mean, by the names of the scales' and the offsets' attributes.
let meaning scales offsets : Fields<Meaning> =
    Fields.both (Fields.required scales Codec.tensor) (Fields.required offsets Codec.tensor)
    |> Fields.map (fun (scale, offset) -> { Scale = scale; Offset = offset }) (fun meaning -> meaning.Scale, meaning.Offset)

let private codes: Fields<Codes> =
    let codeMeaning =
        Fields.together "code_scales" (meaning "code_scales" "code_offsets")

    Fields.three (Fields.required "bits" Codec.int) LinearSyntax.range codeMeaning
    |> Fields.map
        (fun (bits, range, meaning) ->
            {
                Bits = bits
                Range = range
                Meaning = meaning
            })
        (fun codes -> codes.Bits, codes.Range, codes.Meaning)

let private split (planned: Type) =
    let classes = Labels.ofClasses planned.Shape

    let decided =
        planned.Grouping
        |> Option.map (fun grouping -> classes grouping.Scales, classes grouping.Groups)

    MlirType.tensor planned.Shape (MlirType.ofElement planned.Real),
    ((planned.Seen, decided), (planned.Zero, (Option.map MeetingText.ofMeeting planned.Meeting, planned.Reading), planned.Codes))

let private tryGrouping shape (scales, groups) : Grouping option =
    match Labels.tryClasses shape scales, Labels.tryClasses shape groups with
    | Some scales, Some groups -> Some { Scales = scales; Groups = groups }
    | _ -> None

/// Labels have room for so many elements: more are no value of a model.
let private isReasonable (shape: int[]) =
    Array.forall (fun size -> size > 0) shape
    && shape |> Array.fold (fun count size -> count * float size) 1.0
       <= float (1 <<< 24)

let private made shape real (seen, labels) (zero, (meeting, reading), codes) : Result<Type, string> =
    let grouping = labels |> Option.map (tryGrouping shape)
    let meeting = meeting |> Option.map (MeetingText.tryMeeting shape)

    match grouping, meeting with
    | Some None, _
    | _, Some None -> Error "labels along an axis of the type"
    | _ ->
        Ok
            {
                Shape = shape
                Real = real
                Seen = seen
                Grouping = Option.flatten grouping
                Zero = zero
                Meeting = Option.flatten meeting
                Reading = reading
                Codes = codes
            }

let private join mlirType ((_, labels) as measured, ((_, (meeting, _), _) as decided)) =
    match mlirType with
    | MlirType.Tensor(dims, element) ->
        match LinearSyntax.tryShape dims, MlirType.tryElement element with
        | Some shape, Some real when isReasonable shape || (Option.isNone labels && Option.isNone meeting) ->
            made shape real measured decided
        | Some _, Some _ -> Error "a tensor type of at most 2^24 elements"
        | _ -> Error "a tensor type of static shape and an element type of ONNX, such as tensor<1x8xf32>"
    | _ -> Error "a tensor type, such as tensor<1x8xf32>"

let private measured =
    Fields.both (Fields.required "classes" Labels.codec) (Fields.required "groups" Labels.codec)
    |> Fields.together "classes"
    |> Fields.both (Fields.optional "seen" range)

let private decided =
    Fields.three
        (Fields.flag "exact_zero")
        (Fields.both (Fields.optional "meets" MeetingText.codec) (Fields.optional "read" ReadingText.codec))
        (Fields.together "bits" codes)

/// The spelling of types.
let types: TypeSyntax<Type> =
    TypeSyntax.create split (Fields.both measured decided) join
