namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Element-wise operators.
[<RequireQualifiedAccess>]
module ImportElementwise =

    let private unary (operation: NodeScope -> Unary) : Importer =
        fun node -> [| node.Add(Op.Unary(operation node), [ node.Input 0 ]) |]

    /// Before opset 7 the second operand was laid against the first one from `axis` on, and only when `broadcast` was set.
    let private aligned (node: NodeScope) (a: ValueId) (b: ValueId) =
        if node.Opset >= 7 || not (node.Flag("broadcast", false)) || not (node.Has "axis") then
            b
        else
            let rank, own = node.Rank a, node.Rank b
            let trailing = rank - node.Axis(rank, node.Int("axis", 0)) - own

            if trailing < 0 then
                node.RefuseAttribute("axis lays the second operand beyond the first one", "an axis that leaves room for the second operand")
            elif trailing = 0 then
                b
            else
                node.Add(Op.Unsqueeze, [ b; node.Integers [ own .. own + trailing - 1 ] ])

    let private binary (operation: Binary) : Importer =
        fun node ->
            let a, b = node.Input 0, node.Input 1
            [| node.Add(Op.Binary operation, [ a; aligned node a b ]) |]

    /// Before opset 7 the slope held one number per channel (axis 1).
    let private prelu (node: NodeScope) =
        let x, slope = node.Input 0, node.Input 1

        let slope =
            match node.Dims slope with
            | [| Dim.Known size |] when node.Opset < 7 && size > 1 && node.Rank x > 2 ->
                node.Add(Op.Unsqueeze, [ slope; node.Integers [ 1 .. node.Rank x - 2 ] ])
            | _ -> slope

        [| node.Add(Op.Binary Binary.PRelu, [ x; slope ]) |]

    let private chain (operation: Binary) (node: NodeScope) =
        node.Inputs
        |> List.reduce (fun left right -> node.Add(Op.Binary operation, [ left; right ]))

    let private variadic operation : Importer = fun node -> [| chain operation node |]

    let private mean (node: NodeScope) =
        let sum = chain Binary.Add node

        [|
            node.Add(Op.Binary Binary.Div, [ sum; node.Scalar(sum, float node.Arity) ])
        |]

    /// Codes that are clipped to constant bounds are codes of a narrower quantizer.
    let private narrow (node: NodeScope) x (low: ValueId option, high: ValueId option) result =
        let bound (value: ValueId option) fallback =
            match value with
            | None -> Some fallback
            | Some value -> node.TryValue value |> Option.map (fun tensor -> (Tensor.toFloat64s tensor)[0])

        match node.TryCodes x with
        | None -> ()
        | Some codes ->
            match bound low codes.Low, bound high codes.High with
            | Some low, Some high ->
                node.Remember(
                    result,
                    { codes with
                        Low = max low codes.Low
                        High = min high codes.High
                    }
                )
            | _ -> ()

    /// Bounds were attributes before opset 11; a bound that excludes nothing is left out.
    let private clip (node: NodeScope) =
        let x = node.Input 0

        let low, high =
            if node.Opset < 11 then
                let bound attribute =
                    Onnx.Attributes.tryFloat attribute node.Node
                    |> Option.filter (fun value -> abs value < System.Single.MaxValue)
                    |> Option.map (fun value -> node.Scalar(x, float value))

                bound "min", bound "max"
            else
                node.TryInput 1, node.TryInput 2

        match Option.toList low @ Option.toList high with
        | [] -> [| x |]
        | bounds ->
            let result = node.Add(Op.Clip(low.IsSome, high.IsSome), x :: bounds)
            narrow node x (low, high) result
            [| result |]

    /// The lowest bits of a whole number, as a number of a narrow type from `low` to `high`.
    let private wrapped (node: NodeScope) (low: float, high: float) holder (x: ValueId) =
        let add operation left (right: float) =
            node.Add(Op.Binary operation, [ left; node.Scalar(left, right) ])

        let whole = node.Add(Op.Unary(Unary.Cast Element.Int32), [ x ])
        let lifted = add Binary.Mod (add Binary.Sub whole low) (high - low + 1.0)
        node.Add(Op.Unary(Unary.Cast holder), [ add Binary.Add lifted low ])

    /// A conversion to a type that is narrower than those that hold values: the value is rounded or wrapped as that type does it.
    let private castNarrow (node: NodeScope) (name: string) (x: ValueId) =
        let power =
            match node.Text("round_mode", "up") with
            | "up" -> PowerRounding.Up
            | "down" -> PowerRounding.Down
            | "nearest" -> PowerRounding.Nearest
            | other -> node.RefuseAttribute($"round_mode = {other}", "up, down or nearest")

        match Onnx.NarrowTypes.tryLimits name, Onnx.NarrowTypes.tryHolder name, SmallFloat.tryOfName name with
        | Some limits, Some holder, _ -> wrapped node limits holder x
        | _, _, Some format ->
            let real = node.Add(Op.Unary(Unary.Cast Element.Float32), [ x ])
            node.Add(Op.Unary(Unary.ToSmallFloat(format, node.Flag("saturate", true), power)), [ real ])
        | _ ->
            node.Refuse(
                "CML1102",
                $"the element type {name}",
                "booleans, integers of 2 to 64 bits, or floats of 4 to 64 bits",
                "Remove the conversion."
            )

    let private castTo (node: NodeScope) (target: Result<Element, string>) =
        match target with
        | Ok element -> node.Add(Op.Unary(Unary.Cast element), [ node.Input 0 ])
        | Error name -> castNarrow node name (node.Input 0)

    /// The bits of a value read as another type: of integers, as a conversion that wraps.
    let private bitCast (node: NodeScope) =
        let x = node.Input 0
        let own = (node.Type x).Element

        let target =
            match node.NarrowType 0, Onnx.ElementType.ofNumber (node.Int("to", 0)) with
            | "", Ok target when Element.bytes target = Element.bytes own -> target
            | "", Ok target -> node.RefuseAttribute($"to = {target} for {own}", "a type of the operand's width")
            | _, Error name
            | name, _ -> node.RefuseAttribute($"the bits of {name}", "booleans, integers or floats of 8 to 64 bits")

        if own = target then
            [| x |]
        elif Element.isInteger own && Element.isInteger target then
            [| node.Add(Op.Unary(Unary.Cast target), [ x ]) |]
        else
            [| node.Add(Op.Unary(Unary.BitCast target), [ x ]) |]

    /// The target was spelled out before opset 6.
    let private cast (node: NodeScope) =
        let target =
            match Onnx.Attributes.tryFind "to" node.Node with
            | Some(Onnx.Attribute.Int number) -> Onnx.ElementType.ofNumber (int number)
            | Some(Onnx.Attribute.Text name) -> Onnx.ElementType.ofName (name.ToLowerInvariant())
            | _ -> node.RefuseAttribute("no target type", "the attribute to")

        [| castTo node target |]

    let private castLike (node: NodeScope) =
        match node.NarrowType 1 with
        | "" -> [| castTo node (Ok (node.Type(node.Input 1)).Element) |]
        | narrow -> [| castTo node (Error narrow) |]

    let private bitShift: Importer =
        fun node ->
            match node.Text("direction", "") with
            | "LEFT" -> binary Binary.ShiftLeft node
            | "RIGHT" -> binary Binary.ShiftRight node
            | other -> node.RefuseAttribute($"direction = {other}", "LEFT or RIGHT")

    /// All bits set, less x.
    let private bitwiseNot (node: NodeScope) =
        let x = node.Input 0
        let ones = node.Constant(Elements.ofInt64s (node.Type x).Element [||] [| -1L |])
        [| node.Add(Op.Binary Binary.Sub, [ ones; x ]) |]

    let private gelu (node: NodeScope) =
        match node.Text("approximate", "none") with
        | "none" -> Unary.Gelu false
        | "tanh" -> Unary.Gelu true
        | other -> node.RefuseAttribute($"approximate = {other}", "none or tanh")

    let private where (node: NodeScope) =
        [| node.Add(Op.Where, [ node.Input 0; node.Input 1; node.Input 2 ]) |]

    /// x − bias above lambd, x + bias below −lambd, 0 between.
    let private shrink (node: NodeScope) =
        let x = node.Input 0
        let bias = node.Scalar(x, float (node.Float("bias", 0.0f)))
        let limit = float (node.Float("lambd", 0.5f))
        let above = node.Add(Op.Binary Binary.Greater, [ x; node.Scalar(x, limit) ])
        let below = node.Add(Op.Binary Binary.Less, [ x; node.Scalar(x, -limit) ])

        let lower =
            node.Add(Op.Where, [ below; node.Add(Op.Binary Binary.Add, [ x; bias ]); node.Scalar(x, 0.0) ])

        [|
            node.Add(Op.Where, [ above; node.Add(Op.Binary Binary.Sub, [ x; bias ]); lower ])
        |]

    let private isNaN (node: NodeScope) =
        let x = node.Input 0

        [|
            node.Add(Op.Unary Unary.Not, [ node.Add(Op.Binary Binary.Equal, [ x; x ]) ])
        |]

    let private isInf (node: NodeScope) =
        let x = node.Input 0

        let infinite value =
            node.Add(Op.Binary Binary.Equal, [ x; node.Scalar(x, value) ])

        match node.Flag("detect_positive", true), node.Flag("detect_negative", true) with
        | true, true -> [| node.Add(Op.Binary Binary.Or, [ infinite infinity; infinite -infinity ]) |]
        | true, false -> [| infinite infinity |]
        | false, true -> [| infinite -infinity |]
        | false, false -> [| node.Add(Op.Binary Binary.And, [ infinite infinity; infinite -infinity ]) |]

    /// A function that one row describes, its parameters as the node states them.
    let private described (row: UnaryFunction) : string * Importer =
        let read (node: NodeScope) =
            row.Parameters
            |> List.map (fun (attribute, usual) -> node.Float(attribute, usual))
            |> row.Make

        row.Name, unary read

    /// Operators of two or more operands that broadcast.
    let private binaryOperators: (string * Importer) list =
        [
            "Add", binary Binary.Add
            "And", binary Binary.And
            "Div", binary Binary.Div
            "Equal", binary Binary.Equal
            "Greater", binary Binary.Greater
            "GreaterOrEqual", binary Binary.GreaterOrEqual
            "Less", binary Binary.Less
            "LessOrEqual", binary Binary.LessOrEqual
            "Max", variadic Binary.Max
            "Min", variadic Binary.Min
            "Mul", binary Binary.Mul
            "Or", binary Binary.Or
            "Pow", binary Binary.Pow
            "Sub", binary Binary.Sub
            "Sum", variadic Binary.Add
            "Xor", binary Binary.Xor
            "BitwiseAnd", binary Binary.BitAnd
            "BitwiseOr", binary Binary.BitOr
            "BitwiseXor", binary Binary.BitXor
        ]

    /// Operators with attributes, or with operands that are no data.
    let private withParameters: (string * Importer) list =
        [
            "BitCast", bitCast
            "Cast", cast
            "BitShift", bitShift
            "BitwiseNot", bitwiseNot
            "CastLike", castLike
            "Clip", clip
            "Gelu", unary gelu
            "IsInf", isInf
            "IsNaN", isNaN
            "Mean", mean
            "PRelu", prelu
            "Mod", (fun node -> binary (if node.Flag("fmod", false) then Binary.Fmod else Binary.Mod) node)
            "Selu",
            unary (fun node ->
                let alpha, gamma =
                    if node.Opset < 6 then
                        1.6732f, 1.0507f
                    else
                        1.6732632f, 1.050701f

                Unary.Selu(node.Float("alpha", alpha), node.Float("gamma", gamma)))
            "Shrink", shrink
            "Where", where
        ]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list =
        List.map described Unary.functions @ binaryOperators @ withParameters
