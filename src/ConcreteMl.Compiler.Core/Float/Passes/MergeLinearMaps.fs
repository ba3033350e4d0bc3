namespace ConcreteMl.Compiler.Core.Float.Passes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Multiplies linear maps out that follow each other: x·A + a, then ·B + b, is x·(A·B) + (a·B + b). Between the two, encrypted values
/// would be looked up only to make their codes narrow again. A mask or factors that differ between the rows of x give each row a matrix
/// of its own.
[<RequireQualifiedAccess>]
module MergeLinearMaps =

    /// x · Weights + Bias over the last axis.
    type private Map =
        {
            Source: ValueId
            Rows: int
            Columns: int
            /// One matrix for all rows of the source or one for each, row by row.
            Weights: float[]
            /// One vector for all rows of the source or one for each.
            Bias: float[]
            /// How many products it is made of.
            Products: int
            /// Multiplications of its products, and elements between them.
            Work: int64
            Between: int
            Origin: Origin
        }

    /// A lookup that makes codes narrow takes about 10 ms, and a multiplication of a ciphertext of some thousand words about 1 µs
    /// (docs/performance.md): a product spares a lookup for every element between.
    let private multiplicationsPerLookup = 10_000L

    /// What an operation does to the last axis of its first operand.
    [<RequireQualifiedAccess>]
    type private Link =
        /// Rows, columns, weights row by row, bias.
        | Product of int * int * float[] * float[]
        /// x · factor + offset, for each element of the last axis, or of the last two.
        | Scaling of float[] * float[]

    let private product (alpha: float) (beta: float) transposed (weights: Tensor) (bias: Tensor option) size : Link option =
        let columns = weights.Shape[if transposed then 0 else 1]
        let values = Tensor.toFloat64s weights

        let ordered =
            Array.init (size * columns) (fun at ->
                let row, column = at / columns, at % columns

                alpha
                * (if transposed then
                       values[column * size + row]
                   else
                       values[at]))

        match bias with
        | None -> Some(Link.Product(size, columns, ordered, Array.zeroCreate columns))
        | Some tensor when tensor.Count = 1 || tensor.Count = columns && Array.last tensor.Shape = columns ->
            let offsets = Tensor.toFloat64s tensor

            let spread =
                Array.init columns (fun column -> beta * offsets[if offsets.Length = 1 then 0 else column])

            Some(Link.Product(size, columns, ordered, spread))
        | Some _ -> None

    /// One number for each element of the last axis, or of the last two where nothing else has several.
    let private along (shape: int[]) (tensor: Tensor) : float[] option =
        let size = Array.last shape
        let lines = Shape.count shape / size
        let isMatrix = shape.Length > 1 && lines = shape[shape.Length - 2]
        let values = Tensor.toFloat64s tensor

        if values.Length = 1 then
            Some(Array.create size values[0])
        elif values.Length = size && Array.last tensor.Shape = size then
            Some values
        elif isMatrix && Shape.tryBroadcast tensor.Shape shape = Some shape then
            Strided.broadcast tensor.Shape shape |> Array.map (fun at -> values[at]) |> Some
        else
            None

    /// Two lists of numbers for the last axis or the last two, combined; the shorter one is repeated.
    let private paired (f: float -> float -> float) (left: float[]) (right: float[]) : float[] =
        Array.init (max left.Length right.Length) (fun at -> f left[at % left.Length] right[at % right.Length])

    /// What a choice by a constant condition does to the operand that is no constant: it keeps it, or puts a number in its place.
    let private choice shape keepsTrue (condition: Tensor) (other: Tensor) : Link option =
        match along shape condition, along shape other with
        | Some condition, Some other when Array.forall Double.IsFinite other ->
            let kept =
                condition
                |> Array.map (fun value -> if (value <> 0.0) = keepsTrue then 1.0 else 0.0)

            Some(Link.Scaling(kept, paired (fun kept other -> if kept = 1.0 then 0.0 else other) kept other))
        | _ -> None

    /// What an operation is beside the operand at `position`, of this shape; `constants` are its other operands.
    let private link (op: Op) position (constants: Tensor list) (shape: int[]) : Link option =
        let size = Array.last shape
        let ones, zeros = Array.create size 1.0, Array.zeroCreate size

        match op, constants with
        | Op.MatMul, [ weights ] when position = 0 && weights.Rank = 2 && weights.Shape[0] = size -> product 1.0 1.0 false weights None size
        | Op.Gemm(alpha, beta, false, transposed), weights :: rest when
            position = 0
            && weights.Rank = 2
            && weights.Shape[if transposed then 1 else 0] = size
            ->
            product (float alpha) (float beta) transposed weights (List.tryHead rest) size
        | Op.Binary Binary.Add, [ offset ] -> along shape offset |> Option.map (fun offset -> Link.Scaling(ones, offset))
        | Op.Binary Binary.Sub, [ offset ] when position = 0 ->
            along shape offset
            |> Option.map (fun offset -> Link.Scaling(ones, Array.map (~-) offset))
        | Op.Binary Binary.Mul, [ factor ] -> along shape factor |> Option.map (fun factor -> Link.Scaling(factor, zeros))
        | Op.Binary Binary.Div, [ divisor ] when position = 0 ->
            along shape divisor
            |> Option.map (fun divisor -> Link.Scaling(divisor |> Array.map (fun by -> 1.0 / by), zeros))
        | Op.Where, [ condition; other ] when position > 0 -> choice shape (position = 1) condition other
        | _ -> None

    /// A row of one matrix times all columns of another.
    let private times (row: float[]) (start: int) (second: float[]) rows columns : float[] =
        let result = Array.zeroCreate columns

        for inner in 0 .. rows - 1 do
            let by = row[start + inner]

            if by <> 0.0 then
                for column in 0 .. columns - 1 do
                    result[column] <- result[column] + by * second[inner * columns + column]

        result

    let private scaled (map: Map) (factors: float[]) (offsets: float[]) origin : Map =
        let matrix = map.Rows * map.Columns
        let lines = factors.Length / map.Columns

        let weights =
            if Array.forall ((=) 1.0) factors then
                map.Weights
            else
                Array.init (max map.Weights.Length (lines * matrix)) (fun at ->
                    map.Weights[at % map.Weights.Length]
                    * factors[at / matrix % lines * map.Columns + at % map.Columns])

        { map with
            Weights = weights
            Bias = paired (*) map.Bias factors |> paired (+) offsets
            Origin = map.Origin @ origin
        }

    /// All rows of some matrices times all columns of another.
    let private timesAll (all: float[]) (second: float[]) rows columns : float[] =
        Array.Parallel.init (all.Length / rows) (fun row -> times all (row * rows) second rows columns)
        |> Array.concat

    let private started source (rows, columns, weights, bias) origin : Map =
        {
            Source = source
            Rows = rows
            Columns = columns
            Weights = weights
            Bias = bias
            Products = 1
            Work = int64 rows * int64 columns
            Between = 0
            Origin = origin
        }

    let private behind (first: Map) (rows, columns, weights, bias) origin : Map =
        { first with
            Columns = columns
            Weights = timesAll first.Weights weights rows columns
            Bias = timesAll first.Bias weights rows columns |> paired (+) bias
            Products = first.Products + 1
            Work = first.Work + int64 rows * int64 columns
            Between = first.Between + rows
            Origin = first.Origin @ origin
        }

    /// Larger matrices are not multiplied out: they take seconds and memory, and are no heads between which lookups count.
    let private mostWeights = 1 <<< 20

    let private pays (map: Map) =
        map.Products > 1
        && int64 map.Rows * int64 map.Columns
           <= map.Work + multiplicationsPerLookup * int64 map.Between

    /// How the linear maps of a graph follow each other.
    type private Chains(graph: Graph) =
        let producers = Graph.producers graph
        let consumers = Graph.consumers graph

        let constant (ValueId index) =
            match producers[index] with
            | Some { Op = Op.Constant value } -> Some value
            | _ -> None

        let isOutput value =
            graph.Outputs |> Array.exists (fun port -> port.Value = value)

        /// The operand that is no constant, and what the operation is beside it, where only the last axis takes part.
        let alone (node: Node<Op>) : (ValueId * Link) option =
            let constants = node.Operands |> Array.map constant
            let shapeOf value = ValueType.tryShape (graph.TypeOf value)

            match constants |> Array.indexed |> Array.filter (snd >> Option.isNone) with
            | [| position, _ |] when Element.isFloat (graph.TypeOf node.Results[0]).Element ->
                match shapeOf node.Operands[position], shapeOf node.Results[0] with
                | Some before, Some after when
                    before.Length > 0
                    && Array.last before > 0
                    && before.Length = after.Length
                    && before[.. before.Length - 2] = after[.. after.Length - 2]
                    ->
                    link node.Op position (constants |> Array.choose id |> List.ofArray) before
                    |> Option.map (fun link -> node.Operands[position], link)
                | _ -> None
            | _ -> None

        let rec chain (node: Node<Op>) : Map option =
            let before (ValueId source) =
                if consumers[source].Length = 1 && not (isOutput (ValueId source)) then
                    producers[source] |> Option.bind chain
                else
                    None

            match alone node with
            | None -> None
            | Some(source, Link.Scaling(factors, offsets)) ->
                before source
                |> Option.filter (fun map -> max (factors.Length * map.Rows) map.Weights.Length <= mostWeights)
                |> Option.map (fun map -> scaled map factors offsets node.Origin)
            | Some(source, Link.Product(rows, columns, weights, bias)) ->
                match before source with
                | Some first when first.Weights.Length / first.Columns * columns <= mostWeights ->
                    Some(behind first (rows, columns, weights, bias) node.Origin)
                | _ -> Some(started source (rows, columns, weights, bias) node.Origin)

        /// The longest chain of maps, each read by the next alone, that begins with a product and ends in a node.
        member _.Longest node = chain node

        /// Whether no map follows a node.
        member _.IsLast(node: Node<Op>) =
            let (ValueId result) = node.Results[0]

            isOutput node.Results[0]
            || List.length consumers[result] <> 1
            || (consumers[result] |> List.forall (fun reader -> (alone reader).IsNone))

    /// x · W of one matrix for all rows, or of one matrix for each.
    let private multiplied (writer: GraphWriter) (map: Map) source : ValueId =
        let lines = map.Weights.Length / (map.Rows * map.Columns)

        if lines = 1 then
            writer.Add(Op.MatMul, [ source; writer.Numbers(source, [| map.Rows; map.Columns |], map.Weights) ])
        else
            let shaped (shape: int[]) value =
                writer.Add(Op.Reshape true, [ value; writer.Integers shape ])

            let weights =
                writer.Numbers(source, [| lines; map.Rows; map.Columns |], map.Weights)

            let product =
                writer.Add(Op.MatMul, [ shaped [| lines; 1; map.Rows |] source; weights ])

            let shape = writer.Shape source
            shaped (Array.append shape[.. shape.Length - 2] [| map.Columns |]) product

    let private written (builder: GraphBuilder<Op, ValueType>) rename (map: Map) =
        let writer = GraphWriter(builder, map.Origin)
        let source = rename map.Source
        let product = multiplied writer map source
        let lines = map.Bias.Length / map.Columns

        let shape =
            if lines = 1 then
                [| map.Columns |]
            else
                [| lines; map.Columns |]

        if Array.forall ((=) 0.0) map.Bias then
            [| product |]
        else
            [|
                writer.Binary(Binary.Add, product, writer.Numbers(source, shape, map.Bias))
            |]

    let private run (graph: Graph) =
        let chains = Chains graph

        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.MatMul
            | Op.Gemm _
            | Op.Where
            | Op.Binary _ when node.Results.Length = 1 && chains.IsLast node ->
                chains.Longest node |> Option.filter pays |> Option.map (written builder rename)
            | _ -> None

        Rewrite.rewrite rule graph |> Rewrite.removeDead

    let pass: Pass<Graph, Graph> =
        {
            Name = "merge-linear-maps"
            Summary = "Multiply linear maps out that follow each other."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
