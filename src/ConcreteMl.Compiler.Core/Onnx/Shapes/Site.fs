namespace ConcreteMl.Compiler.Core.Onnx.Shapes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// What is known of a value: its type, and for small integer or bool tensors their elements in row-major order
/// (bools as 0 and 1; a `Named` element is the size of that dimension).
type internal Inferred =
    {
        Type: ValueType
        Items: Dimension[] option
    }

/// A node together with what is known of its operands.
type internal Site =
    {
        Node: Node
        /// The operator set version by which the node is read.
        Version: int
        Operands: Inferred[]
    }

[<RequireQualifiedAccess>]
module internal Inferred =

    let missing =
        {
            Type = ValueType.Missing
            Items = None
        }

    let tensor element dims =
        {
            Type = ValueType.Tensor(element, dims)
            Items = None
        }

    let elementOf value =
        match value.Type with
        | ValueType.Tensor(element, _) -> Some element
        | ValueType.Other _
        | ValueType.Missing -> None

    let dimsOf value =
        match value.Type with
        | ValueType.Tensor(_, dims) -> dims
        | ValueType.Other _
        | ValueType.Missing -> None

    /// The largest number of elements that are followed.
    let private limit = 4096

    let private isFollowed element =
        Element.isInteger element || element = Element.Bool

    let ofTensor (tensor: Tensor) =
        let items =
            if isFollowed tensor.Element && tensor.Count <= limit then
                Some(Tensor.toInt64s tensor |> Array.map Dimension.Known)
            else
                None

        {
            Type = ValueType.Tensor(Ok tensor.Element, Some(tensor.Shape |> Array.map (int64 >> Dimension.Known)))
            Items = items
        }

    let ofNamed (named: NamedTensor) =
        match named.Value with
        | Ok value -> ofTensor value
        | Error name -> tensor (Error name) None

    /// Attaches elements when they fit the value's type, shape and the limit.
    let withItems (items: Dimension[] option) value =
        let fits (items: Dimension[]) =
            match value.Type with
            | ValueType.Tensor(Ok element, Some dims) ->
                isFollowed element
                && items.Length <= limit
                && Dimensions.product dims = Dimension.Known(int64 items.Length)
            | _ -> false

        { value with
            Items = items |> Option.filter fits
        }

    /// The value's shape when all of it is known.
    let tryShape value =
        dimsOf value
        |> Option.bind (fun dims ->
            if
                dims
                |> Array.forall (function
                    | Dimension.Known size -> size <= int64 System.Int32.MaxValue
                    | _ -> false)
            then
                dims
                |> Array.map (function
                    | Dimension.Known size -> int size
                    | _ -> 0)
                |> Some
            else
                None)

    /// Reads elements in the order of a strided view: shape, strides and the first position, in elements.
    let strided (items: Dimension[]) (offset: int) (shape: int[]) (strides: int[]) : Dimension[] =
        let outer = Shape.strides shape

        Array.init (Shape.count shape) (fun index ->
            let mutable rest = index
            let mutable source = offset

            for axis in 0 .. shape.Length - 1 do
                source <- source + rest / outer[axis] * strides[axis]
                rest <- rest % outer[axis]

            items[source])

[<RequireQualifiedAccess>]
module internal Site =

    /// What is known of an operand; missing when it is left out.
    let operand index (site: Site) =
        if index < site.Operands.Length then
            site.Operands[index]
        else
            Inferred.missing

    /// Whether an optional operand is given.
    let has index (site: Site) =
        index < site.Node.Inputs.Length && site.Node.Inputs[index] <> ""

    let dims index site = operand index site |> Inferred.dimsOf
    let items index site = (operand index site).Items
    let int name fallback site = Attributes.int name fallback site.Node
    let ints name site = Attributes.tryInts name site.Node

    /// A tensor of the element type of an operand; missing when that is not known.
    let like index (dims: Dimension[] option) site =
        match Inferred.elementOf (operand index site) with
        | Some element -> Inferred.tensor element dims
        | None -> Inferred.missing

    /// Integers that older versions give as an attribute and newer ones as an operand. None: left out.
    /// `Some (Error length)`: given, not known here, the number of them perhaps.
    let integers name index site : Result<int64[], int option> option =
        let known (items: Dimension[]) =
            let values =
                items
                |> Array.choose (function
                    | Dimension.Known value -> Some value
                    | _ -> None)

            if values.Length = items.Length then
                Ok values
            else
                Error(Some items.Length)

        match ints name site with
        | Some values -> Some(Ok values)
        | None when has index site ->
            match items index site, Inferred.tryShape (operand index site) with
            | Some items, _ -> Some(known items)
            | None, Some shape -> Some(Error(Some(Shape.count shape)))
            | None, None -> Some(Error None)
        | None -> None
