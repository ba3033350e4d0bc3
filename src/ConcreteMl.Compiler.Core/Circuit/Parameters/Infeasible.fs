namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base

/// Why a circuit has no parameters, and the nearest setting that has.
[<RequireQualifiedAccess>]
module Infeasible =

    [<Literal>]
    let private WidestRounding = 9

    /// Message bits of the widest lookup that is carried out without rounding: tables of more entries are not kept.
    [<Literal>]
    let WidestLookup = 16

    let private isTooWide (group: LookupGroup) =
        not group.IsRounding && group.Bits > WidestLookup

    /// Whether some lookup is wider than those that are carried out.
    let hasTooWide (requirements: Requirements) =
        Array.exists isTooWide requirements.Groups

    let private feasible context curve switch pError requirements =
        Assignment.isFeasible context curve switch NoiseFormulas.ours pError requirements

    /// The group's decisions as if its own results were the only source of noise.
    let private alone (requirements: Requirements) group : Requirements =
        {
            Groups = [| requirements.Groups[group] |]
            Decisions =
                requirements.Decisions
                |> Array.filter (fun decision -> decision.Group = group)
                |> Array.map (fun decision ->
                    { decision with
                        Group = 0
                        Coefficients = [| Array.sum decision.Coefficients |]
                    })
            Levelled = 0.0
            Bootstraps = requirements.Groups[group].Bootstraps
        }

    let private roundedGroup bits (group: LookupGroup) =
        { group with
            Bits = if group.IsRounding then group.Bits else min bits group.Bits
            LeastBits = min bits group.LeastBits
            LogSize = if bits >= group.Bits then group.LogSize else bits + 1
            IsWhole = false
            Bootstraps = if group.IsRounding then 0L else group.Bootstraps
        }

    let private roundedDecision bits (rounds: bool[]) (decision: Decision) =
        { decision with
            Bits =
                if decision.Group < 0 then
                    decision.Bits
                else
                    min bits decision.Bits
            Widening =
                if decision.Group < 0 || bits >= decision.Bits then
                    decision.Widening
                else
                    1.0
            Coefficients = decision.Coefficients |> Array.mapi (fun g c -> if rounds[g] then 0.0 else c)
        }

    /// The same circuit with every lookup rounded approximately to `bits` bits and no exact rounding.
    let private roundedTo bits (requirements: Requirements) : Requirements =
        let rounds = requirements.Groups |> Array.map _.IsRounding

        { requirements with
            Groups = requirements.Groups |> Array.map (roundedGroup bits)
            Decisions =
                requirements.Decisions
                |> Array.filter (fun decision -> decision.Group < 0 || not rounds[decision.Group])
                |> Array.map (roundedDecision bits rounds)
        }

    let private cure context curve switch pError (requirements: Requirements) =
        let widest = requirements.Groups |> Array.map _.Bits |> Array.fold max 2

        let works =
            seq { min WidestRounding (widest - 1) .. -1 .. 2 }
            |> Seq.tryFind (fun bits -> feasible context curve switch pError (roundedTo bits requirements))

        match works with
        | Some bits -> $"compile with `--rounding {bits}:approximate`, which has parameters, or with fewer bits"
        | None -> "compile with fewer bits (`--bits`), or allow more failures (`--p-error`)"

    let private what (node: Node<Op>) bits =
        match node.Op with
        | Op.Round(drop, _, _) -> $"exact rounding that drops {drop} bits of {bits}"
        | Op.Lookup _
        | Op.LookupMany _
        | Op.Linear _
        | Op.Reencode
        | Op.Constant _ -> $"a lookup on {bits} bits (at most {WidestLookup} are carried out)"

    let private describe (graph: Graph) (norms: SourceNorms[]) cure (bound: float) index =
        let node = graph.Nodes[index]
        let (ValueId operand) = node.Operands[0]
        let t = graph.Types[operand]
        let low, high = t.Range
        let name = node.Origin |> List.tryLast |> Option.defaultValue $"{node.Results[0]}"
        let norm = Math.Log2(max 1.0 norms[operand].Total) / 2.0

        Diagnostic.warning
            "CML5001"
            name
            $"no parameters exist for {what node t.Bits}: codes reach from {low} to {high}, and noise is amplified by 2^{norm:F1} before it"
            $"a failure probability of at most {bound:G3} for each bootstrap"
            cure

    let private outputs (graph: Graph) cure (bound: float) =
        [
            for port in graph.Outputs do
                Diagnostic.warning
                    "CML5002"
                    port.Name
                    $"no parameters let this output of {(graph.TypeOf port.Value).Bits} bits be decoded"
                    $"a failure probability of at most {bound:G3} for each element"
                    cure
        ]

    /// The groups that have no parameters even on their own, otherwise the widest ones.
    let private culprits context curve switch bound (requirements: Requirements) : LookupGroup[] =
        let impossible =
            requirements.Groups
            |> Array.indexed
            |> Array.filter (fun (index, group) ->
                isTooWide group
                || not (feasible context curve switch bound (alone requirements index)))
            |> Array.map snd

        if not (Array.isEmpty impossible) then
            impossible
        else
            let widest = requirements.Groups |> Array.map _.Bits |> Array.fold max 0
            requirements.Groups |> Array.filter (fun group -> group.Bits = widest)

    /// Names every node whose lookups have no parameters even on their own, otherwise the widest ones.
    let explain context curve switch bound (graph: Graph) (analysis: NoiseAnalysis) (requirements: Requirements) : Diagnostic list =
        let cure = cure context curve switch bound requirements
        let culprits = culprits context curve switch bound requirements

        if Array.isEmpty culprits then
            outputs graph cure bound
        else
            culprits
            |> Seq.collect _.Sites
            |> Seq.map _.Node
            |> Seq.distinct
            |> Seq.sort
            |> Seq.map (describe graph analysis.Norms cure bound)
            |> Seq.distinctBy (fun diagnostic -> diagnostic.Node, diagnostic.Message)
            |> List.ofSeq
