/// How what is decided about elements is spelled.
namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Quant

/// The classes of the elements of a value: `"each"` alone, `"one"` for all, `"axis 1"` by their index along it, or a label for every element.
[<RequireQualifiedAccess>]
type internal Labels =
    | Each
    | One
    | Axis of int
    | Of of int[]

[<RequireQualifiedAccess>]
module internal Labels =

    let private alongAxis (shape: int[]) axis : int[] =
        let stride = (Shape.strides shape)[axis]
        Array.init (Shape.count shape) (fun element -> element / stride % shape[axis] * stride)

    /// Numbers of elements, which need not be classes.
    let ofElements (elements: int[]) =
        if elements = [| 0 .. elements.Length - 1 |] then
            Labels.Each
        elif Array.forall ((=) 0) elements then
            Labels.One
        else
            Labels.Of elements

    /// The shortest labels of these classes of a shape's elements.
    let ofClasses (shape: int[]) (classes: Classes) =
        match ofElements classes with
        | Labels.Of _ when classes.Length = Shape.count shape ->
            Seq.init shape.Length id
            |> Seq.tryFind (fun axis -> alongAxis shape axis = classes)
            |> Option.map Labels.Axis
            |> Option.defaultValue (Labels.Of classes)
        | short -> short

    /// None for an axis that the shape does not have.
    let tryClasses (shape: int[]) labels : Classes option =
        match labels with
        | Labels.Each -> Some [| 0 .. Shape.count shape - 1 |]
        | Labels.One -> Some(Array.zeroCreate (Shape.count shape))
        | Labels.Axis axis when axis < shape.Length -> Some(alongAxis shape axis)
        | Labels.Axis _ -> None
        | Labels.Of classes -> Some classes

    let private axisMark = "axis "

    let private write labels =
        match labels with
        | Labels.Each -> Attr.Text "each"
        | Labels.One -> Attr.Text "one"
        | Labels.Axis axis -> Attr.Text $"{axisMark}{axis}"
        | Labels.Of classes -> Attr.Tensor(Tensor.ofIntegers [| classes.Length |] (Array.map int64 classes))

    let private read attribute =
        match attribute with
        | Attr.Text "each" -> Some Labels.Each
        | Attr.Text "one" -> Some Labels.One
        | Attr.Text text when text.StartsWith(axisMark, System.StringComparison.Ordinal) ->
            match System.UInt16.TryParse text[axisMark.Length ..] with
            | true, axis -> Some(Labels.Axis(int axis))
            | false, _ -> None
        | Attr.Tensor tensor when Element.isInteger tensor.Element && tensor.Element <> Element.UInt64 ->
            let labels = Tensor.toInt64s tensor

            if
                labels
                |> Array.forall (fun label -> label >= -1L && label < int64 System.Int32.MaxValue)
            then
                Some(Labels.Of(Array.map int labels))
            else
                None
        | _ -> None

    /// Labels as an attribute.
    let codec: Codec<Labels> =
        {
            Kind = "\"each\", \"one\", \"axis 1\", or the label of every element"
            Write = write
            Read = read
        }

/// How a value is read: `"unrounded"`, `"6:exact"`, `"6:approximate"`, with another loss of bins than the standard one `"6:exact:1.15"`.
[<RequireQualifiedAccess>]
module internal ReadingText =

    let private unrounded = "unrounded"

    let private methods =
        [ "exact", RoundingMethod.Exact; "approximate", RoundingMethod.Approximate ]

    let private write reading =
        match reading with
        | Reading.Unrounded -> Attr.Text unrounded
        | Reading.Rounded(bits, method, loss) ->
            let plain = $"{bits}:{methods |> List.find (snd >> (=) method) |> fst}"

            if loss = QuantOptions.standardBinLoss then
                Attr.Text plain
            else
                Attr.Text $"{plain}:{Literal.printFloat64 loss}"

    let private rounded (bits: string) name (loss: float) =
        match System.Byte.TryParse bits, methods |> List.tryFind (fst >> (=) name) with
        | (true, bits), Some(_, method) when bits >= 1uy && bits <= 16uy && loss >= 1.0 -> Some(Reading.Rounded(int bits, method, loss))
        | _ -> None

    let private read attribute =
        match attribute with
        | Attr.Text text when text = unrounded -> Some Reading.Unrounded
        | Attr.Text text ->
            match text.Split ':' with
            | [| bits; name |] -> rounded bits name QuantOptions.standardBinLoss
            | [| bits; name; loss |] -> Literal.tryFloat64 loss |> Option.bind (rounded bits name)
            | _ -> None
        | _ -> None

    /// A reading as an attribute.
    let codec: Codec<Reading> =
        {
            Kind = "\"unrounded\", \"6:exact\", \"6:approximate\" or \"6:exact:1.15\""
            Write = write
            Read = read
        }

/// A meeting: `{sum = 0, position = 1}`; elements and factors stand there where they are not their own and 1.
type internal MeetingText =
    {
        Sum: int
        Position: int
        Elements: Labels
        Factor: float[] option
    }

[<RequireQualifiedAccess>]
module internal MeetingText =

    /// A meeting as it is written.
    let ofMeeting (meeting: Meeting) : MeetingText =
        {
            Sum = meeting.Sum
            Position = meeting.Position
            Elements = Labels.ofElements meeting.Elements
            Factor =
                if Array.forall ((=) 1.0) meeting.Factor then
                    None
                else
                    Some meeting.Factor
        }

    /// None for elements along an axis that the shape does not have.
    let tryMeeting (shape: int[]) (text: MeetingText) : Meeting option =
        Labels.tryClasses shape text.Elements
        |> Option.map (fun elements ->
            {
                Sum = text.Sum
                Position = text.Position
                Elements = elements
                Factor =
                    text.Factor
                    |> Option.defaultWith (fun () -> Array.create (Shape.count shape) 1.0)
            })

    let private write (text: MeetingText) =
        Attr.Dictionary
            [
                "sum", Attr.Int(int64 text.Sum)
                "position", Attr.Int(int64 text.Position)
                if text.Elements <> Labels.Each then
                    "elements", Labels.codec.Write text.Elements
                match text.Factor with
                | Some factor -> "factor", Attr.Tensor(Tensor.ofFloat64 [| factor.Length |] factor)
                | None -> ()
            ]

    let private isSmall number =
        number >= 0L && number < int64 System.Int32.MaxValue

    let private read attribute =
        match attribute with
        | Attr.Dictionary entries ->
            let find name =
                entries |> List.tryFind (fun (key, _) -> key = name) |> Option.map snd

            let factor =
                match find "factor" with
                | None -> Some None
                | Some(Attr.Tensor tensor) when tensor.Element = Element.Float64 -> Some(Some(Tensor.toFloat64s tensor))
                | Some _ -> None

            let elements =
                find "elements"
                |> Option.map Labels.codec.Read
                |> Option.defaultValue (Some Labels.Each)

            match find "sum", find "position", elements, factor with
            | Some(Attr.Int sum), Some(Attr.Int position), Some elements, Some factor when isSmall sum && isSmall position ->
                Some
                    {
                        Sum = int sum
                        Position = int position
                        Elements = elements
                        Factor = factor
                    }
            | _ -> None
        | _ -> None

    /// A meeting as an attribute.
    let codec: Codec<MeetingText> =
        {
            Kind = "{sum = 0, position = 0}"
            Write = write
            Read = read
        }
