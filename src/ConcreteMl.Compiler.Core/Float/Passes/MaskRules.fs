namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Where masks come from, and how movements, functions and sums carry them on.
[<RequireQualifiedAccess>]
module internal MaskRules =

    open Masks

    /// x + c, x − c: entries of c that absorb leave.
    let added (site: Site) (writer: GraphWriter) rename result operation x (constant: Tensor) : Masked option =
        let shape = shapeOf site result
        let sign = if operation = Binary.Sub then -1.0 else 1.0
        let values = spread shape constant
        let mask = Array.map absorbs values
        let usual = values |> Array.filter (absorbs >> not)

        let isMask =
            usual.Length > 0
            && usual.Length < values.Length
            && (usual |> Array.map abs |> Array.max) * apart
               <= (values |> Array.filter absorbs |> Array.map abs |> Array.min)

        if not isMask then
            None
        else
            let own, hidden, fill = over site rename shape x
            let rest = values |> Array.map (fun value -> if absorbs value then 0.0 else value)

            let bare =
                if Array.forall ((=) 0.0) rest then
                    broadcast writer shape own
                else
                    writer.Binary(operation, own, writer.Numbers(own, shape, rest))

            Some
                {
                    Base = bare
                    Mask = Array.map2 (||) mask hidden
                    Fill =
                        Array.map3
                            (fun value own known ->
                                if absorbs value then sign * value
                                elif known then own
                                else 0.0)
                            values
                            fill
                            hidden
                }

    /// Where(c, x, y) with a constant condition, one side of which is constant.
    let chosen (site: Site) (writer: GraphWriter) rename (node: Node<Op>) : Masked option =
        let shape = shapeOf site node.Results[0]

        match constantOf site node.Operands[0], constantOf site node.Operands[1], constantOf site node.Operands[2] with
        | Some condition, left, right when left.IsSome <> right.IsSome ->
            let takesLeft = spread shape condition |> Array.map (fun flag -> flag <> 0.0)
            let isConstant = takesLeft |> Array.map (fun own -> own = left.IsSome)
            let x = node.Operands[if left.IsSome then 2 else 1]
            let constant = if left.IsSome then left.Value else right.Value
            let values = spread shape constant
            let own, hidden, fill = over site rename shape x

            let mask =
                Array.map2 (fun constant value -> constant && absorbs value) isConstant values

            if not (Array.exists id mask) || Array.forall id mask then
                None
            else
                let usual =
                    Array.map2 (fun constant value -> constant && not (absorbs value)) isConstant values

                let bare =
                    if Array.exists id usual then
                        let known =
                            writer.Numbers(own, shape, Array.map2 (fun usual value -> if usual then value else 0.0) usual values)

                        writer.Add(Op.Where, [ writer.Constant(booleans shape usual); known; own ])
                    else
                        broadcast writer shape own

                Some
                    {
                        Base = bare
                        Mask = Array.map3 (fun mask constant hidden -> mask || (not constant && hidden)) mask isConstant hidden
                        Fill =
                            Array.init mask.Length (fun element ->
                                if mask[element] then values[element]
                                elif isConstant[element] then 0.0
                                else fill[element])
                    }
        | _ -> None

    let moves (op: Op) = OpFamilies.isMovement op || op.IsPad

    /// A movement of a masked value: of what it holds, and of its mask.
    let moved (site: Site) (writer: GraphWriter) (node: Node<Op>) (masked: Masked) : Masked option =
        let parameters = node.Operands[1..] |> Array.map (constantOf site)

        if Array.exists Option.isNone parameters then
            None
        else
            let shape = shapeOf site node.Operands[0]
            let rest = parameters |> Array.map Option.get |> List.ofArray

            let rest64 =
                match node.Op with
                | Op.Pad(_, true) ->
                    rest
                    |> List.mapi (fun at tensor ->
                        if at = 1 then
                            Tensor.ofFloat64 tensor.Shape [| 0.0 |]
                        else
                            tensor)
                | _ -> rest

            let along (values: float[]) =
                Eval.op node.Op (Tensor.ofFloat64 shape values :: rest64)
                |> List.head
                |> Tensor.toFloat64s

            Some
                {
                    Base = writer.Add(node.Op, masked.Base :: List.map writer.Constant rest)
                    Mask = masked.Mask |> flags |> along |> ofFlags
                    Fill = along masked.Fill
                }

    /// Padding with an absorbing constant.
    let padded (site: Site) (writer: GraphWriter) rename (node: Node<Op>) : Masked option =
        match node.Op, constantOf site node.Operands[1], node.Operands |> Array.tryItem 2 |> Option.bind (constantOf site) with
        | Op.Pad("constant", true), Some pads, Some value when
            Tensor.toFloat64s value |> Array.forall absorbs
            && (maskedOf site node.Operands[0]).IsNone
            ->
            let axes = node.Operands[3..] |> Array.map (constantOf site)

            if Array.exists Option.isNone axes then
                None
            else
                let shape = shapeOf site node.Operands[0]
                let axes = axes |> Array.map Option.get |> List.ofArray
                let zeros = Tensor.ofFloat64 shape (Array.zeroCreate (Shape.count shape))
                let one = Tensor.ofFloat64 [||] [| 1.0 |]

                let mask =
                    Eval.op node.Op (zeros :: pads :: one :: axes)
                    |> List.head
                    |> Tensor.toFloat64s
                    |> ofFlags

                let x = rename node.Operands[0]

                let operands =
                    [ x; writer.Constant pads; writer.Scalar(x, 0.0) ]
                    @ List.map writer.Constant axes

                let fill = (Tensor.toFloat64s value)[0]

                Some
                    {
                        Base = writer.Add(node.Op, operands)
                        Mask = mask
                        Fill = mask |> Array.map (fun hidden -> if hidden then fill else 0.0)
                    }
        | _ -> None

    /// A function of one masked value: f(fill) absorbs again, or is an ordinary number that is known.
    let applied (site: Site) (writer: GraphWriter) rename (node: Node<Op>) position (masked: Masked) : Outcome option =
        let result = node.Results[0]
        let shape = shapeOf site result
        let own = shapeOf site node.Operands[position]
        let element = (site.Graph.TypeOf node.Operands[position]).Element

        let others =
            node.Operands
            |> Array.mapi (fun at operand -> if at = position then None else constantOf site operand)

        let isKnown =
            others
            |> Array.indexed
            |> Array.forall (fun (at, tensor) -> at = position || tensor.IsSome)

        if not isKnown then
            None
        else
            let operand at =
                if at = position then
                    Elements.ofFloat64s element own masked.Fill
                else
                    others[at].Value

            let values =
                Eval.op node.Op (List.init node.Operands.Length operand)
                |> List.head
                |> Tensor.toFloat64s

            let mask = spread shape (Tensor.ofFloat64 own (flags masked.Mask)) |> ofFlags

            let known = Array.zip mask values |> Array.filter fst |> Array.map snd

            let on own =
                node.Operands
                |> Array.mapi (fun at operand -> if at = position then own else rename operand)
                |> List.ofArray
                |> fun operands -> writer.Add(node.Op, operands)

            if Array.exists Double.IsNaN known then
                None
            elif Array.forall absorbs known && Element.isFloat (site.Graph.TypeOf result).Element then
                Some(
                    Goes
                        {
                            Base = on masked.Base
                            Mask = mask
                            Fill = Array.map2 (fun hidden value -> if hidden then value else 0.0) mask values
                        }
                )
            elif Array.exists absorbs known then
                None
            else
                let bare = on (standIn writer masked.Mask masked.Base)

                let fixedValues =
                    writer.Numbers(bare, shape, Array.map2 (fun hidden value -> if hidden then value else 0.0) mask values)

                Some(Ends(writer.Add(Op.Where, [ writer.Constant(booleans shape mask); fixedValues; bare ])))

    let concatenated (site: Site) (writer: GraphWriter) rename (node: Node<Op>) : Masked =
        let parts =
            node.Operands
            |> Array.map (fun operand -> shapeOf site operand, over site rename (shapeOf site operand) operand)

        let joined (values: (int[] * float[])[]) =
            values
            |> Array.map (fun (shape, values) -> Tensor.ofFloat64 shape values)
            |> List.ofArray
            |> Eval.op node.Op
            |> List.head
            |> Tensor.toFloat64s

        {
            Base = writer.Add(node.Op, parts |> Array.map (fun (_, (value, _, _)) -> value) |> List.ofArray)
            Mask =
                parts
                |> Array.map (fun (shape, (_, hidden, _)) -> shape, flags hidden)
                |> joined
                |> ofFlags
            Fill = parts |> Array.map (fun (shape, (_, _, fill)) -> shape, fill) |> joined
        }

    /// a ± b, where one side is masked at most.
    let summed (site: Site) (writer: GraphWriter) rename (node: Node<Op>) operation : Masked option =
        let shape = shapeOf site node.Results[0]
        let a, hiddenA, fillA = over site rename shape node.Operands[0]
        let b, hiddenB, fillB = over site rename shape node.Operands[1]
        let sign = if operation = Binary.Sub then -1.0 else 1.0

        if Array.exists2 (&&) hiddenA hiddenB then
            None
        else
            Some
                {
                    Base = writer.Binary(operation, a, b)
                    Mask = Array.map2 (||) hiddenA hiddenB
                    Fill = Array.map2 (fun a b -> a + sign * b) fillA fillB
                }
