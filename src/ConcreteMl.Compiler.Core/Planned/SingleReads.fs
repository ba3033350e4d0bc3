namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A lookup of one element of a value: its function is applied to Factor · x + Offset.
[<Struct>]
type internal SingleRead =
    {
        /// The planned value that the lookup gives.
        Reader: int
        Region: Region
        /// The element of the region that the function is of.
        At: int
        /// The element x that is read.
        Element: int
        Factor: float
        Offset: float
    }

/// Which lookups read single elements of a value, as comparisons of features in trees do.
[<RequireQualifiedAccess>]
module internal SingleReads =

    /// Factor · x + Offset of the element x; a negative element where it depends on none, or on several.
    [<Struct>]
    type private Link =
        {
            Source: int
            Slope: float
            Shift: float
        }

    let private unlinked =
        {
            Source = -1
            Slope = 0.0
            Shift = 0.0
        }

    let private affine factor offset (link: Link) =
        { link with
            Slope = factor * link.Slope
            Shift = factor * link.Shift + offset
        }

    /// The links of a weighted operation's results, which dot products of one term alone have, and the elements in other dot products.
    let private ofProducts (node: PlanNode) (below: PlanNode) (source: Link[]) : Link[] * int[] =
        let terms =
            PlainSums.terms node.Op below.Shape node.Shape
            |> Array.groupBy (fun struct (_, target, _) -> target)

        let single, several = terms |> Array.partition (fun (_, own) -> own.Length = 1)
        let result = Array.create (Shape.count node.Shape) unlinked
        let biases = Filters.biases node.Op below.Shape node.Shape

        for target, own in single do
            let struct (from, _, weight) = own[0]
            result[target] <- affine weight biases[target] source[from]

        let lost =
            several
            |> Array.collect (snd >> Array.map (fun struct (from, _, _) -> source[from].Source))

        result, lost

    /// The links of a node's results; None where it does not keep its operand's elements apart.
    let private through (node: PlanNode) (below: PlanNode) (source: Link[]) : (Link[] * int[]) option =
        match node.Op with
        | Some(PlanOp.Move move) ->
            let from = Moves.indices move below.Shape node.Shape
            Some(from |> Array.map (fun from -> if from < 0 then unlinked else source[from]), [||])
        | Some(PlanOp.Affine region) ->
            let factor, offset = Affine.form region
            Some(Array.map3 affine factor offset source, [||])
        | op when (Filters.tryWeighted op).IsSome -> Some(ofProducts node below source)
        | _ -> None

    /// The lookups of single elements of the planned value `index`, and the elements that are read in other ways too.
    let ofValue (plan: Plan) index : SingleRead[] * HashSet<int> =
        let links = Array.create plan.Nodes.Length [||]
        let reads, otherwise = List<SingleRead>(), HashSet<int>()

        let lose value =
            otherwise.UnionWith(links[value] |> Seq.map _.Source)

        links[index] <-
            Array.init (Shape.count plan.Nodes[index].Shape) (fun element ->
                {
                    Source = element
                    Slope = 1.0
                    Shift = 0.0
                })

        for next in index + 1 .. plan.Nodes.Length - 1 do
            let node = plan.Nodes[next]
            let known = node.Operands |> Array.filter (fun operand -> links[operand].Length > 0)

            match node.Op, known with
            | _, [||] -> ()
            | Some(PlanOp.Lookup(region, _)), [| one |] ->
                for at, link in Array.indexed links[one] do
                    if link.Source >= 0 then
                        reads.Add
                            {
                                Reader = next
                                Region = region
                                At = at
                                Element = link.Source
                                Factor = link.Slope
                                Offset = link.Shift
                            }
            | _ ->
                match through node plan.Nodes[known[0]] links[known[0]] with
                | Some(result, lost) ->
                    links[next] <- result
                    otherwise.UnionWith lost
                | None -> Array.iter lose known

        plan.Outputs |> Array.iter (snd >> lose)
        otherwise.Remove unlinked.Source |> ignore
        reads.ToArray(), otherwise
