namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Multiplies linear maps out that follow each other: x·A + a, then ·B + b, is x·(A·B) + (a·B + b). Between the two, encrypted values
/// would be looked up only to make their codes narrow again.
[<RequireQualifiedAccess>]
module MergeLinearMaps =

    /// x · Weights + Bias over the last axis.
    type private Map =
        {
            Source: ValueId
            Rows: int
            Columns: int
            /// Row by row.
            Weights: float[]
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
        /// x · factor + offset, element by element.
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

    /// One number, or one for each of the `size` elements of the last axis.
    let private along size (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor

        if values.Length = 1 then
            Some(Array.create size values[0])
        elif values.Length = size && Array.last tensor.Shape = size then
            Some values
        else
            None

    /// What an operation is beside its operand, of which `size` elements lie along the last axis; `constants` are its other operands.
    let private link (op: Op) (constants: Tensor list) size : Link option =
        let ones, zeros = Array.create size 1.0, Array.zeroCreate size

        match op, constants with
        | Op.MatMul, [ weights ] when weights.Rank = 2 && weights.Shape[0] = size -> product 1.0 1.0 false weights None size
        | Op.Gemm(alpha, beta, false, transposed), weights :: rest when
            weights.Rank = 2 && weights.Shape[if transposed then 1 else 0] = size
            ->
            product (float alpha) (float beta) transposed weights (List.tryHead rest) size
        | Op.Binary Binary.Add, [ offset ] -> along size offset |> Option.map (fun offset -> Link.Scaling(ones, offset))
        | Op.Binary Binary.Sub, [ offset ] ->
            along size offset
            |> Option.map (fun offset -> Link.Scaling(ones, Array.map (~-) offset))
        | Op.Binary Binary.Mul, [ factor ] -> along size factor |> Option.map (fun factor -> Link.Scaling(factor, zeros))
        | Op.Binary Binary.Div, [ divisor ] ->
            along size divisor
            |> Option.map (fun divisor -> Link.Scaling(divisor |> Array.map (fun by -> 1.0 / by), zeros))
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
        { map with
            Weights = map.Weights |> Array.mapi (fun at weight -> weight * factors[at % map.Columns])
            Bias = Array.map3 (fun bias factor offset -> bias * factor + offset) map.Bias factors offsets
            Origin = map.Origin @ origin
        }

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
            Weights =
                Array.Parallel.init first.Rows (fun row -> times first.Weights (row * rows) weights rows columns)
                |> Array.concat
            Bias = Array.map2 (+) bias (times first.Bias 0 weights rows columns)
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

    let private isCommutative (node: Node<Op>) =
        match node.Op with
        | Op.Binary(Binary.Add | Binary.Mul) -> true
        | _ -> false

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
            let operands =
                if isCommutative node && (constant node.Operands[0]).IsSome then
                    Array.rev node.Operands
                else
                    node.Operands

            let constants = operands[1..] |> Array.map constant
            let shapeOf value = ValueType.tryShape (graph.TypeOf value)

            match shapeOf operands[0], shapeOf node.Results[0] with
            | Some before, Some after when
                before.Length > 0
                && before.Length = after.Length
                && before[.. before.Length - 2] = after[.. after.Length - 2]
                && Element.isFloat (graph.TypeOf node.Results[0]).Element
                && (constant operands[0]).IsNone
                && Array.forall Option.isSome constants
                ->
                link node.Op (constants |> Array.choose id |> List.ofArray) (Array.last before)
                |> Option.map (fun link -> operands[0], link)
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
                |> Option.filter (fun map -> map.Columns = factors.Length)
                |> Option.map (fun map -> scaled map factors offsets node.Origin)
            | Some(source, Link.Product(rows, columns, weights, bias)) ->
                match before source with
                | Some first when first.Rows * columns <= mostWeights -> Some(behind first (rows, columns, weights, bias) node.Origin)
                | _ -> Some(started source (rows, columns, weights, bias) node.Origin)

        /// The longest chain of maps, each read by the next alone, that begins with a product and ends in a node.
        member _.Longest node = chain node

        /// Whether no map follows a node.
        member _.IsLast(node: Node<Op>) =
            let (ValueId result) = node.Results[0]

            isOutput node.Results[0]
            || List.length consumers[result] <> 1
            || (consumers[result] |> List.forall (fun reader -> (alone reader).IsNone))

    let private written (builder: GraphBuilder<Op, ValueType>) rename (map: Map) =
        let writer = GraphWriter(builder, map.Origin)
        let source = rename map.Source

        let product =
            writer.Add(Op.MatMul, [ source; writer.Numbers(source, [| map.Rows; map.Columns |], map.Weights) ])

        if Array.forall ((=) 0.0) map.Bias then
            [| product |]
        else
            [|
                writer.Binary(Binary.Add, product, writer.Numbers(source, [| map.Columns |], map.Bias))
            |]

    let private run (graph: Graph) =
        let chains = Chains graph

        let rule builder rename (node: Node<Op>) =
            match node.Op with
            | Op.MatMul
            | Op.Gemm _
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
