namespace ConcreteMl.Compiler.Core.Text

open ConcreteMl.Compiler.Core.Base

/// A place in a text; both count from 1.
[<Struct>]
type Position =
    {
        Line: int
        Column: int
    }

    override this.ToString() = $"{this.Line}:{this.Column}"

[<RequireQualifiedAccess>]
type Signedness =
    | Signless
    | Signed
    | Unsigned

/// The types of MLIR that dumps use.
[<RequireQualifiedAccess>]
type MlirType =
    /// `i8`, `si8`, `ui8`.
    | Integer of Width: int * Signedness: Signedness
    /// `f16`, `bf16`, `f32`, `f64`: the float elements.
    | Float of Element
    /// `tensor<2x?xf32>`; dimensions None for `tensor<*xf32>`.
    | Tensor of Dims: int option[] option * Element: MlirType
    /// `!name<body>`: a dialect's own type, its body unread.
    | Dialect of Name: string * Body: string

/// Attribute values of MLIR that dumps use.
[<RequireQualifiedAccess>]
type Attr =
    | Unit
    | Bool of bool
    | Int of int64
    /// A float with its type; `Float32` widened to float64 exactly.
    | Float of float * Element
    | Text of string
    | Type of MlirType
    | Array of Attr list
    | Dictionary of (string * Attr) list
    /// `dense<…> : tensor<…>`, or `dense_resource<…>` when it is large.
    | Tensor of Tensor
    /// A `dense_resource` that is not resolved yet: its key and type.
    | Resource of Key: string * Type: MlirType

/// An attribute with its place in the text.
type NamedAttr =
    {
        Name: string
        Value: Attr
        At: Position
    }

[<RequireQualifiedAccess>]
module MlirType =

    /// How MLIR spells an element type: ONNX's signed integers are MLIR's signless ones.
    let ofElement element =
        match element with
        | Element.Bool -> MlirType.Integer(1, Signedness.Signless)
        | Element.Int8 -> MlirType.Integer(8, Signedness.Signless)
        | Element.Int16 -> MlirType.Integer(16, Signedness.Signless)
        | Element.Int32 -> MlirType.Integer(32, Signedness.Signless)
        | Element.Int64 -> MlirType.Integer(64, Signedness.Signless)
        | Element.UInt8 -> MlirType.Integer(8, Signedness.Unsigned)
        | Element.UInt16 -> MlirType.Integer(16, Signedness.Unsigned)
        | Element.UInt32 -> MlirType.Integer(32, Signedness.Unsigned)
        | Element.UInt64 -> MlirType.Integer(64, Signedness.Unsigned)
        | Element.Float16
        | Element.BFloat16
        | Element.Float32
        | Element.Float64 -> MlirType.Float element

    let private elements =
        Element.all |> List.map (fun element -> ofElement element, element) |> dict

    /// The element type so spelled; None for widths that no element has.
    let tryElement (mlirType: MlirType) =
        match elements.TryGetValue mlirType with
        | true, element -> Some element
        | false, _ -> None

    let floatName element =
        match element with
        | Element.Float16 -> "f16"
        | Element.BFloat16 -> "bf16"
        | Element.Float64 -> "f64"
        | _ -> "f32"

    let rec print mlirType =
        match mlirType with
        | MlirType.Integer(width, Signedness.Signless) -> $"i{width}"
        | MlirType.Integer(width, Signedness.Signed) -> $"si{width}"
        | MlirType.Integer(width, Signedness.Unsigned) -> $"ui{width}"
        | MlirType.Float element -> floatName element
        | MlirType.Tensor(None, element) -> $"tensor<*x{print element}>"
        | MlirType.Tensor(Some dims, element) ->
            let dimension size =
                match size with
                | Some size -> $"{size}x"
                | None -> "?x"

            $"tensor<{dims |> Array.map dimension |> System.String.Concat}{print element}>"
        | MlirType.Dialect(name, "") -> $"!{name}"
        | MlirType.Dialect(name, body) -> $"!{name}<{body}>"

    /// `tensor<2x3xT>` of static shape.
    let tensor (shape: int[]) element =
        MlirType.Tensor(Some(Array.map Some shape), element)

    /// The type of a constant.
    let ofTensor (value: Tensor) =
        tensor value.Shape (ofElement value.Element)
