namespace ConcreteMl.Compiler.Core.Circuit.Passes

open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Gives every lookup and digit its class and failure probability, and every value its key.
[<RequireQualifiedAccess>]
module AssignClasses =

    let private assigned (chosen: ChosenParameters) (pErrors: Map<int, float>) index (node: Node<Op>) : Node<Op> =
        let pError = Map.tryFind index pErrors

        let classOf group =
            chosen.Classes |> Array.tryFindIndex (fun one -> List.contains group one.Groups)

        let lookup (plan: LookupPlan) =
            { plan with
                Class = classOf plan.Group
                PError = pError
            }

        let digit (digit: Digit) =
            { digit with
                Class = digit.Group |> Option.bind classOf
            }

        node
        |> Plans.change (Option.map lookup) (fun _ digits ->
            {
                Digits = Array.map digit digits
                PError = pError
            })

    /// The graph with classes and keys; the graph itself when it has no parameters.
    let run (graph: Graph) : Graph =
        match ParameterText.tryRead graph with
        | None -> graph
        | Some chosen ->
            let pErrors =
                (CircuitFigures.ofGraph graph).Failures
                |> Seq.filter (fun failure -> failure.Node >= 0)
                |> Seq.map (fun failure -> failure.Node, failure.PError)
                |> Map.ofSeq

            { graph with
                Nodes = Array.mapi (assigned chosen pErrors) graph.Nodes
                Types = graph.Types |> Array.map (fun valueType -> { valueType with Key = Some 0 })
            }

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        Pass.rewrite "assign-classes" "gives lookups their class and failure probability, and values their key" run
