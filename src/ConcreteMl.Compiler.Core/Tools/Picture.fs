namespace ConcreteMl.Compiler.Core.Tools

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open ConcreteMl.Compiler.Core

/// A graph as a picture: SVG without scripts, fonts or anything from elsewhere.
[<RequireQualifiedAccess>]
module Picture =

    /// What stands in one box.
    type private Card =
        {
            Title: string
            Lines: string list
            Tip: string
            Colour: string
            Feeds: int list
        }

    // Widths of the fonts below, in pixels a character, on the wide side.
    let private titleWidth, private lineWidth = 7.6, 6.3
    let private margin, private padding = 24.0, 9.0

    let private linear =
        set
            [
                "gemm"
                "matmul"
                "conv"
                "averagepool"
                "average_pool"
                "sum_pool"
                "reduce_sum"
                "add"
                "sub"
                "combine"
                "scale"
                "shift"
                "sum"
            ]

    let private movement =
        set
            [
                "reshape"
                "transpose"
                "flatten"
                "squeeze"
                "unsqueeze"
                "slice"
                "gather"
                "concat"
                "pad"
                "expand"
                "view"
                "constant"
            ]

    let private bare (operation: string) =
        operation[operation.LastIndexOf '.' + 1 ..]

    let private colourOf (operation: string) =
        let name = (bare operation).ToLowerInvariant()

        if linear.Contains name then
            "#d6e6f7"
        elif movement.Contains name then
            "#e8e8e8"
        elif name.StartsWith("lookup", System.StringComparison.Ordinal) || name = "bootstrap" then
            "#fbdcb8"
        elif name.StartsWith("round", System.StringComparison.Ordinal) || name = "reencode" then
            "#f7eec0"
        else
            "#dff0d8"

    let private shorten (most: int) (text: string) =
        if text.Length <= most then
            text
        else
            text[.. most - 2] + "…"

    /// Attributes that fit a line; large ones are in the tip alone.
    let private brief (attributes: (string * string) list) =
        attributes
        |> List.filter (fun (_, value) -> value.Length <= 28)
        |> List.map (fun (name, value) -> $"{name} {value}")

    let private isConstant (node: ViewNode) =
        (bare node.Operation).ToLowerInvariant() = "constant"

    /// Constants stand in the boxes that read them, unless they are outputs.
    let private inlined (view: View) =
        let outputs = view.Outputs |> List.map _.Value |> Set.ofList

        view.Nodes
        |> List.filter (fun node -> isConstant node && node.Results |> List.forall (outputs.Contains >> not))
        |> List.collect (fun node -> node.Results |> List.map (fun value -> value, node))
        |> Map.ofList

    let private constantLine (node: ViewNode) =
        let value =
            node.Attributes
            |> List.tryPick (fun (name, value) -> if name = "value" then Some value else None)
            |> Option.defaultValue ""

        let shown =
            match node.Types with
            | [ one ] when one <> "" && value.Length > 24 -> one
            | _ -> value

        "const " + shorten 34 shown

    let private ofNode (constants: Map<string, ViewNode>) (boxOf: Dictionary<string, int>) (node: ViewNode) =
        let constantLines =
            node.Operands
            |> List.choose (fun operand -> Map.tryFind operand constants |> Option.map constantLine)

        let origin = String.Join(", ", node.Origin)
        let types = node.Types |> List.filter ((<>) "") |> List.truncate 2

        {
            Title = bare node.Operation
            Lines =
                [
                    if origin <> "" then
                        shorten 42 origin

                    yield! brief node.Attributes |> List.truncate 4 |> List.map (shorten 42)
                    yield! constantLines |> List.truncate 3
                    yield! types |> List.map (shorten 42)
                ]
            Tip =
                [
                    $"""{String.concat ", " node.Results} = {node.Operation}({String.concat ", " node.Operands})"""
                    yield!
                        node.Attributes
                        |> List.map (fun (name, value) -> $"{name} = {shorten 400 value}")
                    yield! node.Types
                    origin
                ]
                |> List.filter ((<>) "")
                |> String.concat "\n"
            Colour = colourOf node.Operation
            Feeds =
                node.Operands
                |> List.choose (fun operand ->
                    match boxOf.TryGetValue operand with
                    | true, box -> Some box
                    | _ -> None)
        }

    let private ofPort side feeds (port: ViewPort) =
        {
            Title = port.Name
            Lines =
                [
                    $"{side} {port.Type}" |> shorten 42
                    yield! brief port.Attributes |> List.truncate 3 |> List.map (shorten 42)
                ]
            Tip =
                $"{side} {port.Name}"
                :: (port.Attributes
                    |> List.map (fun (name, value) -> $"{name} = {shorten 400 value}"))
                |> String.concat "\n"
            Colour = "#ffffff"
            Feeds = feeds
        }

    let private cards (view: View) : Card list =
        let constants = inlined view
        let boxOf = Dictionary<string, int>()
        let made = List<Card>()

        for port in view.Inputs do
            boxOf[port.Value] <- made.Count
            made.Add(ofPort "input" [] port)

        for node in view.Nodes do
            if not (node.Results |> List.exists constants.ContainsKey) then
                let card = ofNode constants boxOf node

                for value in node.Results do
                    boxOf[value] <- made.Count

                made.Add card

        for port in view.Outputs do
            let feeds =
                match boxOf.TryGetValue port.Value with
                | true, box -> [ box ]
                | _ -> []

            made.Add(ofPort "output" feeds port)

        List.ofSeq made

    let private size (card: Card) : Box =
        let widest =
            card.Lines
            |> List.map (fun line -> float line.Length * lineWidth)
            |> List.fold max (float card.Title.Length * titleWidth)

        {
            Width = max 70.0 (widest + 2.0 * padding)
            Height = 24.0 + 14.0 * float card.Lines.Length
            Feeds = card.Feeds
        }

    let private escape (text: string) = Net.WebUtility.HtmlEncode text

    let private number (value: float) =
        value.ToString("0.#", CultureInfo.InvariantCulture)

    /// A curve that leaves and enters vertically.
    let private path (points: (float * float) list) =
        let text = StringBuilder()
        let x, y = points.Head
        text.Append $"M{number (x + margin)} {number (y + margin)}" |> ignore

        for (fromX, fromY), (toX, toY) in List.pairwise points do
            let middle = (fromY + toY) / 2.0 + margin
            ignore fromX

            text.Append
                $"C{number (fromX + margin)} {number middle} {number (toX + margin)} {number middle} {number (toX + margin)} {number (toY + margin)}"
            |> ignore

        text.ToString()

    let private drawCard (card: Card) (box: Box) (x: float, y: float) =
        let x, y = x + margin, y + margin
        let text = StringBuilder()

        text.Append
            $"""<g><title>{escape card.Tip}</title><rect x="{number x}" y="{number y}" width="{number box.Width}" height="{number box.Height}" rx="4" fill="{card.Colour}" stroke="#555"/>"""
        |> ignore

        text.Append $"""<text class="t" x="{number (x + box.Width / 2.0)}" y="{number (y + 16.0)}">{escape card.Title}</text>"""
        |> ignore

        card.Lines
        |> List.iteri (fun index line ->
            text.Append
                $"""<text class="l" x="{number (x + box.Width / 2.0)}" y="{number (y + 31.0 + 14.0 * float index)}">{escape line}</text>"""
            |> ignore)

        text.Append("</g>\n").ToString()

    let private style =
        "text{font-family:ui-sans-serif,'DejaVu Sans',sans-serif;text-anchor:middle;fill:#222}.t{font-size:12px;font-weight:bold}.l{font-size:10.5px}.h{font-size:14px;font-weight:bold;text-anchor:start}path{fill:none;stroke:#777;stroke-width:1.2}"

    // From nearly white for nothing to a strong orange for all of the cost: the square root keeps shares of a few per cent visible.
    let private heat (share: float) =
        let strength = sqrt (max 0.0 (min 1.0 share))
        let mix (cold: float) (hot: float) = int (cold + (hot - cold) * strength)
        $"#{mix 247.0 240.0:x2}{mix 247.0 110.0:x2}{mix 245.0 40.0:x2}"

    /// The boxes by their share of the cost: of the last box of each place.
    let private heated (shares: (string * float) list) (view: View) (cards: Card list) =
        let drawn =
            let constants = inlined view

            view.Nodes
            |> List.filter (fun node -> not (node.Results |> List.exists constants.ContainsKey))

        let first = view.Inputs.Length

        let boxes =
            shares
            |> List.choose (fun (place: string, share) ->
                // the last of merged nodes stands for all of them
                let last = place.Split(", ") |> Array.last

                let named (node: ViewNode) =
                    String.Join(", ", node.Origin) = place || List.contains last node.Origin

                drawn
                |> List.tryFindIndexBack named
                |> Option.map (fun index -> first + index, share))
            |> List.groupBy fst
            |> List.map (fun (box, shares) -> box, shares |> List.sumBy snd)

        cards
        |> List.mapi (fun index card ->
            if index < first || index >= first + drawn.Length then
                card
            else
                let share = boxes |> List.tryFind (fun (box, _) -> box = index) |> Option.map snd

                match share with
                | Some share when share >= 0.0005 ->
                    let line =
                        (share * 100.0).ToString("0.0", CultureInfo.InvariantCulture) + " % of the time"

                    { card with
                        Colour = heat share
                        Lines = card.Lines @ [ line ]
                    }
                | _ -> { card with Colour = heat 0.0 })

    let private draw (view: View) (cards: Card list) : string =
        let cards = Array.ofList cards
        let boxes = cards |> Array.map size
        let placed = Layers.place boxes
        let width = placed.Width + 2.0 * margin
        let title = $"{view.Name} ({view.Stage})"
        let head = 22.0
        let height = placed.Height + 2.0 * margin + head
        let wide = max width (float title.Length * 9.0 + 2.0 * margin)
        let text = StringBuilder()

        text.Append
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="{number wide}" height="{number height}" viewBox="0 0 {number wide} {number height}">"""
        |> ignore

        text.Append $"\n<style>{style}</style>\n" |> ignore
        text.Append """<rect width="100%" height="100%" fill="#fff"/>""" |> ignore

        text.Append $"""<text class="h" x="{number margin}" y="20">{escape title}</text>"""
        |> ignore

        text.Append $"\n<g transform=\"translate(0,{number head})\">\n" |> ignore

        for source, target, points in placed.Lines do
            ignore (source, target)
            text.Append $"""<path d="{path points}"/>""" |> ignore

        text.Append "\n" |> ignore

        for index in 0 .. cards.Length - 1 do
            text.Append(drawCard cards[index] boxes[index] placed.Corners[index]) |> ignore

        text.Append("</g>\n</svg>\n").ToString()

    /// The picture of a graph: boxes from inputs at the top to outputs at the bottom, coloured by what they do; the tip of a box has all
    /// of its attributes.
    let svg (view: View) : string = draw view (cards view)

    /// The same coloured by cost: the share of the whole that each node's name has.
    let costed (shares: (string * float) list) (view: View) : string =
        cards view |> heated shares view |> draw view
