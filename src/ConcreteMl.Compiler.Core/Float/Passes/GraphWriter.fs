namespace ConcreteMl.Compiler.Core.Float.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Writes operations of one origin into a graph under construction, with types inferred.
[<Sealed>]
type GraphWriter(builder: GraphBuilder<Op, ValueType>, origin: Origin) =
    let constants = Dictionary<ValueId, Tensor>()

    member _.TypeOf(value: ValueId) = builder.TypeOf value

    member _.Shape(value: ValueId) : int[] =
        match ValueType.tryShape (builder.TypeOf value) with
        | Some shape -> shape
        | None -> invalidOp $"{value} has no static shape"

    member _.Constant(tensor: Tensor) : ValueId =
        let value = builder.Value(Op.Constant tensor, [], ValueType.ofTensor tensor, origin)

        constants[value] <- tensor
        value

    member this.Integers(values: int seq) =
        let values = values |> Seq.map int64 |> Array.ofSeq
        this.Constant(Tensor.ofInt64 [| values.Length |] values)

    /// A constant of the element type of another value.
    member this.Numbers(like: ValueId, shape: int[], values: float[]) =
        this.Constant(Elements.ofFloat64s (builder.TypeOf like).Element shape values)

    member this.Scalar(like: ValueId, value: float) = this.Numbers(like, [||], [| value |])

    /// One operation with one result; its parameters are constants that this writer wrote.
    member _.Add(op: Op, operands: ValueId list) : ValueId =
        let known value =
            {
                Type = builder.TypeOf value
                Value =
                    match constants.TryGetValue value with
                    | true, tensor -> Some(lazy tensor)
                    | _ -> None
            }

        match TypeInference.infer op (List.map known operands) with
        | Ok(valueType :: _) -> builder.Value(op, operands, valueType, origin)
        | Ok [] -> invalidOp $"{op} has no result"
        | Error problem -> invalidOp problem

    member this.Unary(operation: Unary, x) = this.Add(Op.Unary operation, [ x ])
    member this.Binary(operation: Binary, a, b) = this.Add(Op.Binary operation, [ a; b ])

    /// The elements at constant positions along an axis.
    member this.Gather(axis: int, positions: int seq, x) =
        this.Add(Op.Gather axis, [ x; this.Integers positions ])

    member this.Squeeze(axis: int, x) =
        this.Add(Op.Squeeze, [ x; this.Integers [ axis ] ])

    member this.Unsqueeze(axis: int, x) =
        this.Add(Op.Unsqueeze, [ x; this.Integers [ axis ] ])

    member this.Times(x, factor: float) =
        if factor = 1.0 then
            x
        else
            this.Binary(Binary.Mul, x, this.Scalar(x, factor))

    /// Several values joined two by two, as a balanced tree.
    member this.Tree(join: ValueId * ValueId -> ValueId, values: ValueId list) : ValueId =
        match values with
        | [ single ] -> single
        | _ ->
            let halved =
                values
                |> List.chunkBySize 2
                |> List.map (fun pair ->
                    match pair with
                    | [ a; b ] -> join (a, b)
                    | _ -> List.head pair)

            this.Tree(join, halved)

    /// Positions among `size`, of which negative ones count from the end.
    member this.Wrapped(positions, size: int) =
        let isNegative = this.Binary(Binary.Less, positions, this.Scalar(positions, 0.0))

        let fromEnd = this.Binary(Binary.Add, positions, this.Scalar(positions, float size))

        this.Add(Op.Where, [ isNegative; fromEnd; positions ])

    /// The larger of two values: b + relu(a − b).
    member this.Larger(a, b) =
        this.Binary(Binary.Add, b, this.Unary(Unary.Relu, this.Binary(Binary.Sub, a, b)))

    /// The smaller of two values: a − relu(a − b), with the sign inside the function.
    member this.Smaller(a, b) =
        let excess = this.Unary(Unary.Relu, this.Binary(Binary.Sub, a, b))
        this.Binary(Binary.Add, a, this.Unary(Unary.Neg, excess))

    /// The differences of squares whose quarter is the product of a and b, which are first divided by their magnitudes
    /// so that neither drowns in the other: xy = αβ · ((x/α + y/β)² − (x/α − y/β)²) / 4.
    member this.SquareDifference(a, b, (magnitudeA: float, magnitudeB: float)) =
        let x = this.Times(a, 1.0 / magnitudeA)
        let y = this.Times(b, 1.0 / magnitudeB)
        let sum = this.Binary(Binary.Add, x, y)
        let difference = this.Binary(Binary.Sub, x, y)
        let square x = this.Binary(Binary.Mul, x, x)
        this.Binary(Binary.Add, square sum, this.Unary(Unary.Neg, square difference))

    /// The product of two values by squares.
    member this.Product(a, b, (magnitudeA: float, magnitudeB: float)) =
        this.Times(this.SquareDifference(a, b, (magnitudeA, magnitudeB)), magnitudeA * magnitudeB / 4.0)

    /// The product of two whole numbers: their sum and their difference are both even or both odd, so that quarters of squares may lose
    /// their fractions, and every value between is a whole number too.
    member this.WholeProduct(a, b) =
        let quarter x =
            this.Unary(Unary.Floor, this.Times(this.Binary(Binary.Mul, x, x), 0.25))

        let sum, difference = this.Binary(Binary.Add, a, b), this.Binary(Binary.Sub, a, b)
        this.Binary(Binary.Sub, quarter sum, quarter difference)
