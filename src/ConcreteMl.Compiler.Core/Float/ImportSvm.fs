namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Support vector machines of the domain ai.onnx.ml, with ONNX Runtime's meaning where the specification is silent.
[<RequireQualifiedAccess>]
module ImportSvm =

    let private floats (node: NodeScope) name =
        Onnx.Attributes.tryFloats name node.Node
        |> Option.defaultValue [||]
        |> Array.map float

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

    let private onlyUntransformed (node: NodeScope) =
        match node.Text("post_transform", "NONE") with
        | "NONE" -> ()
        | other -> node.RefuseAttribute($"post_transform = {other}", "NONE")

    /// Σ coefficients · kernel + rho; without support vectors x · coefficients + rho.
    let private regressor (node: NodeScope) =
        onlyUntransformed node
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
            [| result |]
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

    let private classifier (node: NodeScope) =
        onlyUntransformed node

        if node.Has "prob_a" || node.Has "prob_b" then
            node.RefuseAttribute("probabilities from pairs of classes (prob_a, prob_b)", "decisions (probability=False in scikit-learn)")

        let perClass =
            match node.TryInts "vectors_per_class" with
            | Some counts when counts.Length > 1 && Array.forall (fun count -> count > 0) counts -> counts
            | _ -> node.RefuseAttribute("no support vectors of two or more classes", "vectors_per_class")

        let labels = ImportMl.labels node "classlabels_ints"

        if labels.Length <> perClass.Length then
            node.RefuseAttribute($"{labels.Length} labels for {perClass.Length} classes", "one label per class")

        if floats node "coefficients" |> Array.forall (fun weight -> weight >= 0.0) then
            node.RefuseAttribute("coefficients without a negative one", "coefficients of a trained machine")

        let x = Formula.cast Element.Float32 node (node.Input 0)
        let scores = decisions node perClass x

        if perClass.Length = 2 then
            let both = Formula.concat node 1 [ Formula.unary Unary.Neg node scores; scores ]

            [| winner node 2 labels scores; both |]
        else
            [| winner node perClass.Length labels scores; scores |]

    /// The operators of this family by name (domain ai.onnx.ml).
    let all: (string * Importer) list =
        [ "SVMClassifier", classifier; "SVMRegressor", regressor ]
