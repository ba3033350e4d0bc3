namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core.Base

/// A value whose axes carry labels.
type private Labelled = { Value: ValueId; Labels: string }

/// Einsum as diagonals, sums, transposes and matrix products of two operands at a time.
[<RequireQualifiedAccess>]
module Einsum =

    /// Labels that stand for the axes of an ellipsis: capital letters are spelled after the ordinary ones.
    let private ellipsis count =
        String(Array.init count (fun at -> char (int 'Α' + at)))

    let private expand (node: NodeScope) (term: string) rank =
        let term = term.Replace(" ", "")
        let spelled = term.Replace("...", "")

        if term.Contains "..." then
            term.Replace("...", ellipsis (max 0 (rank - spelled.Length)))
        elif spelled.Length = rank then
            term
        else
            node.RefuseAttribute($"the term {term} for an operand of rank {rank}", "one letter an axis")

    /// Repeated labels of one operand: the diagonal.
    let rec private diagonal (node: NodeScope) (x: Labelled) : Labelled =
        match
            x.Labels
            |> Seq.countBy id
            |> Seq.tryPick (fun (label, count) -> if count > 1 then Some label else None)
        with
        | None -> x
        | Some label ->
            let first, second = x.Labels.IndexOf label, x.Labels.LastIndexOf label

            let rest =
                [ 0 .. x.Labels.Length - 1 ]
                |> List.filter (fun at -> at <> first && at <> second)

            let shape = node.Shape x.Value
            let size = shape[first]
            let others = rest |> List.map (fun at -> shape[at])
            let order = Array.ofList (first :: second :: rest)

            let value =
                Formula.transpose node order x.Value
                |> Formula.reshape node ([ size * size ] @ others)
                |> Formula.pick node 0 [ for at in 0 .. size - 1 -> at * (size + 1) ]

            diagonal
                node
                {
                    Value = value
                    Labels = String(Array.ofList (label :: (rest |> List.map (fun at -> x.Labels[at]))))
                }

    /// Sums over the labels that nothing else needs.
    let private reduce (node: NodeScope) (needed: string) (x: Labelled) : Labelled =
        match
            [ 0 .. x.Labels.Length - 1 ]
            |> List.filter (fun at -> not (needed.Contains x.Labels[at]))
        with
        | [] -> x
        | axes ->
            {
                Value = Formula.sum node false axes x.Value
                Labels = String.filter needed.Contains x.Labels
            }

    let private ordered (node: NodeScope) (labels: string) (x: Labelled) =
        labels
        |> Seq.map (fun label -> x.Labels.IndexOf label)
        |> Array.ofSeq
        |> fun order -> Formula.transpose node order x.Value

    /// The sizes of some labels; an axis of length 1 of one operand broadcasts.
    let private sizes (node: NodeScope) (operands: Labelled list) (labels: string) =
        labels
        |> Seq.map (fun label ->
            operands
            |> List.choose (fun operand ->
                match operand.Labels.IndexOf label with
                | -1 -> None
                | at -> Some((node.Shape operand.Value)[at]))
            |> List.max)
        |> Array.ofSeq

    let private broadcastTo (node: NodeScope) (shape: int[]) x =
        if node.Shape x = shape then
            x
        else
            node.Add(Op.Expand, [ x; node.Integers shape ])

    /// One product: labels in both and needed are the batch, those in both and not needed are summed over.
    let private contract (node: NodeScope) (needed: string) (left: Labelled) (right: Labelled) : Labelled =
        let left = reduce node (needed + right.Labels) left
        let right = reduce node (needed + left.Labels) right
        let both = String.filter right.Labels.Contains left.Labels
        let batch = String.filter needed.Contains both
        let summed = String.filter (needed.Contains >> not) both
        let rows = String.filter (both.Contains >> not) left.Labels
        let columns = String.filter (both.Contains >> not) right.Labels
        let sizeOf = sizes node [ left; right ]
        let count labels = Shape.count (sizeOf labels)

        let matrix (labels: string) (x: Labelled) first second =
            ordered node labels x
            |> broadcastTo node (sizeOf labels)
            |> Formula.reshape node (Array.append (sizeOf batch) [| first; second |])

        let product =
            Formula.matMul
                node
                (matrix (batch + rows + summed) left (count rows) (count summed))
                (matrix (batch + summed + columns) right (count summed) (count columns))

        let labels = batch + rows + columns

        {
            Value = Formula.reshape node (sizeOf labels) product
            Labels = labels
        }

    let private einsum (node: NodeScope) =
        let equation = node.Text("equation", "").Replace(" ", "")
        let sides = equation.Split "->"
        let terms = sides[0].Split ','

        if terms.Length <> node.Arity || sides.Length > 2 then
            node.RefuseAttribute($"the equation {equation} for {node.Arity} operands", "one term an operand")

        let operands =
            terms
            |> Array.mapi (fun at term ->
                let value = node.Input at

                diagonal
                    node
                    {
                        Value = value
                        Labels = expand node term (node.Rank value)
                    })
            |> List.ofArray

        let seen = operands |> List.map (fun operand -> operand.Labels) |> String.concat ""
        let dots = ellipsis 24 |> String.filter seen.Contains

        let result =
            if sides.Length = 2 then
                sides[1].Replace("...", dots)
            else
                // Every letter that occurs once, in alphabetic order, behind the ellipsis.
                let letters = sides[0] |> Seq.filter Char.IsLetter |> Seq.countBy id

                letters
                |> Seq.filter (fun (_, count) -> count = 1)
                |> Seq.map fst
                |> Seq.sort
                |> Array.ofSeq
                |> String
                |> (+) dots

        let rec joined (operands: Labelled list) =
            match operands with
            | [ single ] -> reduce node result single
            | left :: right :: rest ->
                let needed =
                    result + (rest |> List.map (fun operand -> operand.Labels) |> String.concat "")

                joined (contract node needed left right :: rest)
            | [] -> node.RefuseAttribute("no operand", "at least one operand")

        let whole = joined operands

        if result |> Seq.exists (whole.Labels.Contains >> not) then
            node.RefuseAttribute($"the equation {equation}", "letters of the result that operands have")

        [| ordered node result whole |]

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "Einsum", einsum ]
