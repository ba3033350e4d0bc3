namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// How importers write down what an operator means in terms of simpler ones: each function adds nodes and returns their value.
[<RequireQualifiedAccess>]
module Formula =

    let binary (operation: Binary) (node: NodeScope) a b = node.Add(Op.Binary operation, [ a; b ])

    let unary (operation: Unary) (node: NodeScope) x = node.Add(Op.Unary operation, [ x ])

    let add node a b = binary Binary.Add node a b
    let sub node a b = binary Binary.Sub node a b
    let mul node a b = binary Binary.Mul node a b
    let div node a b = binary Binary.Div node a b
    let square node x = mul node x x

    /// Where x is NaN, which differs from itself.
    let isMissing node x =
        unary Unary.Not node (binary Binary.Equal node x x)

    /// x + number, in the element type of x.
    let plus (node: NodeScope) x (number: float) =
        if number = 0.0 then
            x
        else
            add node x (node.Scalar(x, number))

    /// x · number, in the element type of x.
    let times (node: NodeScope) x (number: float) =
        if number = 1.0 then
            x
        else
            mul node x (node.Scalar(x, number))

    /// x ^ number.
    let power (node: NodeScope) x (number: float) =
        if number = 1.0 then
            x
        else
            binary Binary.Pow node x (node.Scalar(x, number))

    let cast element (node: NodeScope) x =
        if (node.Type x).Element = element then
            x
        else
            unary (Unary.Cast element) node x

    /// Computed in 32 bits where the operand has 16, whose range squares and their sums leave.
    let inSingle (node: NodeScope) (compute: ValueId -> ValueId) x =
        match (node.Type x).Element with
        | (Element.Float16 | Element.BFloat16) as element -> cast Element.Float32 node x |> compute |> cast element node
        | _ -> compute x

    /// A constant of this shape in the element type of another value.
    let constant (node: NodeScope) (like: ValueId) (shape: int[]) (values: float[]) =
        node.Constant(Elements.ofFloat64s (node.Type like).Element shape values)

    /// The length of an axis.
    let size (node: NodeScope) axis x = node.Size((node.Dims x)[axis])

    let reshape (node: NodeScope) (shape: int seq) x =
        node.Add(Op.Reshape true, [ x; node.Integers shape ])

    let transpose (node: NodeScope) (order: int[]) x =
        if order = [| 0 .. order.Length - 1 |] then
            x
        else
            node.Add(Op.Transpose order, [ x ])

    /// x with an axis moved behind all others.
    let toLast (node: NodeScope) axis x =
        transpose node (Array.append (Array.removeAt axis [| 0 .. node.Rank x - 1 |]) [| axis |]) x

    /// x with its last axis moved to where `axis` is: what `toLast` did, undone.
    let fromLast (node: NodeScope) axis x =
        let last = node.Rank x - 1
        transpose node (Array.insertAt axis last [| 0 .. last - 1 |]) x

    let unsqueeze (node: NodeScope) (axes: int seq) x =
        node.Add(Op.Unsqueeze, [ x; node.Integers axes ])

    let squeeze (node: NodeScope) (axes: int seq) x =
        node.Add(Op.Squeeze, [ x; node.Integers axes ])

    /// The cells first to last − 1 of an axis.
    let slice (node: NodeScope) axis first last x =
        node.Add(Op.Slice, [ x; node.Integers [ first ]; node.Integers [ last ]; node.Integers [ axis ] ])

    /// The cells of an axis that a list names, in its order.
    let pick (node: NodeScope) axis (cells: int seq) x =
        node.Add(Op.Gather axis, [ x; node.Integers cells ])

    /// A tensor of `shape` whose elements are those of x at the given row-major positions.
    let rearrange (node: NodeScope) (shape: int[]) (positions: int[]) x =
        x |> reshape node [ -1 ] |> pick node 0 positions |> reshape node shape

    let concat (node: NodeScope) axis (parts: ValueId list) =
        match parts with
        | [ single ] -> single
        | parts -> node.Add(Op.Concat axis, parts)

    let sum (node: NodeScope) keepDims (axes: int seq) x =
        node.Add(Op.ReduceSum(keepDims, false), [ x; node.Integers axes ])

    /// The mean over axes, which stay with length 1.
    let mean (node: NodeScope) (axes: int[]) x =
        let dims = node.Dims x
        let count = axes |> Array.fold (fun count axis -> count * node.Size dims[axis]) 1
        div node (sum node true axes x) (node.Scalar(x, float count))

    let matMul (node: NodeScope) a b = node.Add(Op.MatMul, [ a; b ])

    /// The axis taken by `matrix` (its rows are the new cells, its columns the old ones): y[…, i, …] = Σ_j matrix[i, j] · x[…, j, …].
    let mixAxis (node: NodeScope) axis (matrix: float[,]) x =
        let rows, columns = Array2D.length1 matrix, Array2D.length2 matrix

        let weights =
            constant node x [| columns; rows |] (Array.init (columns * rows) (fun at -> matrix[at % rows, at / rows]))

        matMul node (toLast node axis x) weights |> fromLast node axis

    /// A fold over all cells of an axis in halves, so that no chain is longer than log2 of its length; the axis stays with length 1.
    let rec halves (node: NodeScope) (join: ValueId -> ValueId -> ValueId) axis x =
        let length = size node axis x

        if length <= 1 then
            x
        else
            let half = length / 2

            let joined =
                join (slice node axis 0 half x) (slice node axis half (2 * half) x)
                |> halves node join axis

            if length % 2 = 0 then
                joined
            else
                join joined (slice node axis (length - 1) length x)

    /// Zeros (or another number) around a value: counts before and after each axis.
    let pad (node: NodeScope) (before: int[]) (after: int[]) (number: float) x =
        if Array.forall ((=) 0) before && Array.forall ((=) 0) after then
            x
        else
            node.Add(Op.Pad("constant", true), [ x; node.Integers(Array.append before after); node.Scalar(x, number) ])

    /// As `pad`, where negative counts cut cells off.
    let padOrCut (node: NodeScope) (before: int[]) (after: int[]) (number: float) x =
        let cut x axis =
            let length = size node axis x
            let first, last = max 0 -before[axis], length - max 0 -after[axis]

            if first = 0 && last = length then
                x
            else
                slice node axis first last x

        [ 0 .. before.Length - 1 ]
        |> List.fold cut x
        |> pad node (Array.map (max 0) before) (Array.map (max 0) after) number

    /// `yes` where a condition holds, `no` elsewhere.
    let choose (node: NodeScope) condition yes no =
        node.Add(Op.Where, [ condition; yes; no ])

    /// Positions among `size`, of which negative ones count from the end.
    let wrapped (node: NodeScope) (size: int) positions =
        let isNegative = binary Binary.Less node positions (node.Scalar(positions, 0.0))
        choose node isNegative (plus node positions (float size)) positions
