/// Steps of random graphs that move elements.
module ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Moves

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes
open ConcreteMl.Compiler.Core.Tests.RuntimeGraphs.Functions

let private shuffled (draft: Draft) (items: 'T list) =
    items |> List.sortBy (fun _ -> draft.Random.Next())

/// The axes of a value whose size constants may name.
let private closed (draft: Draft) (x: Drawn) =
    [
        for at in 0 .. x.Rank - 1 do
            if not (draft.IsOpen x.Shape[at]) then
                at
    ]

let private some (draft: Draft) (items: 'T list) =
    if items.IsEmpty then None else Some(draft.Choose items)

let private signed (draft: Draft) (x: Drawn) at =
    if draft.Once 2 then at else at - x.Rank

let private reshape (draft: Draft) (x: Drawn) =
    let sizes = List.ofArray x.Shape

    match sizes with
    | first :: rest when draft.IsOpen first ->
        let count = List.fold (*) 1 rest

        if rest |> List.exists draft.IsOpen then
            None
        else
            let divisor =
                [ 1; 2; 3; 4 ] |> List.filter (fun size -> count % size = 0) |> draft.Choose

            draft.Choose
                [
                    [ 0; -1 ]
                    [ -1; count ]
                    [ 0; divisor; -1 ]
                    [ -1; divisor; count / divisor ]
                ]
            |> Some
    | _ when List.exists draft.IsOpen sizes -> None
    | _ -> Some(draft.Choose [ [ -1 ]; shuffled draft sizes; [ 1; -1 ]; sizes @ [ 1 ] ])
    |> Option.bind (fun target -> plain draft "Reshape" [ x; draft.Integers target ] [])

let private squeeze (draft: Draft) (x: Drawn) =
    let ones =
        [
            for at in 0 .. x.Rank - 1 do
                if x.Shape[at] = 1 then
                    signed draft x at
        ]

    let isInput = draft.Style.Opset >= 13

    if ones.IsEmpty || draft.Once 2 then
        let at = draft.Random.Next(0, x.Rank + 1)

        if isInput then
            plain draft "Unsqueeze" [ x; draft.Integers [ at ] ] []
        else
            plain draft "Unsqueeze" [ x ] [ Build.ints "axes" [ int64 at ] ]
    elif isInput then
        plain draft "Squeeze" [ x; draft.Integers ones ] []
    else
        plain draft "Squeeze" [ x ] [ Build.ints "axes" (List.map int64 ones) ]

let private slice (draft: Draft) (x: Drawn) =
    some draft (closed draft x |> List.filter (fun at -> x.Shape[at] > 1))
    |> Option.bind (fun at ->
        let size = x.Shape[at]
        let from = draft.Random.Next(0, size)
        let step = draft.Choose [ 1; 1; 2; -1 ]

        let until =
            if step > 0 then
                draft.Random.Next(from + 1, size + 2)
            else
                draft.Choose [ -1000; -size - 1 ]

        plain
            draft
            "Slice"
            [
                x
                draft.Integers [ from ]
                draft.Integers [ until ]
                draft.Integers [ signed draft x at ]
                draft.Integers [ step ]
            ]
            [])

let private split (draft: Draft) (x: Drawn) =
    some draft (closed draft x |> List.filter (fun at -> x.Shape[at] > 1))
    |> Option.bind (fun at ->
        let first = draft.Random.Next(1, x.Shape[at])
        let sizes = [ first; x.Shape[at] - first ]
        let on = Build.int "axis" (int64 (signed draft x at))

        if draft.Style.Opset < 13 then
            draft.TryNode("", "Split", [ Some x ], [ on; Build.ints "split" (List.map int64 sizes) ], 2)
        elif draft.Style.Opset >= 18 && draft.Once 3 then
            draft.TryNode("", "Split", [ Some x ], [ on; Build.int "num_outputs" 2L ], 2)
        else
            draft.TryNode("", "Split", [ Some x; Some(draft.Integers sizes) ], [ on ], 2))

let private concat (draft: Draft) (x: Drawn) =
    let at = draft.Random.Next x.Rank

    let fits (y: Drawn) =
        y.Element = x.Element
        && y.Rank = x.Rank
        && Seq.forall (fun other -> other = at || y.Shape[other] = x.Shape[other]) [ 0 .. x.Rank - 1 ]

    let shape =
        [
            for other in 0 .. x.Rank - 1 ->
                if other = at then
                    draft.Random.Next(1, 3)
                else
                    x.Shape[other]
        ]

    let other =
        match draft.TryPick fits with
        | Some y when not (draft.Once 3) || draft.HasOpen(Array.ofList shape) -> y
        | _ ->
            if draft.HasOpen(Array.ofList shape) then
                x
            else
                draft.Draw(x.Element, shape, Kind.Any)

    plain draft "Concat" (shuffled draft [ x; other ]) [ Build.int "axis" (int64 (signed draft x at)) ]

let private indices (draft: Draft) size count =
    List.init count (fun _ -> draft.Random.Next(-size, size))

let private gather (draft: Draft) (x: Drawn) =
    some draft (closed draft x)
    |> Option.bind (fun at ->
        let size = x.Shape[at]
        let on = Build.int "axis" (int64 (signed draft x at))

        let shaped (shape: int[]) =
            draft.Constant(Tensor.ofInt64 shape (indices draft size (Shape.count shape) |> List.map int64 |> Array.ofList))

        if draft.HasOpen x.Shape then
            plain draft "Gather" [ x; shaped (draft.Choose [ [||]; [| 3 |]; [| 2; 2 |] ]) ] [ on ]
        else
            let shape = x.Shape |> Array.mapi (fun other size -> if other = at then 2 else size)

            match draft.Random.Next 4 with
            | 0 -> plain draft "GatherElements" [ x; shaped shape ] [ on ]
            | 1 ->
                let index = List.distinct (List.init 2 (fun _ -> draft.Random.Next size))

                let shape =
                    x.Shape
                    |> Array.mapi (fun other size -> if other = at then index.Length else size)

                let inner = Shape.count (Array.skip (at + 1) shape)

                let values =
                    Array.init (Shape.count shape) (fun flat -> int64 index[flat / inner % index.Length])

                plain
                    draft
                    "ScatterElements"
                    [
                        x
                        draft.Constant(Tensor.ofInt64 shape values)
                        draft.Draw(x.Element, List.ofArray shape, Kind.Any)
                    ]
                    [ on ]
            | 2 ->
                let at0 = draft.Random.Next x.Shape[0]

                plain
                    draft
                    "ScatterND"
                    [
                        x
                        draft.Constant(Tensor.ofInt64 [| 1; 1 |] [| int64 at0 |])
                        draft.Draw(x.Element, 1 :: List.tail (List.ofArray x.Shape), Kind.Any)
                    ]
                    []
            | _ ->
                plain
                    draft
                    "GatherND"
                    [
                        x
                        draft.Constant(Tensor.ofInt64 [| 2; 1 |] [| int64 (draft.Random.Next x.Shape[0]); 0L |])
                    ]
                    [])

let private pad (draft: Draft) (x: Drawn) =
    let amounts =
        [
            for size in x.Shape ->
                if draft.IsOpen size then
                    0
                else
                    draft.Random.Next(0, min 3 size)
        ]

    let behind =
        [
            for size in x.Shape ->
                if draft.IsOpen size then
                    0
                else
                    draft.Random.Next(0, min 3 size)
        ]

    let mode = draft.Choose [ "constant"; "constant"; "edge"; "reflect" ]

    let value =
        if mode = "constant" && draft.Once 2 then
            [ draft.Draw(x.Element, [], Kind.Small) ]
        else
            []

    plain draft "Pad" ([ x; draft.Integers(amounts @ behind) ] @ value) [ Build.text "mode" mode ]

let private blocks (draft: Draft) (x: Drawn) =
    if x.Rank <> 4 then
        None
    elif draft.Once 2 then
        plain draft "DepthToSpace" [ x ] [ Build.int "blocksize" 2L; Build.text "mode" (draft.Choose [ "DCR"; "CRD" ]) ]
    else
        plain draft "SpaceToDepth" [ x ] [ Build.int "blocksize" 2L ]

let private sized (draft: Draft) (x: Drawn) =
    match draft.Random.Next 4 with
    | 0 ->
        plain
            draft
            "Expand"
            [
                x
                draft.Integers [ for size in x.Shape -> if size = 1 && draft.Once 2 then 3 else 1 ]
            ]
            []
    | 1 ->
        plain
            draft
            "Tile"
            [
                x
                draft.Integers
                    [
                        for size in x.Shape -> if draft.IsOpen size then 1 else draft.Random.Next(1, 3)
                    ]
            ]
            []
    | 2 -> plain draft "Trilu" [ x; draft.Scalar(draft.Random.Next(-1, 2)) ] [ Build.int "upper" (int64 (draft.Random.Next 2)) ]
    | _ -> plain draft (draft.Choose [ "Shape"; "Size" ]) [ x ] []

let private any (draft: Draft) =
    draft.TryPick(fun x -> x.Rank > 0)
    |> Option.bind (fun x ->
        match draft.Random.Next 11 with
        | 0 -> plain draft "Transpose" [ x ] [ Build.ints "perm" (shuffled draft [ for at in 0 .. x.Rank - 1 -> int64 at ]) ]
        | 1 -> reshape draft x
        | 2 -> plain draft "Flatten" [ x ] [ Build.int "axis" (int64 (draft.Random.Next(-x.Rank, x.Rank + 1))) ]
        | 3 -> squeeze draft x
        | 4 -> slice draft x
        | 5 -> split draft x
        | 6 -> concat draft x
        | 7 -> gather draft x
        | 8 -> pad draft x
        | 9 -> blocks draft x
        | _ -> sized draft x)

let all: (int * DrawStep) list = [ (8, any) ]
