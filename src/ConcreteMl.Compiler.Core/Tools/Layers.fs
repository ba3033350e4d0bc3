namespace ConcreteMl.Compiler.Core.Tools

open System

/// A box to place: its size and the boxes that feed it.
type Box =
    {
        Width: float
        Height: float
        Feeds: int list
    }

/// Where boxes and lines lie: points in a plane whose y grows downwards.
type Placement =
    {
        Width: float
        Height: float
        /// The left upper corner of each box.
        Corners: (float * float)[]
        /// For each line from a feeding box to a fed one, the points that it passes.
        Lines: (int * int * (float * float) list) list
    }

/// Draws graphs in layers (Sugiyama, Tagawa, Toda 1981): every line goes down; boxes of a layer are ordered by the mean place of
/// their neighbours, and then moved towards it.
[<RequireQualifiedAccess>]
module Layers =

    let private gapX, private gapY = 28.0, 46.0

    /// A line that crosses layers takes a place of this width in each.
    let private wayWidth = 12.0

    /// Sweeps of ordering and of moving: later ones change little on graphs of a few hundred boxes.
    let private sweeps = 12

    /// Boxes, and the places that long lines take in the layers they cross.
    type private Slot =
        {
            Width: float
            /// The box, or -1 for a place on a line's way.
            Box: int
            Layer: int
        }

    type private Net =
        {
            Slots: Slot[]
            Up: int list[]
            Down: int list[]
            /// For each line the slots that it passes, ends included.
            Ways: (int * int * int list) list
            Layers: int[][]
        }

    let private layersOf (boxes: Box[]) =
        let layer = Array.create boxes.Length 0

        // Boxes come in topological order.
        for index in 0 .. boxes.Length - 1 do
            for source in boxes[index].Feeds do
                layer[index] <- max layer[index] (layer[source] + 1)

        layer

    let private net (boxes: Box[]) : Net =
        let layer = layersOf boxes

        let slots =
            ResizeArray(
                boxes
                |> Array.mapi (fun index box ->
                    {
                        Width = box.Width
                        Box = index
                        Layer = layer[index]
                    })
            )

        let ways =
            [
                for target in 0 .. boxes.Length - 1 do
                    for source in List.distinct boxes[target].Feeds do
                        let between =
                            [
                                for level in layer[source] + 1 .. layer[target] - 1 do
                                    slots.Add
                                        {
                                            Width = wayWidth
                                            Box = -1
                                            Layer = level
                                        }

                                    slots.Count - 1
                            ]

                        source, target, source :: between @ [ target ]
            ]

        let up, down = Array.create slots.Count [], Array.create slots.Count []

        for _, _, way in ways do
            for above, below in List.pairwise way do
                up[below] <- above :: up[below]
                down[above] <- below :: down[above]

        let count =
            if slots.Count = 0 then
                0
            else
                1 + (slots |> Seq.map _.Layer |> Seq.max)

        {
            Slots = slots.ToArray()
            Up = up
            Down = down
            Ways = ways
            Layers =
                Array.init count (fun level ->
                    [|
                        for index in 0 .. slots.Count - 1 do
                            if slots[index].Layer = level then
                                index
                    |])
        }

    /// Orders every layer by the mean place of the neighbours above, then below, in turns.
    let private order (net: Net) : int[][] =
        let layers = net.Layers |> Array.map Array.copy
        let place = Array.create net.Slots.Length 0.0

        let number layer =
            layer |> Array.iteri (fun position slot -> place[slot] <- float position)

        layers |> Array.iter number

        for sweep in 1..sweeps do
            let downwards = sweep % 2 = 1

            let levels =
                if downwards then
                    [ 1 .. layers.Length - 1 ]
                else
                    [ layers.Length - 2 .. -1 .. 0 ]

            for level in levels do
                let wish slot =
                    match (if downwards then net.Up[slot] else net.Down[slot]) with
                    | [] -> place[slot]
                    | neighbours -> neighbours |> List.averageBy (fun other -> place[other])

                layers[level] <- layers[level] |> Array.sortBy wish
                number layers[level]

        layers

    /// Moves the slots of a layer as near to where they wish to be as their order and gaps allow: the mean of packing from the left and
    /// from the right.
    let private settle (net: Net) (centre: float[]) (layer: int[]) (wish: int -> float) =
        let wishes = layer |> Array.map wish
        let width index = net.Slots[layer[index]].Width

        let apart index =
            (width index + width (index + 1)) / 2.0 + gapX

        let fromLeft, fromRight = Array.copy wishes, Array.copy wishes

        for index in 1 .. layer.Length - 1 do
            fromLeft[index] <- max fromLeft[index] (fromLeft[index - 1] + apart (index - 1))

        for index in layer.Length - 2 .. -1 .. 0 do
            fromRight[index] <- min fromRight[index] (fromRight[index + 1] - apart index)

        layer
        |> Array.iteri (fun index slot -> centre[slot] <- (fromLeft[index] + fromRight[index]) / 2.0)

    let private centres (net: Net) (layers: int[][]) =
        let centre = Array.create net.Slots.Length 0.0

        for layer in layers do
            settle net centre layer (fun _ -> 0.0)

        for sweep in 1..sweeps do
            let levels =
                if sweep % 2 = 1 then
                    [ 0 .. layers.Length - 1 ]
                else
                    [ layers.Length - 1 .. -1 .. 0 ]

            for level in levels do
                settle net centre layers[level] (fun slot ->
                    match net.Up[slot] @ net.Down[slot] with
                    | [] -> centre[slot]
                    | neighbours -> neighbours |> List.averageBy (fun other -> centre[other]))

        centre

    /// Places boxes that are in topological order: whatever feeds a box stands before it.
    let place (boxes: Box[]) : Placement =
        let net = net boxes
        let layers = order net
        let centre = centres net layers

        let left =
            net.Slots
            |> Seq.mapi (fun index slot -> centre[index] - slot.Width / 2.0)
            |> Seq.fold min Double.PositiveInfinity

        let heightOf layer =
            layer
            |> Seq.filter (fun slot -> net.Slots[slot].Box >= 0)
            |> Seq.map (fun slot -> boxes[net.Slots[slot].Box].Height)
            |> Seq.fold max 0.0

        let heights = layers |> Array.map heightOf
        let tops = heights |> Array.scan (fun top height -> top + height + gapY) 0.0

        let x slot = centre[slot] - left
        let top slot = tops[net.Slots[slot].Layer]

        let points way =
            let last = List.length way - 1

            way
            |> List.mapi (fun index slot ->
                let box = net.Slots[slot].Box

                if index = 0 then
                    [ x slot, top slot + boxes[box].Height ]
                elif index = last then
                    [ x slot, top slot ]
                else
                    [ x slot, top slot; x slot, top slot + heights[net.Slots[slot].Layer] ])
            |> List.concat

        {
            Width =
                net.Slots
                |> Seq.mapi (fun index slot -> x index + slot.Width / 2.0)
                |> Seq.fold max 0.0
            Height = max 0.0 (Array.last tops - gapY)
            Corners = Array.init boxes.Length (fun index -> x index - boxes[index].Width / 2.0, top index)
            Lines = net.Ways |> List.map (fun (source, target, way) -> source, target, points way)
        }
