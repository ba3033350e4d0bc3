namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Operators that move elements to other places.
[<RequireQualifiedAccess>]
module internal MoveRules =

    let private concat (site: Site) =
        let shapes = site.Operands |> Array.map Inferred.dimsOf

        let join axis (left: Dimension[]) (right: Dimension[]) =
            if left.Length <> right.Length then
                Dimensions.contradict $"the shapes {Dimensions.print left} and {Dimensions.print right} differ in rank"

            Array.init left.Length (fun index ->
                if index = axis then
                    Dimensions.sum left[index] right[index]
                else
                    match Dimensions.tryUnify left[index] right[index] with
                    | Some dim -> dim
                    | None ->
                        Dimensions.contradict $"the shapes {Dimensions.print left} and {Dimensions.print right} differ beside axis {axis}")

        let dims =
            if shapes.Length = 0 || Array.exists Option.isNone shapes then
                None
            else
                let shapes = shapes |> Array.choose id
                let axis = Dimensions.axis shapes[0].Length (Site.int "axis" 1L site)
                Some(Array.reduce (join axis) shapes)

        let items =
            let parts = site.Operands |> Array.choose (fun operand -> operand.Items)

            match dims with
            | Some [| _ |] when parts.Length = site.Operands.Length -> Some(Array.concat parts)
            | _ -> None

        [ Inferred.withItems items (Site.like 0 dims site) ]

    /// The dimension that −1 stands for, given the operand's and the other requested dimensions.
    let private remainder (dims: Dimension[] option) (others: Dimension[]) =
        let split (dims: Dimension[]) =
            let known =
                dims
                |> Array.fold
                    (fun product dim ->
                        match dim with
                        | Dimension.Known size -> Dimensions.multiply product size
                        | _ -> product)
                    1L

            known,
            dims
            |> Array.filter (function
                | Dimension.Known _ -> false
                | _ -> true)
            |> Array.sort
            |> List.ofArray

        match dims |> Option.map split, split others with
        | Some(total, totalNames), (part, partNames) when not (List.contains Dimension.Unknown (totalNames @ partNames)) ->
            let remove names name =
                match List.tryFindIndex ((=) name) names with
                | Some index -> List.removeAt index names
                | None -> Dimension.Unknown :: names

            match List.fold remove totalNames partNames with
            | [] when part > 0L && total % part = 0L -> Dimension.Known(total / part)
            | [] when part > 0L -> Dimensions.contradict $"{total} elements do not fill rows of {part}"
            | [ name ] when total = part && total > 0L -> name
            | _ -> Dimension.Unknown
        | _ -> Dimension.Unknown

    let private reshapeTo (site: Site) (request: Dimension[]) =
        let allowZero = Site.int "allowzero" 0L site <> 0L
        let source = Site.dims 0 site

        let copied =
            request
            |> Array.mapi (fun index dim ->
                match dim, source with
                | Dimension.Known 0L, Some dims when not allowZero ->
                    if index < dims.Length then
                        dims[index]
                    else
                        Dimensions.contradict $"dimension {index} is to be copied from a tensor of rank {dims.Length}"
                | Dimension.Known 0L, None when not allowZero -> Dimension.Unknown
                | Dimension.Known size, _ when size < -1L -> Dimensions.contradict $"a dimension of {size} is requested"
                | _ -> dim)

        let free =
            copied
            |> Array.indexed
            |> Array.filter (fun (_, dim) -> dim = Dimension.Known -1L)
            |> Array.map fst

        match free with
        | [||] ->
            match source |> Option.map Dimensions.product, Dimensions.product copied with
            | Some(Dimension.Known have), Dimension.Known want when have <> want ->
                Dimensions.contradict $"{have} elements do not fill the shape {Dimensions.print copied}"
            | _ -> copied
        | [| index |] ->
            let rest = Array.removeAt index copied
            let result = Array.copy copied
            result[index] <- remainder source rest
            result
        | _ -> Dimensions.contradict "more than one dimension is -1"

    let private reshape (site: Site) =
        let request =
            match Site.ints "shape" site with
            | Some values -> Some(values |> Array.map Dimension.Known)
            | None -> Site.items 1 site

        let dims =
            match request, Site.dims 1 site with
            | Some request, _ -> Some(reshapeTo site request)
            | None, Some [| Dimension.Known rank |] when rank >= 0L && rank <= 64L -> Some(Array.create (int rank) Dimension.Unknown)
            | _ -> None

        [ Inferred.withItems (Site.items 0 site) (Site.like 0 dims site) ]

    let private flatten (site: Site) =
        let dims =
            Site.dims 0 site
            |> Option.map (fun dims ->
                let axis = Site.int "axis" 1L site

                let axis =
                    if axis = int64 dims.Length then
                        dims.Length
                    else
                        Dimensions.axis dims.Length axis

                [| Dimensions.product dims[.. axis - 1]; Dimensions.product dims[axis..] |])

        [ Inferred.withItems (Site.items 0 site) (Site.like 0 dims site) ]

    let private transpose (site: Site) =
        let order (rank: int) =
            match Site.ints "perm" site with
            | None -> Array.init rank (fun axis -> rank - 1 - axis)
            | Some perm when Array.sort perm = Array.init rank int64 -> Array.map int perm
            | Some perm ->
                let text = perm |> Array.map string |> String.concat ", "
                Dimensions.contradict $"perm [{text}] is no permutation of {rank} axes"

        let permute (values: 'T[]) =
            order values.Length |> Array.map (fun axis -> values[axis])

        let items =
            match Site.items 0 site, Inferred.tryShape (Site.operand 0 site) with
            | Some items, Some shape -> Some(Inferred.strided items 0 (permute shape) (permute (Shape.strides shape)))
            | _ -> None

        [
            Inferred.withItems items (Site.like 0 (Site.dims 0 site |> Option.map permute) site)
        ]

    let private squeeze (site: Site) =
        let drop (dims: Dimension[]) (axes: int64[]) =
            let axes = axes |> Array.map (Dimensions.axis dims.Length)

            for axis in axes do
                match dims[axis] with
                | Dimension.Known size when size <> 1L -> Dimensions.contradict $"axis {axis} of {Dimensions.print dims} cannot be squeezed"
                | _ -> ()

            dims
            |> Array.indexed
            |> Array.filter (fun (axis, _) -> not (Array.contains axis axes))
            |> Array.map snd

        let isKnown dim =
            match dim with
            | Dimension.Known _ -> true
            | _ -> false

        let dims =
            match Site.dims 0 site, Site.integers "axes" 1 site with
            | Some dims, Some(Ok axes) -> Some(drop dims axes)
            | Some dims, None when Array.forall isKnown dims -> Some(Array.filter ((<>) (Dimension.Known 1L)) dims)
            | Some dims, Some(Error(Some count)) when count <= dims.Length -> Some(Array.create (dims.Length - count) Dimension.Unknown)
            | _ -> None

        [ Inferred.withItems (Site.items 0 site) (Site.like 0 dims site) ]

    let private unsqueeze (site: Site) =
        let insert (dims: Dimension[]) (axes: int64[]) =
            let rank = dims.Length + axes.Length
            let axes = axes |> Array.map (Dimensions.axis rank)

            if (Array.distinct axes).Length <> axes.Length then
                Dimensions.contradict "an axis is inserted twice"

            let rest = System.Collections.Generic.Queue dims

            Array.init rank (fun axis ->
                if Array.contains axis axes then
                    Dimension.Known 1L
                else
                    rest.Dequeue())

        let dims =
            match Site.dims 0 site, Site.integers "axes" 1 site with
            | Some dims, Some(Ok axes) -> Some(insert dims axes)
            | Some dims, Some(Error(Some count)) -> Some(Array.create (dims.Length + count) Dimension.Unknown)
            | _ -> None

        [ Inferred.withItems (Site.items 0 site) (Site.like 0 dims site) ]

    let private gather (site: Site) =
        let axis dims =
            Dimensions.axis (Array.length dims) (Site.int "axis" 0L site)

        let dims =
            match Site.dims 0 site, Site.dims 1 site with
            | Some data, Some indices ->
                let axis = axis data
                Some(Array.concat [ data[.. axis - 1]; indices; data[axis + 1 ..] ])
            | _ -> None

        let items =
            match Site.dims 0 site, Site.items 0 site, Site.items 1 site with
            | Some [| _ |], Some data, Some indices ->
                indices
                |> Array.map (fun index ->
                    match index with
                    | Dimension.Known position -> data[Dimensions.axis data.Length position]
                    | _ -> Dimension.Unknown)
                |> Some
            | _ -> None

        [ Inferred.withItems items (Site.like 0 dims site) ]

    let private expand (site: Site) =
        let dims =
            match Site.dims 0 site, Site.items 1 site with
            | Some dims, Some request -> Some(Dimensions.broadcast dims request)
            | _ -> None

        let items =
            match Site.items 0 site with
            | Some [| item |] ->
                match dims |> Option.map Dimensions.product with
                | Some(Dimension.Known count) when count <= 4096L -> Some(Array.create (int count) item)
                | _ -> None
            | _ -> None

        [ Inferred.withItems items (Site.like 0 dims site) ]

    let private tile (site: Site) =
        let dims =
            match Site.dims 0 site, Site.items 1 site with
            | Some dims, Some repeats when dims.Length = repeats.Length ->
                let repeat dim count =
                    match count with
                    | Dimension.Known times when times < 0L -> Dimensions.contradict $"an axis is repeated {times} times"
                    | _ -> Dimensions.product [ dim; count ]

                Some(Array.map2 repeat dims repeats)
            | Some dims, _ -> Some(Array.map (fun _ -> Dimension.Unknown) dims)
            | None, _ -> None

        [ Site.like 0 dims site ]

    /// Channels into blocks of space; blocks of space into channels.
    let private blocks (toSpace: bool) (site: Site) =
        let size = Site.int "blocksize" 1L site

        if size < 1L || size > 65536L then
            Dimensions.contradict $"blocksize is {size}"

        let divide by dim =
            match dim with
            | Dimension.Known count when count % by <> 0L -> Dimensions.contradict $"{count} does not divide by {by}"
            | Dimension.Known count -> Dimension.Known(count / by)
            | other when by = 1L -> other
            | _ -> Dimension.Unknown

        let multiply by dim =
            Dimensions.product [ dim; Dimension.Known by ]

        let channels, space =
            if toSpace then
                divide (size * size), multiply size
            else
                multiply (size * size), divide size

        let dims =
            match Site.dims 0 site with
            | Some [| n; c; h; w |] -> Some [| n; channels c; space h; space w |]
            | Some dims -> Dimensions.contradict $"{Dimensions.print dims} is no image"
            | None -> None

        [ Site.like 0 dims site ]

    let all: (string * (Site -> Inferred list)) list =
        [
            "Concat", concat
            "Tile", tile
            "DepthToSpace", blocks true
            "SpaceToDepth", blocks false
            "Reshape", reshape
            "Flatten", flatten
            "Transpose", transpose
            "Squeeze", squeeze
            "Unsqueeze", unsqueeze
            "Gather", gather
            "Expand", expand
        ]
