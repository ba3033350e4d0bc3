namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Turns `auto_pad` into explicit pads where the spatial shape is known, so that later stages see one form.
[<RequireQualifiedAccess>]
module ResolveAutoPad =

    let private resolved (graph: Graph) (node: Node<Op>) (window: Window) : Window option =
        if window.AutoPad = AutoPad.Explicit then
            None
        else
            ValueType.tryShape (graph.TypeOf node.Operands[0])
            |> Option.map (fun shape -> Windows.resolve window (Array.skip 2 shape))

    let private explicit (graph: Graph) (node: Node<Op>) : Op option =
        match node.Op with
        | Op.Conv(window, group) -> resolved graph node window |> Option.map (fun window -> Op.Conv(window, group))
        | Op.AveragePool(window, includePad) ->
            resolved graph node window
            |> Option.map (fun window -> Op.AveragePool(window, includePad))
        | Op.MaxPool(window, order) ->
            resolved graph node window
            |> Option.map (fun window -> Op.MaxPool(window, order))
        | _ -> None

    let private run (graph: Graph) =
        let rule (builder: GraphBuilder<Op, ValueType>) rename (node: Node<Op>) =
            explicit graph node
            |> Option.map (fun op -> builder.Node(op, Array.map rename node.Operands, Array.map graph.TypeOf node.Results, node.Origin))

        Rewrite.rewrite rule graph

    let pass: Pass<Graph, Graph> =
        {
            Name = "resolve-auto-pad"
            Summary = "Make automatic padding explicit."
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
