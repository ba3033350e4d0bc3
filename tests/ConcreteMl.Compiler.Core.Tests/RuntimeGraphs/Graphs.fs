/// Random graphs of several nodes, and what ONNX Runtime makes of them.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Graphs

open System
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes

/// A graph with the inputs that it was drawn for.
type RandomGraph =
    {
        Seed: int
        Style: Style
        Inputs: Drawn list
        Outputs: Drawn list
        /// Every value that a node gives, in order.
        Computed: Drawn list
        File: Drawn list -> ModelProto
    }

let private shapes =
    [ [ 4 ]; [ 6 ]; [ 3; 4 ]; [ 2; 6 ]; [ 1; 4; 4 ]; [ 2; 3; 4 ]; [ 4; 2; 3 ] ]

let private style (random: Random) floats =
    let types =
        if floats then
            [ Element.Float32 ]
        else
            match random.Next 8 with
            | 0 -> [ Element.Float64 ]
            | 1 -> [ Element.Int64; Element.Float32 ]
            | 2 -> [ Element.Float32; Element.Bool ]
            | 3 -> [ Element.Float32; Element.Int32 ]
            | 4 -> [ Values.all[random.Next Values.all.Length]; Element.Float32 ]
            | _ -> [ Element.Float32 ]

    let isOpen = random.Next 3 = 0

    {
        Opset = [| 13; 15; 17; 18; 21; 22; 23 |][random.Next 7]
        Batch = if isOpen then 7 else 1 + random.Next 2
        Open = isOpen
        Elements = types
    }

let private steps (weighted: (int * Functions.DrawStep) list) =
    [|
        for weight, step in weighted do
            yield! Array.replicate weight step
    |]

let private everything = steps (Functions.all @ Moves.all @ Layers.all @ Models.all)

/// A graph of up to so many nodes; of real numbers alone where `floats`.
let draw (seed: int) (most: int) (floats: bool) : RandomGraph =
    let random = Random seed
    let style = style random floats
    let draft = Draft(random, style)

    let shape () =
        Array.ofList (style.Batch :: shapes[random.Next shapes.Length])

    let first = shape ()
    draft.Input(style.Elements.Head, first, Kind.Small)

    for element in style.Elements.Tail do
        draft.Input(element, (if random.Next 2 = 0 then first else shape ()), Kind.Small)

    if random.Next 4 = 0 then
        draft.Input(style.Elements.Head, first, Kind.Small)

    let wanted = random.Next(2, most + 1)
    let mutable attempts = 0

    while draft.Nodes.Count < wanted && attempts < 20 * most do
        attempts <- attempts + 1
        everything[random.Next everything.Length] draft |> ignore

    let computed =
        draft.Pool |> Seq.filter (fun value -> value.Name[0] = 'v') |> List.ofSeq

    let isRead (value: Drawn) =
        draft.Nodes |> Seq.exists (fun node -> node.Input.Contains value.Name)

    {
        Seed = seed
        Style = style
        Inputs = List.ofSeq draft.Inputs
        // What nothing reads is an output, and now and then what something reads.
        Outputs = computed |> List.filter (fun value -> not (isRead value) || random.Next 8 = 0)
        Computed = computed
        File = draft.File
    }
