namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// Operators that work element by element, on integers with their values followed.
[<RequireQualifiedAccess>]
module internal ElementwiseRules =

    let private same (site: Site) =
        [
            { Site.operand 0 site with
                Items = None
            }
        ]

    /// The elements of all operands, broadcast to the shape of `result`; None when something is not known.
    let private broadcastItems (operands: Inferred list) (result: Inferred) : Dimension[] list option =
        match Inferred.tryShape result with
        | Some into when Shape.count into <= 4096 ->
            let one (operand: Inferred) =
                match operand.Items, Inferred.tryShape operand with
                | Some items, Some from -> Some(Inferred.strided items 0 into (Shape.broadcastStrides from into))
                | _ -> None

            let all = operands |> List.map one

            if List.forall Option.isSome all then
                Some(List.choose id all)
            else
                None
        | _ -> None

    let private onKnown compute left right =
        match left, right with
        | Dimension.Known l, Dimension.Known r -> compute l r
        | _ -> Dimension.Unknown

    let private arithmetic opType left right =
        match opType, left, right with
        | ("Mul" | "Div"), dim, Dimension.Known 1L
        | "Mul", Dimension.Known 1L, dim
        | ("Add" | "Sub"), dim, Dimension.Known 0L
        | ("Add" | "Sum"), Dimension.Known 0L, dim
        | "Sum", dim, Dimension.Known 0L -> dim
        | ("Max" | "Min"), _, _ when left = right -> left
        // Named elements are sizes, so at least zero.
        | "Max", (Dimension.Named _ as dim), Dimension.Known low
        | "Max", Dimension.Known low, (Dimension.Named _ as dim) when low <= 0L -> dim
        | _ ->
            onKnown
                (fun l r ->
                    match opType with
                    | "Add"
                    | "Sum" -> Dimension.Known(l + r)
                    | "Sub" -> Dimension.Known(l - r)
                    | "Mul" -> Dimension.Known(l * r)
                    | "Max" -> Dimension.Known(max l r)
                    | "Min" -> Dimension.Known(min l r)
                    | "Div" when r <> 0L && r <> -1L -> Dimension.Known(l / r)
                    | "Div" when r = -1L -> Dimension.Known(-l)
                    | "Mod" when r > 0L -> Dimension.Known(((l % r) + r) % r)
                    | _ -> Dimension.Unknown)
                left
                right

    let private comparison opType left right =
        let truth flag =
            Dimension.Known(if flag then 1L else 0L)

        match opType, left, right with
        | "Equal", Dimension.Named l, Dimension.Named r when l = r -> truth true
        | "Equal", Dimension.Named _, Dimension.Known below
        | "Equal", Dimension.Known below, Dimension.Named _ when below < 0L -> truth false
        | _ ->
            onKnown
                (fun l r ->
                    match opType with
                    | "Equal" -> truth (l = r)
                    | "Greater" -> truth (l > r)
                    | "GreaterOrEqual" -> truth (l >= r)
                    | "Less" -> truth (l < r)
                    | "LessOrEqual" -> truth (l <= r)
                    | "And" -> truth (l <> 0L && r <> 0L)
                    | "Or" -> truth (l <> 0L || r <> 0L)
                    | "Xor" -> truth ((l <> 0L) <> (r <> 0L))
                    | _ -> Dimension.Unknown)
                left
                right

    /// Before version 7 the right operand is fitted to the left one by the attributes `axis` and `broadcast`.
    let private broadcastDims (site: Site) =
        if site.Version < 7 && site.Operands.Length = 2 then
            Site.dims 0 site
        else
            site.Operands
            |> Seq.map Inferred.dimsOf
            |> List.ofSeq
            |> Dimensions.broadcastAll

    let private followed (site: Site) compute result =
        let items =
            broadcastItems (List.ofArray site.Operands) result
            |> Option.map (List.reduce (Array.map2 compute))

        Inferred.withItems items result

    let private firstElement (site: Site) =
        site.Operands |> Seq.tryPick Inferred.elementOf

    let private binary (site: Site) =
        match firstElement site with
        | None -> [ Inferred.missing ]
        | Some element ->
            [
                Inferred.tensor element (broadcastDims site)
                |> followed site (arithmetic site.Node.OpType)
            ]

    let private compare (site: Site) =
        [
            Inferred.tensor (Ok Element.Bool) (broadcastDims site)
            |> followed site (comparison site.Node.OpType)
        ]

    let private negate (site: Site) =
        let result =
            { Site.operand 0 site with
                Items = None
            }

        let one item =
            match item, site.Node.OpType with
            | Dimension.Known value, "Neg" -> Dimension.Known(-value)
            | Dimension.Known value, "Abs" when value <> Int64.MinValue -> Dimension.Known(abs value)
            | Dimension.Known value, "Not" -> Dimension.Known(if value = 0L then 1L else 0L)
            | Dimension.Named _, "Abs" -> item
            | _ -> Dimension.Unknown

        [ Inferred.withItems (Site.items 0 site |> Option.map (Array.map one)) result ]

    let private where (site: Site) =
        let dims =
            [ 0; 1; 2 ]
            |> List.map (fun index -> Site.dims index site)
            |> Dimensions.broadcastAll

        let result =
            match
                [ 1; 2 ]
                |> List.tryPick (fun index -> Inferred.elementOf (Site.operand index site))
            with
            | Some element -> Inferred.tensor element dims
            | None -> Inferred.missing

        let choose condition (yes, no) =
            match condition with
            | Dimension.Known 0L -> no
            | Dimension.Known _ -> yes
            | _ when yes = no -> yes
            | _ -> Dimension.Unknown

        let items =
            match broadcastItems (List.ofArray site.Operands) result with
            | Some [ condition; yes; no ] -> Some(Array.map2 choose condition (Array.zip yes no))
            | _ -> None

        [ Inferred.withItems items result ]

    let private castTo (element: Result<Element, string>) (site: Site) =
        let result = Inferred.tensor element (Site.dims 0 site)

        let convert item =
            match element, item with
            | Ok Element.Bool, Dimension.Known value -> Dimension.Known(if value = 0L then 0L else 1L)
            | Ok(Element.Int64 | Element.Int32), _ -> item
            | _, Dimension.Known value when value >= 0L && value <= 127L -> item
            | _ -> Dimension.Unknown

        [
            Inferred.withItems (Site.items 0 site |> Option.map (Array.map convert)) result
        ]

    let private cast (site: Site) =
        match Attributes.tryInt "to" site.Node, Attributes.tryText "to" site.Node with
        | Some number, _ when number >= 0L && number < 1000L -> castTo (ElementType.ofNumber (int number)) site
        | _, Some name -> castTo (ElementType.ofName (name.ToLowerInvariant())) site
        | _ -> [ Inferred.missing ]

    let private castLike (site: Site) =
        match Inferred.elementOf (Site.operand 1 site) with
        | Some element -> castTo element site
        | None -> [ Inferred.missing ]

    let private numbered name (site: Site) =
        match Attributes.tryInt name site.Node with
        | Some number when number > 0L && number < 1000L -> Some(ElementType.ofNumber (int number))
        | _ -> None

    let private quantizeLinear (site: Site) =
        let element =
            Inferred.elementOf (Site.operand 2 site)
            |> Option.orElse (numbered "output_dtype" site)
            |> Option.defaultValue (Ok Element.UInt8)

        [ Inferred.tensor element (Site.dims 0 site) ]

    let private dequantizeLinear (site: Site) =
        match
            numbered "output_dtype" site
            |> Option.orElse (Inferred.elementOf (Site.operand 1 site))
        with
        | Some element -> [ Inferred.tensor element (Site.dims 0 site) ]
        | None -> [ Inferred.missing ]

    let private dropout (site: Site) =
        let mask =
            if site.Version >= 10 then
                Inferred.tensor (Ok Element.Bool) (Site.dims 0 site)
            else
                Site.like 0 (Site.dims 0 site) site

        same site @ [ mask ]

    let private identity (site: Site) = [ Site.operand 0 site ]

    let private isBool (site: Site) =
        [ Inferred.tensor (Ok Element.Bool) (Site.dims 0 site) ]

    let all: (string * (Site -> Inferred list)) list =
        [
            // most functions of one operand; rules below replace what these say of the others
            yield! Schemas.ElementwiseSchemas.ofOne |> Seq.map (fun schema -> schema.Name, same)
            yield!
                [ "Hardmax"; "InstanceNormalization"; "LRN" ]
                |> Seq.map (fun name -> name, same)
            yield!
                [ "Add"; "Sub"; "Mul"; "Div"; "Mod"; "Max"; "Min"; "Sum"; "Mean"; "Pow" ]
                |> Seq.map (fun name -> name, binary)
            yield!
                [
                    "And"
                    "Or"
                    "Xor"
                    "Equal"
                    "Greater"
                    "GreaterOrEqual"
                    "Less"
                    "LessOrEqual"
                ]
                |> Seq.map (fun name -> name, compare)
            yield! [ "Neg"; "Abs"; "Not" ] |> Seq.map (fun name -> name, negate)
            yield! [ "IsNaN"; "IsInf" ] |> Seq.map (fun name -> name, isBool)
            "Where", where
            "Cast", cast
            "CastLike", castLike
            "QuantizeLinear", quantizeLinear
            "DequantizeLinear", dequantizeLinear
            "Dropout", dropout
            "Identity", identity
        ]
