namespace ConcreteMl.Compiler.Core.Onnx

open System

/// The kind of an attribute's value, as ONNX declares it.
[<RequireQualifiedAccess>]
type AttributeKind =
    | Int
    | Float
    | Text
    | Tensor
    | SparseTensor
    | Graph
    | Ints
    | Floats
    | Texts
    /// The type of a value.
    | Kind

type AttributeSchema =
    {
        Name: string
        Kind: AttributeKind
        Required: bool
    }

/// One version of an operator's signature: facts of the public operator set.
type OperatorSchema =
    {
        /// "" for ai.onnx.
        Domain: string
        Name: string
        /// The operator set version that brought this signature.
        Since: int
        /// Fewest and most inputs; variadic ones have `Int32.MaxValue`.
        Inputs: int * int
        Outputs: int * int
        Attributes: AttributeSchema list
    }

/// How the tables of signatures are written.
module internal SchemaNotation =

    let many = Int32.MaxValue

    let private attribute kind name =
        {
            Name = name
            Kind = kind
            Required = false
        }

    let int = attribute AttributeKind.Int
    let float = attribute AttributeKind.Float
    let text = attribute AttributeKind.Text
    let tensor = attribute AttributeKind.Tensor
    let sparse = attribute AttributeKind.SparseTensor
    let ints = attribute AttributeKind.Ints
    let floats = attribute AttributeKind.Floats
    let texts = attribute AttributeKind.Texts
    let graph = attribute AttributeKind.Graph
    let kindOf = attribute AttributeKind.Kind
    let required attribute = { attribute with Required = true }

    /// Attributes gathered from several lists, in the order in which refusals name them.
    let sorted (attributes: AttributeSchema list) =
        attributes |> List.sortWith (fun a b -> String.CompareOrdinal(a.Name, b.Name))

    /// One signature that all the versions `since` share.
    let schema name since inputs outputs attributes =
        since
        |> List.map (fun version ->
            {
                Domain = ""
                Name = name
                Since = version
                Inputs = inputs
                Outputs = outputs
                Attributes = attributes
            })
