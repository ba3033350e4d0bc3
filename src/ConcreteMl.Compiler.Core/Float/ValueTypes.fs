namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Making and reading the types of float-stage values.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ValueType =

    let ofShape element (shape: int[]) : ValueType =
        {
            Element = element
            Dims = Some(Array.map Dim.Known shape)
        }

    let ofTensor (tensor: Tensor) = ofShape tensor.Element tensor.Shape

    /// The shape when every dimension is known.
    let tryShape (valueType: ValueType) : int[] option =
        match valueType.Dims with
        | None -> None
        | Some dims ->
            let known =
                dims
                |> Array.choose (fun dim ->
                    match dim with
                    | Dim.Known size -> Some size
                    | Dim.Dynamic -> None)

            if known.Length = dims.Length then Some known else None

    /// "1x8 Float32", "?x8 Float32", "Float32 of unknown rank": how diagnostics print a type.
    let print (valueType: ValueType) =
        let dim (dim: Dim) =
            match dim with
            | Dim.Known size -> string size
            | Dim.Dynamic -> "?"

        match valueType.Dims with
        | None -> $"{valueType.Element} of unknown rank"
        | Some [||] -> $"scalar {valueType.Element}"
        | Some dims ->
            let shape = dims |> Array.map dim |> String.concat "x"
            $"{shape} {valueType.Element}"

    /// True when a tensor of type `actual` may stand where `declared` is promised.
    let accepts (declared: ValueType) (actual: ValueType) =
        let fits left right =
            match left, right with
            | Dim.Known l, Dim.Known r -> l = r
            | Dim.Dynamic, _
            | _, Dim.Dynamic -> true

        declared.Element = actual.Element
        && (match declared.Dims, actual.Dims with
            | Some left, Some right -> left.Length = right.Length && Array.forall2 fits left right
            | None, _
            | _, None -> true)
