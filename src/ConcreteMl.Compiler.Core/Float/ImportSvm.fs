namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Support vector machines of the domain ai.onnx.ml, with ONNX Runtime's meaning where the specification is silent.
[<RequireQualifiedAccess>]
module ImportSvm =

    let private floats (node: NodeScope) name = node.Float32s name |> Array.map float

    let private matrix (node: NodeScope) x rows columns at =
        Formula.constant node x [| rows; columns |] (Array.init (rows * columns) (fun index -> at (index / columns) (index % columns)))

    /// The kernel of each row of x [N, C] with each of `rows` vectors: [N, rows].
    let private kernel (node: NodeScope) (x: ValueId) (vectors: float[]) (rows: int) =
        let width = Formula.size node 1 x

        if rows < 1 || vectors.Length <> rows * width then
            node.RefuseAttribute($"{vectors.Length} numbers for {rows} vectors of {width} features", "one number per vector and feature")

        let parameters = floats node "kernel_params"

        let parameter index =
            match Array.tryItem index parameters with
            | Some number -> number
            | None -> node.RefuseAttribute($"{parameters.Length} kernel_params", "gamma, coef0 and degree")

        let products =
            Formula.matMul node x (matrix node x width rows (fun feature row -> vectors[row * width + feature]))

        let affine () =
            Formula.plus node (Formula.times node products (parameter 0)) (parameter 1)

        match node.Text("kernel_type", "LINEAR") with
        | "LINEAR" -> products
        | "POLY" -> Formula.power node (affine ()) (parameter 2)
        | "SIGMOID" -> Formula.unary Unary.Tanh node (affine ())
        | "RBF" ->
            // ‖x − v‖² = ‖x‖² − 2 x·v + ‖v‖²
            let lengths =
                matrix node x 1 rows (fun _ row -> Array.sub vectors (row * width) width |> Array.sumBy (fun v -> v * v))

            let own = Formula.sum node true [ 1 ] (Formula.square node x)

            let distances =
                Formula.add node (Formula.add node own (Formula.times node products -2.0)) lengths

            Formula.unary Unary.Exp node (Formula.times node distances -(parameter 0))
        | other -> node.RefuseAttribute($"kernel_type = {other}", "LINEAR, POLY, RBF or SIGMOID")

    /// Σ coefficients · kernel + rho; without support vectors x · coefficients + rho.
    let private regressor (node: NodeScope) =
        let x = Formula.cast Element.Float32 node (node.Input 0)
        let coefficients, rho = floats node "coefficients", floats node "rho"
        let supports = node.Int("n_supports", 0)

        if rho.Length <> 1 then
            node.RefuseAttribute($"{rho.Length} values of rho", "one value")

        let features =
            if supports > 0 then
                kernel node x (floats node "support_vectors") supports
            else
                x

        let width = Formula.size node 1 features

        if coefficients.Length <> width then
            node.RefuseAttribute($"{coefficients.Length} coefficients for {width} terms", "one per support vector, or one per feature")

        let sum =
            Formula.matMul node features (matrix node x width 1 (fun row _ -> coefficients[row]))

        let result = Formula.plus node sum rho[0]

        if node.Int("one_class", 0) = 0 then
            [| PostTransforms.ofRegression node 1 result |]
        else
            let above = Formula.binary Binary.Greater node result (node.Scalar(result, 0.0))

            [|
                Formula.choose node above (node.Scalar(result, 1.0)) (node.Scalar(result, -1.0))
            |]

    /// The pairs of classes in the order of their decisions.
    let private pairs classes =
        [|
            for first in 0 .. classes - 1 do
                for second in first + 1 .. classes - 1 do
                    first, second
        |]

    /// One decision per pair of classes [N, pairs]: over the support vectors of both, positive for the first. Row `c` of the
    /// coefficients holds those against class c of later classes' vectors, and those against class c + 1 of earlier ones'.
    let private decisions (node: NodeScope) (perClass: int[]) (x: ValueId) =
        let classes, total = perClass.Length, Array.sum perClass
        let coefficients, rho = floats node "coefficients", floats node "rho"
        let pairs = pairs classes

        if coefficients.Length <> (classes - 1) * total || rho.Length <> pairs.Length then
            node.RefuseAttribute(
                $"{coefficients.Length} coefficients and {rho.Length} values of rho for {total} vectors of {classes} classes",
                $"{(classes - 1) * total} coefficients and {pairs.Length} values of rho"
            )

        let owners =
            perClass
            |> Array.mapi (fun index count -> Array.create count index)
            |> Array.concat

        let weight row column =
            let first, second = pairs[column]

            if owners[row] = first then
                coefficients[(second - 1) * total + row]
            elif owners[row] = second then
                coefficients[first * total + row]
            else
                0.0

        let kernels = kernel node x (floats node "support_vectors") total

        Formula.add
            node
            (Formula.matMul node kernels (matrix node x total pairs.Length weight))
            (Formula.constant node x [| pairs.Length |] rho)

    /// The class that wins most decisions, the first of equals.
    let private winner (node: NodeScope) classes labels (scores: ValueId) =
        let pairs = pairs classes

        let won =
            Formula.binary Binary.Greater node scores (node.Scalar(scores, 0.0))
            |> Formula.cast Element.Float32 node

        // A decision that the first class does not win counts for the second.
        let votes =
            matrix node scores pairs.Length classes (fun pair label ->
                if fst pairs[pair] = label then 1.0
                elif snd pairs[pair] = label then -1.0
                else 0.0)

        let base' =
            Formula.constant
                node
                scores
                [| classes |]
                (Array.init classes (fun label -> pairs |> Array.filter (fun pair -> snd pair = label) |> Array.length |> float))

        ImportMl.labelOf node labels (Formula.add node (Formula.matMul node won votes) base')

    /// Of each pair the probability of its first class, by Platt's sigmoid: [N, pairs].
    let private pairProbabilities (node: NodeScope) pairs (scores: ValueId) =
        let slopes, offsets = floats node "prob_a", floats node "prob_b"

        if slopes.Length <> pairs || offsets.Length <> pairs then
            node.RefuseAttribute($"{slopes.Length} prob_a and {offsets.Length} prob_b for {pairs} pairs of classes", "one of each per pair")

        let line =
            Formula.add
                node
                (Formula.mul node scores (Formula.constant node scores [| pairs |] slopes))
                (Formula.constant node scores [| pairs |] offsets)

        let first = Formula.unary Unary.Sigmoid node (Formula.unary Unary.Neg node line)
        node.Add(Op.Clip(true, true), [ first; node.Scalar(first, 1e-7); node.Scalar(first, 1.0 - 1e-7) ])

    /// Sweeps over the classes, each of which moves one probability and scales all. ONNX Runtime stops at an error of 0.005 / classes, which
    /// the method of Wu, Lin and Weng (2004, section 4, algorithm 2) reaches in two or three; later sweeps change nothing then.
    let private sweeps = 10

    /// One probability moved to where it is best for the others, and all scaled; products and their mean follow.
    let private moved (node: NodeScope) classes (rows: ValueId[]) goesOn (p, q, mean) i =
        let column at x = Formula.slice node 1 at (at + 1) x
        let own, diagonal = column i q, column i rows[i]

        let difference =
            Formula.mul node goesOn (Formula.div node (Formula.sub node mean own) diagonal)

        let scale = Formula.plus node difference 1.0

        let moved =
            Formula.add
                node
                mean
                (Formula.mul node difference (Formula.add node (Formula.mul node difference diagonal) (Formula.times node own 2.0)))

        // Column by column: a constant that picks one would be larger than the difference, and so the server's.
        let raised at =
            if at = i then
                Formula.add node (column at p) difference
            else
                column at p

        Formula.div node (Formula.concat node 1 (List.init classes raised)) scale,
        Formula.div node (Formula.add node q (Formula.mul node rows[i] difference)) scale,
        Formula.div node moved (Formula.square node scale)

    /// All probabilities moved once, where they are not good enough yet.
    let private swept (node: NodeScope) classes (rows: ValueId[]) p _ =
        let q =
            rows
            |> Array.map (fun row -> Formula.sum node true [ 1 ] (Formula.mul node row p))
            |> List.ofArray
            |> Formula.concat node 1

        let mean = Formula.sum node true [ 1 ] (Formula.mul node p q)

        let error =
            Formula.unary Unary.Abs node (Formula.sub node q mean)
            |> Formula.halves node (Formula.binary Binary.Max node) 1

        let goesOn =
            Formula.binary Binary.GreaterOrEqual node error (node.Scalar(error, 0.005 / float classes))
            |> Formula.cast Element.Float32 node

        let p, _, _ =
            [ 0 .. classes - 1 ] |> List.fold (moved node classes rows goesOn) (p, q, mean)

        p

    /// Class probabilities [N, classes] from those of pairs: they minimize Σᵢ Σⱼ (rⱼᵢ pᵢ − rᵢⱼ pⱼ)².
    let private coupled (node: NodeScope) classes (first: ValueId) =
        let pairs = pairs classes
        let second = Formula.plus node (Formula.unary Unary.Neg node first) 1.0
        let column at x = Formula.slice node 1 at (at + 1) x

        // r i j: the probability of i against j.
        let r i j =
            if i < j then
                column (Array.findIndex ((=) (i, j)) pairs) first
            else
                column (Array.findIndex ((=) (j, i)) pairs) second

        let entry i j =
            if i = j then
                [ 0 .. classes - 1 ]
                |> List.filter ((<>) i)
                |> List.map (fun other -> Formula.square node (r other i))
                |> List.reduce (Formula.add node)
            else
                Formula.unary Unary.Neg node (Formula.mul node (r j i) (r i j))

        let rows =
            Array.init classes (fun i -> Formula.concat node 1 (List.init classes (entry i)))

        let start =
            Formula.plus node (Formula.times node (column 0 first) 0.0) (1.0 / float classes)

        [ 1..sweeps ]
        |> List.fold (swept node classes rows) (Formula.concat node 1 (List.replicate classes start))

    /// As `coupled` for two classes, column by column: both probabilities are functions of the one decision.
    let private coupledPair (node: NodeScope) (first: ValueId) =
        let add, mul = Formula.add node, Formula.mul node
        let second = Formula.plus node (Formula.unary Unary.Neg node first) 1.0
        let own, other = Formula.square node second, Formula.square node first
        let mixed = Formula.unary Unary.Neg node (mul first second)
        let half = Formula.plus node (Formula.times node first 0.0) 0.5

        let distance a b =
            Formula.unary Unary.Abs node (Formula.sub node a b)

        // One probability moves by `difference`, and all are scaled: p and q are those of the class that moves, r and s of the other.
        let step goesOn diagonal (p, q, r, s, mean) =
            let difference = mul goesOn (Formula.div node (Formula.sub node mean q) diagonal)
            let scale = Formula.plus node difference 1.0
            let scaled value = Formula.div node value scale

            let mean =
                add mean (mul difference (add (mul difference diagonal) (Formula.times node q 2.0)))
                |> scaled
                |> scaled

            scaled (add p difference), scaled (add q (mul difference diagonal)), scaled r, scaled (add s (mul difference mixed)), mean

        let sweep (p, r) _ =
            let q, s = add (mul own p) (mul mixed r), add (mul mixed p) (mul other r)
            let mean = add (mul p q) (mul r s)
            let error = Formula.binary Binary.Max node (distance q mean) (distance s mean)

            let goesOn =
                Formula.binary Binary.GreaterOrEqual node error (node.Scalar(error, 0.0025))
                |> Formula.cast Element.Float32 node

            let p, q, r, s, mean = step goesOn own (p, q, r, s, mean)
            let r, _, p, _, _ = step goesOn other (r, s, p, q, mean)
            p, r

        let p, r = [ 1..sweeps ] |> List.fold sweep (half, half)
        Formula.concat node 1 [ p; r ]

    /// One decision per pair without probabilities; probabilities of classes with them.
    let private scoresOf (node: NodeScope) classes (decisions: ValueId) =
        if node.Has "prob_a" || node.Has "prob_b" then
            let first = pairProbabilities node (pairs classes).Length decisions

            (if classes = 2 then
                 coupledPair node first
             else
                 coupled node classes first)
            |> PostTransforms.apply node
        elif classes = 2 then
            let probabilities = node.Text("post_transform", "NONE") <> "NONE"
            PostTransforms.ofTwo node probabilities decisions
        else
            PostTransforms.apply node decisions

    let private classifier (node: NodeScope) =
        let perClass =
            match node.TryInts "vectors_per_class" with
            | Some counts when counts.Length > 1 && Array.forall (fun count -> count > 0) counts -> counts
            | _ -> node.RefuseAttribute("no support vectors of two or more classes", "vectors_per_class")

        let labels = ImportMl.labels node "classlabels_ints"

        if labels.Length <> perClass.Length then
            node.RefuseAttribute($"{labels.Length} labels for {perClass.Length} classes", "one label per class")

        let x = Formula.cast Element.Float32 node (node.Input 0)
        let decisions = decisions node perClass x

        [|
            winner node perClass.Length labels decisions
            scoresOf node perClass.Length decisions
        |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [ "SVMClassifier", classifier; "SVMRegressor", regressor ]
