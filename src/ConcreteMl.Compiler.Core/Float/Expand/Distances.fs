namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Distances between rows, and determinants.
[<RequireQualifiedAccess>]
module internal Distances =

    /// The largest matrix whose determinant is written out: the number of products doubles with each row.
    let private largest = 6

    /// The determinant of the last two axes, by rows: for each set of as many columns as there are rows so far, the determinant of
    /// these rows and columns, from those of one column less.
    let private determinant (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x

        if rank < 2 then
            node.RefuseAttribute($"an operand of rank {rank}", "square matrices in the last two axes")

        let size = Formula.size node (rank - 1) x

        if Formula.size node (rank - 2) x <> size || size < 1 || size > largest then
            node.RefuseAttribute($"matrices of {Formula.size node (rank - 2) x} by {size}", $"square matrices of at most {largest} rows")

        let cell row column =
            x
            |> Formula.slice node (rank - 2) row (row + 1)
            |> Formula.slice node (rank - 1) column (column + 1)

        let cells = Array2D.init size size cell

        let columnsOf set =
            [ 0 .. size - 1 ] |> List.filter (fun column -> set &&& (1 <<< column) <> 0)

        let ofSet row (smaller: Map<int, ValueId>) set =
            columnsOf set
            |> List.mapi (fun at column ->
                let product =
                    match Map.tryFind (set - (1 <<< column)) smaller with
                    | Some rest -> Formula.mul node cells[row, column] rest
                    | None -> cells[row, column]

                // The sign of a Laplace expansion along the last row.
                (row + at) % 2 = 0, product)
            |> List.sortByDescending fst
            |> List.fold
                (fun sum (isPlus, product) ->
                    match sum with
                    | None when isPlus -> Some product
                    | None -> Some(Formula.unary Unary.Neg node product)
                    | Some sum when isPlus -> Some(Formula.add node sum product)
                    | Some sum -> Some(Formula.sub node sum product))
                None

        let step (smaller: Map<int, ValueId>) row =
            [ 1 .. (1 <<< size) - 1 ]
            |> List.filter (fun set -> (columnsOf set).Length = row + 1)
            |> List.choose (fun set -> ofSet row smaller set |> Option.map (fun value -> set, value))
            |> Map.ofList

        let result = (List.fold step Map.empty [ 0 .. size - 1 ])[(1 <<< size) - 1]
        [| Formula.squeeze node [ rank - 2; rank - 1 ] result |]

    /// Rows of A [M, K] against rows of B [N, K]: |a|² − 2 a·b + |b|², so that only the lengths take squares.
    let private pairwise (node: NodeScope) =
        let a, b = node.Input 0, node.Input 1

        let squares x =
            Formula.square node x |> Formula.sum node true [ 1 ]

        let products = Formula.matMul node a (Formula.transpose node [| 1; 0 |] b)
        let lengths = Formula.transpose node [| 1; 0 |] (squares b)

        let squared =
            Formula.add node (Formula.sub node lengths (Formula.times node products 2.0)) (squares a)

        match node.Text("metric", "sqeuclidean") with
        | "sqeuclidean" -> [| squared |]
        | "euclidean" ->
            // What cancels to less than nothing is no distance.
            [| Formula.unary Unary.Sqrt node (Formula.unary Unary.Relu node squared) |]
        | other -> node.RefuseAttribute($"metric = {other}", "euclidean or sqeuclidean")

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "Det", determinant ]

    /// Those of ONNX Runtime (domain com.microsoft).
    let microsoft: (string * Importer) list = [ "CDist", pairwise ]
