namespace ConcreteMl.Compiler.Core.Planned.Passes

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned

/// Products of accumulators are taken of codes where these are read often: what many sums before squares read becomes narrow codes
/// first. The sums are then as narrow as squares may read, and only the codes pay for an exact rounding.
[<RequireQualifiedAccess>]
module CodeFactors =

    /// What a lookup behind an exact rounding costs, in lookups of codes: attention at 6 bits took 34,816 bootstraps for 8,192 squares.
    let private roundedCost = 4.0

    /// Sums of codes that are read as they are have at most so many bits.
    let private widestSum = 10

    /// The sums of products, the values that their operands are movements of, and who reads what.
    type private Products =
        {
            Plan: Plan
            Readers: int list[]
            Sums: HashSet<int>
        }

    let private rootsOf (products: Products) sum =
        products.Plan.Nodes[sum].Operands
        |> Array.map (Factors.root products.Plan)
        |> Array.distinct

    let private isWide (plan: Plan) index =
        match plan.Nodes[index].Op with
        | None
        | Some(PlanOp.Lookup _)
        | Some(PlanOp.Constant _) -> false
        | _ -> true

    /// How many bits an exact rounding leaves of a value.
    let private exact (graph: PlanGraph) index =
        match graph.Types[index].Reading with
        | Some(Reading.Rounded(bits, RoundingMethod.Exact, _)) when bits < widestSum -> Some bits
        | _ -> None

    /// The sums both of whose factors are accumulators or results of lookups that nothing but such sums and squares reads. Whole numbers
    /// keep their own codes.
    let private products (graph: PlanGraph) (plan: Plan) : Products =
        let readers, whole = Plan.consumers plan, WholeNumbers.ofPlan plan

        let rec settle (products: Products) =
            let isAlone = Factors.isMultipliedAlone plan readers products.Sums

            let isFactor root =
                (isWide plan root || Factors.isLookup plan root)
                && isAlone root
                && not whole[root]

            let left =
                products.Sums
                |> Seq.filter (rootsOf products >> Array.forall isFactor)
                |> HashSet

            if left.Count = products.Sums.Count then
                products
            else
                settle { products with Sums = left }

        settle
            {
                Plan = plan
                Readers = readers
                Sums =
                    Factors.sums plan readers
                    |> Seq.filter (exact graph >> Option.isSome)
                    |> HashSet
            }

    /// The sums that a factor flows into, by factor.
    let private meetings (products: Products) : IDictionary<int, int[]> =
        products.Sums
        |> Seq.collect (fun sum -> rootsOf products sum |> Seq.map (fun root -> root, sum))
        |> Seq.groupBy fst
        |> Seq.map (fun (root, found) -> root, found |> Seq.map snd |> Array.ofSeq)
        |> dict

    /// Factors that meet, directly or through others.
    let private together (products: Products) (meetings: IDictionary<int, int[]>) : int[] list =
        let seen = HashSet<int>()

        let gather start =
            let found, left = List<int>(), Stack [ start ]

            while left.Count > 0 do
                let root = left.Pop()

                if seen.Add root then
                    found.Add root

                    for sum in meetings[root] do
                        rootsOf products sum |> Array.iter left.Push

            found.ToArray()

        meetings.Keys
        |> Seq.map gather
        |> Seq.filter (Array.isEmpty >> not)
        |> List.ofSeq

    let private sumsOf (meetings: IDictionary<int, int[]>) (factors: int[]) =
        factors |> Array.collect (fun root -> meetings[root]) |> Array.distinct

    let private size (plan: Plan) index = Shape.count plan.Nodes[index].Shape

    /// Whether codes of these factors cost less than they spare the squares of their sums.
    let private pays (products: Products) (meetings: IDictionary<int, int[]>) (factors: int[]) =
        let codes =
            factors
            |> Array.filter (isWide products.Plan)
            |> Array.sumBy (size products.Plan)

        let squares =
            sumsOf meetings factors
            |> Array.sumBy (fun sum -> size products.Plan sum * products.Readers[sum].Length)

        codes > 0 && roundedCost * float codes < (roundedCost - 1.0) * float squares

    let private reading bits (planned: Type) : Type =
        { planned with
            Reading = Some(Reading.Rounded(bits, RoundingMethod.Exact, QuantOptions.standardBinLoss))
        }

    /// The bits that lookups read of each accumulator to code, and of each sum of codes: one more.
    let private decided (graph: PlanGraph) (products: Products) : IDictionary<int, int> * IDictionary<int, int> =
        let meetings = meetings products
        let coded, sums = Dictionary(), Dictionary()

        for factors in together products meetings |> List.filter (pays products meetings) do
            let own = sumsOf meetings factors
            let bits = own |> Array.choose (exact graph) |> Array.min

            for root in factors |> Array.filter (isWide products.Plan) do
                coded[root] <- bits

            for sum in own do
                sums[sum] <- bits + 1

        coded, sums

    let private run (graph: PlanGraph) : PlanGraph =
        let plan = Plan.ofGraph graph
        let products = products graph plan
        let coded, sums = decided graph products
        let all = Plan.sums plan

        let rule (builder: GraphBuilder<PlanOp, Type>) rename (node: Node<PlanOp>) =
            let (ValueId index) = node.Results[0]
            let own = graph.Types[index]

            match coded.TryGetValue index, sums.TryGetValue index with
            | (true, bits), _ ->
                let read = reading bits own
                let meeting = FindMeetings.ofValue plan products.Readers all index
                Some [| CodedValue.add builder rename node read read meeting |]
            | _, (true, bits) ->
                Some
                    [|
                        builder.Value(node.Op, Array.map rename node.Operands, reading bits own, node.Origin)
                    |]
            | _ -> None

        if coded.Count = 0 then
            graph
        else
            Rewrite.rewrite rule graph

    /// The pass under its name in pipelines.
    let pass: Pass<PlanGraph, PlanGraph> =
        {
            Name = "code-factors"
            Summary = "takes products of accumulators that are read often of narrow codes, which spares their squares a rounding"
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
