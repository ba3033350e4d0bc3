namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// The inputs of a model as values of the float graph, and the sizes that the model leaves open.
[<RequireQualifiedAccess>]
module ImportInputs =

    let private refuse (input: Onnx.ValueInfo) code message expected cure : Result<ValueType, Diagnostic> =
        Error(Diagnostic.error code input.Name message expected cure)

    /// A dimension of an input whose size may be given, and whose batch is one sample where it is bound.
    let private dimension (options: ImportOptions) (input: Onnx.ValueInfo) batch axis (declared: Onnx.Dimension) =
        match declared with
        | Onnx.Dimension.Known size -> Dim.Known(int size)
        | Onnx.Dimension.Named name when batch = Some name -> Dim.Known 1
        | Onnx.Dimension.Unknown when options.BindBatch && axis = 0 -> Dim.Known 1
        | Onnx.Dimension.Named _
        | Onnx.Dimension.Unknown ->
            match Map.tryFind input.Name options.Sizes with
            | Some sizes when axis < sizes.Length -> Dim.Known sizes[axis]
            | _ -> Dim.Dynamic

    /// The type of an input of this shape, as far as it is declared.
    let private sized (options: ImportOptions) (input: Onnx.ValueInfo) element (shape: Onnx.Dimension[] option) =
        let batch =
            match shape |> Option.bind Array.tryHead with
            | Some(Onnx.Dimension.Named name) when options.BindBatch -> Some name
            | _ -> None

        let dims =
            shape
            |> Option.map (Array.mapi (dimension options input batch))
            |> Option.orElseWith (fun () -> Map.tryFind input.Name options.Sizes |> Option.map (Array.map Dim.Known))

        match dims |> Option.bind (Array.tryFindIndex ((=) Dim.Dynamic)) with
        | Some axis when options.BindBatch ->
            refuse
                input
                "CML1106"
                $"axis {axis} of the input has no fixed size"
                "sizes of all axes but the batch, in the model or in the calibration data"
                "Give calibration data, whose shape is taken, declare the sizes (--shape NAME=1,3,32,32), or export the model with fixed ones."
        | _ -> Ok { Element = element; Dims = dims }

    /// The type of a graph input with its batch bound; Error names the dimension that stays open.
    let private inputType (options: ImportOptions) (input: Onnx.ValueInfo) : Result<ValueType, Diagnostic> =
        let declared =
            match input.Type with
            | Onnx.ValueType.Tensor(element, shape) -> Onnx.ValueType.Tensor(Onnx.NarrowTypes.held element, shape)
            | other -> other

        match declared with
        | Onnx.ValueType.Other "map" ->
            refuse input "CML1102" "the input is a map" "a tensor" "Give the numbers of the map as the columns of a tensor, in one order."
        | Onnx.ValueType.Other kind -> refuse input "CML1102" $"the input is a {kind}" "a tensor" "Pass tensors to the model."
        | Onnx.ValueType.Missing ->
            refuse input "CML1106" "the input has no type" "a tensor of declared shape" "Declare the input's type and shape."
        | Onnx.ValueType.Tensor(Error name, _) ->
            refuse
                input
                "CML1102"
                $"the input's element type is {name}"
                "booleans, integers of 2 to 64 bits, or floats of 4 to 64 bits"
                "Convert the input before it enters the model."
        | Onnx.ValueType.Tensor(Ok _, None) when options.BindBatch && not (Map.containsKey input.Name options.Sizes) ->
            refuse
                input
                "CML1106"
                "the input has no declared shape"
                "a tensor of declared shape"
                "Declare the input's shape (--shape NAME=1,3,32,32)."
        | Onnx.ValueType.Tensor(Ok element, shape) -> sized options input element shape

    /// Inputs with a known value count as initializers.
    let declare (options: ImportOptions) (known: Map<string, Tensor>) (scope: ImportScope) (graph: Onnx.Graph) : Diagnostic list =
        [
            for input in Onnx.Inputs.real graph do
                match Map.tryFind input.Name known, lazy (inputType options input) with
                | Some tensor, _ ->
                    let constant: Onnx.NamedTensor =
                        {
                            Name = input.Name
                            Value = Ok tensor
                            Texts = None
                        }

                    scope.Bind(input.Name, Binding.Initializer constant)
                | None, Lazy(Ok valueType) -> scope.Input(input.Name, valueType)
                | None, Lazy(Error diagnostic) ->
                    scope.Bind(input.Name, Binding.Failed)
                    diagnostic
        ]

    /// Whether any sample holds a missing value, which is NaN.
    let holdMissing (samples: Tensor list list) : bool =
        let holds (tensor: Tensor) =
            Element.isFloat tensor.Element
            && Tensor.toFloat64s tensor |> Array.exists System.Double.IsNaN

        samples |> List.exists (List.exists holds)

    /// The shapes of one sample by input, as the first of some samples has them; its axis of samples is left out or 1.
    let sampleSizes (model: Onnx.Model) (samples: Tensor list list) : Map<string, int[]> =
        match samples with
        | first :: _ ->
            [
                for input, tensor in Seq.zip (Onnx.Inputs.real model.Graph) first do
                    match input.Type with
                    | Onnx.ValueType.Tensor(_, Some dims) when dims.Length = tensor.Shape.Length -> input.Name, tensor.Shape
                    | Onnx.ValueType.Tensor(_, Some dims) when dims.Length = tensor.Shape.Length + 1 ->
                        input.Name, Array.append [| 1 |] tensor.Shape
                    | _ -> ()
            ]
            |> Map.ofList
        | [] -> Map.empty

    /// The first axis of each input as one sample has it; the others stay open.
    let oneSample (model: Onnx.Model) : Map<string, int[]> =
        Onnx.Inputs.real model.Graph
        |> Seq.map (fun input -> input.Name, [| 1 |])
        |> Map.ofSeq

    /// The names of dimensions that samples give a size; the batch is bound otherwise.
    let namedSizes (options: ImportOptions) (graph: Onnx.Graph) : Map<string, int64> =
        [
            for input in Onnx.Inputs.real graph do
                match input.Type, Map.tryFind input.Name options.Sizes with
                | Onnx.ValueType.Tensor(_, Some dims), Some sizes when sizes.Length = dims.Length ->
                    for axis in dims.Length - 1 .. -1 .. 1 do
                        match dims[axis] with
                        | Onnx.Dimension.Named name when dims[0] <> dims[axis] -> name, int64 sizes[axis]
                        | _ -> ()
                | _ -> ()
        ]
        |> Map.ofList
