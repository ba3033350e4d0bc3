namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open Google.Protobuf
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto

/// Reads ONNX files. Whatever the bytes are, the answer is a model or coded diagnostics.
[<RequireQualifiedAccess>]
module Decode =

    /// Where tensors find their files and findings are collected.
    type private Site =
        {
            Folder: string option
            Found: List<Diagnostic>
        }

    let private domain name = if name = "ai.onnx" then "" else name

    /// What was decoded, or why not; damage is reported under the tensor's name.
    let private reported (site: Site) name (decoded: Result<Tensor, TensorProblem>) : Result<Tensor, string> =
        match decoded with
        | Ok value -> Ok value
        | Error(TensorProblem.Unsupported typeName) -> Error typeName
        | Error(TensorProblem.Malformed message) ->
            site.Found.Add(
                Diagnostic.error "CML1005" name $"the tensor is damaged: {message}" "data that fills the shape" "Export the model again."
            )

            Error "damaged"
        | Error(TensorProblem.External message) ->
            site.Found.Add(
                Diagnostic.error
                    "CML1006"
                    name
                    $"the tensor's data is not available: {message}"
                    "the external data file beside the model, inside the model's folder"
                    "Put the data file where the model says, or save the model with its weights inside."
            )

            Error "not available"

    /// As the dense tensor that it stands for.
    let private sparse (site: Site) (place: string) (proto: SparseTensorProto) : NamedTensor =
        let name = if isNull proto.Values then "" else proto.Values.Name

        {
            Name = name
            Value =
                SparseData.decode (TensorData.decode site.Folder) proto
                |> reported site (if name = "" then place else name)
            Texts = None
        }

    let private tensor (site: Site) (place: string) (proto: TensorProto) : NamedTensor =
        let name = if proto.Name = "" then place else proto.Name
        let value = TensorData.decode site.Folder proto |> reported site name

        {
            Name = proto.Name
            Value = value
            Texts =
                if value = Error "string" then
                    TensorData.tryTexts proto
                else
                    None
        }

    let private dimension (proto: TensorShapeProto.Types.Dimension) =
        match proto.ValueCase with
        | TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when proto.DimValue >= 0L -> Dimension.Known proto.DimValue
        | TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when proto.DimParam <> "" -> Dimension.Named proto.DimParam
        | _ -> Dimension.Unknown

    let private valueType (proto: TypeProto) =
        let cases = proto.ValueCase

        match cases with
        | TypeProto.ValueOneofCase.TensorType ->
            let shape =
                proto.TensorType.Shape
                |> Option.ofObj
                |> Option.map (fun shape -> shape.Dim |> Seq.map dimension |> Seq.toArray)

            ValueType.Tensor(ElementType.ofNumber proto.TensorType.ElemType, shape)
        | TypeProto.ValueOneofCase.SequenceType -> ValueType.Other "sequence"
        | TypeProto.ValueOneofCase.MapType -> ValueType.Other "map"
        | TypeProto.ValueOneofCase.OpaqueType -> ValueType.Other "opaque"
        | TypeProto.ValueOneofCase.SparseTensorType -> ValueType.Other "sparse_tensor"
        | TypeProto.ValueOneofCase.OptionalType -> ValueType.Other "optional"
        | _ -> ValueType.Missing

    let private valueInfo (proto: ValueInfoProto) : ValueInfo =
        {
            Name = proto.Name
            Type =
                proto.Type
                |> Option.ofObj
                |> Option.map valueType
                |> Option.defaultValue ValueType.Missing
        }

    /// Files older than IR version 2 leave the kind out; then the field that is there tells it.
    let private kind (proto: AttributeProto) =
        if proto.Type <> AttributeProto.Types.AttributeType.Undefined then
            proto.Type
        elif proto.HasF then
            AttributeProto.Types.AttributeType.Float
        elif proto.HasI then
            AttributeProto.Types.AttributeType.Int
        elif proto.HasS then
            AttributeProto.Types.AttributeType.String
        elif not (isNull proto.T) then
            AttributeProto.Types.AttributeType.Tensor
        elif not (isNull proto.G) then
            AttributeProto.Types.AttributeType.Graph
        elif proto.Floats.Count > 0 then
            AttributeProto.Types.AttributeType.Floats
        elif proto.Ints.Count > 0 then
            AttributeProto.Types.AttributeType.Ints
        elif proto.Strings.Count > 0 then
            AttributeProto.Types.AttributeType.Strings
        elif proto.Tensors.Count > 0 then
            AttributeProto.Types.AttributeType.Tensors
        elif proto.Graphs.Count > 0 then
            AttributeProto.Types.AttributeType.Graphs
        else
            AttributeProto.Types.AttributeType.Undefined

    /// The file's name for a node, or one made of operator and first output; made unique among `taken`.
    let private nodeName (taken: HashSet<string>) (proto: NodeProto) =
        let wanted =
            if proto.Name <> "" then
                proto.Name
            else
                let output = proto.Output |> Seq.tryFind (fun name -> name <> "")
                $"{proto.OpType}:{Option.defaultValue String.Empty output}"

        let rec free count =
            let name = if count = 0 then wanted else $"{wanted}#{count}"
            if taken.Add name then name else free (count + 1)

        free 0

    let rec private attribute (site: Site) (place: string) (proto: AttributeProto) : Attribute =
        let place = $"{place}.{proto.Name}"

        if proto.RefAttrName <> "" then
            Attribute.Reference proto.RefAttrName
        else
            match kind proto with
            | AttributeProto.Types.AttributeType.Float -> Attribute.Float proto.F
            | AttributeProto.Types.AttributeType.Int -> Attribute.Int proto.I
            | AttributeProto.Types.AttributeType.String -> Attribute.Text(proto.S.ToStringUtf8())
            | AttributeProto.Types.AttributeType.Tensor when not (isNull proto.T) -> Attribute.Tensor(tensor site place proto.T)
            | AttributeProto.Types.AttributeType.Graph when not (isNull proto.G) -> Attribute.Graph(graph site proto.G)
            | AttributeProto.Types.AttributeType.Floats -> Attribute.Floats(Seq.toArray proto.Floats)
            | AttributeProto.Types.AttributeType.Ints -> Attribute.Ints(Seq.toArray proto.Ints)
            | AttributeProto.Types.AttributeType.Strings ->
                proto.Strings
                |> Seq.map (fun text -> text.ToStringUtf8())
                |> Seq.toArray
                |> Attribute.Texts
            | AttributeProto.Types.AttributeType.Tensors -> proto.Tensors |> Seq.map (tensor site place) |> Seq.toArray |> Attribute.Tensors
            | AttributeProto.Types.AttributeType.Graphs -> proto.Graphs |> Seq.map (graph site) |> Seq.toArray |> Attribute.Graphs
            | AttributeProto.Types.AttributeType.SparseTensor when not (isNull proto.SparseTensor) ->
                Attribute.Tensor(sparse site place proto.SparseTensor)
            | AttributeProto.Types.AttributeType.SparseTensor -> Attribute.Other "sparse_tensor"
            | AttributeProto.Types.AttributeType.SparseTensors -> Attribute.Other "sparse_tensors"
            | AttributeProto.Types.AttributeType.TypeProto -> Attribute.Other "type_proto"
            | AttributeProto.Types.AttributeType.TypeProtos -> Attribute.Other "type_protos"
            | _ -> Attribute.Other "undefined"

    and private attributes site place (protos: AttributeProto seq) =
        protos
        |> Seq.map (fun proto -> proto.Name, attribute site place proto)
        |> Seq.toList

    and private node (site: Site) (taken: HashSet<string>) (proto: NodeProto) : Node =
        let name = nodeName taken proto

        {
            Name = name
            OpType = proto.OpType
            Domain = domain proto.Domain
            Overload = proto.Overload
            Opset = None
            Inputs = Seq.toArray proto.Input
            Outputs = Seq.toArray proto.Output
            Attributes = attributes site name proto.Attribute
        }

    and private nodes site (protos: NodeProto seq) : Node[] =
        let taken = HashSet<string>()

        protos |> Seq.map (node site taken) |> Seq.toArray

    /// Declares the constants whose element type is narrower than the one that holds them.
    and private narrowTypes (proto: GraphProto) : ValueInfo seq =
        let declared = proto.ValueInfo |> Seq.map _.Name |> HashSet

        let info name (tensor: TensorProto) =
            match ElementType.ofNumber tensor.DataType with
            | Error _ as narrow when (NarrowTypes.tryBytes tensor.DataType 0).IsSome && declared.Add name ->
                Some
                    {
                        Name = name
                        Type = ValueType.Tensor(narrow, Some(tensor.Dims |> Seq.map Dimension.Known |> Seq.toArray))
                    }
            | _ -> None

        let ofNode (node: NodeProto) =
            match Seq.tryHead node.Output, node.Attribute |> Seq.tryFind (fun attribute -> not (isNull attribute.T)) with
            | Some output, Some attribute when node.OpType = "Constant" -> info output attribute.T
            | _ -> None

        Seq.append (proto.Initializer |> Seq.choose (fun tensor -> info tensor.Name tensor)) (proto.Node |> Seq.choose ofNode)

    and private graph (site: Site) (proto: GraphProto) : Graph =
        {
            Name = proto.Name
            Inputs = proto.Input |> Seq.map valueInfo |> Seq.toArray
            Outputs = proto.Output |> Seq.map valueInfo |> Seq.toArray
            ValueInfos =
                Seq.append (proto.ValueInfo |> Seq.map valueInfo) (narrowTypes proto)
                |> Seq.toArray
            Initializers =
                Seq.append
                    (proto.Initializer |> Seq.map (tensor site "initializer"))
                    (proto.SparseInitializer |> Seq.map (sparse site "initializer"))
                |> Seq.toArray
            Nodes = nodes site proto.Node
        }

    let private opsets (protos: OperatorSetIdProto seq) =
        protos
        |> Seq.map (fun proto -> domain proto.Domain, proto.Version)
        |> Seq.toList

    let private func (site: Site) (proto: FunctionProto) : Function =
        {
            Domain = domain proto.Domain
            Name = proto.Name
            Overload = proto.Overload
            Inputs = Seq.toArray proto.Input
            Outputs = Seq.toArray proto.Output
            Attributes = Seq.toArray proto.Attribute
            Defaults = attributes site proto.Name proto.AttributeProto
            Opsets = opsets proto.OpsetImport
            Nodes = nodes site proto.Node
        }

    let private model (site: Site) (hash: string) (proto: ModelProto) : Model =
        {
            IrVersion = proto.IrVersion
            Producer = proto.ProducerName
            Opsets = opsets proto.OpsetImport
            Graph = graph site proto.Graph
            Functions = proto.Functions |> Seq.map (func site) |> Seq.toArray
            Metadata =
                proto.MetadataProps
                |> Seq.map (fun entry -> entry.Key, entry.Value)
                |> Seq.toList
            Hash = hash
        }

    let private notOnnx displayName message =
        Error
            [
                Diagnostic.error
                    "CML1002"
                    displayName
                    $"this is no ONNX model, or a damaged one: {message}"
                    "a model in ONNX's protobuf format"
                    "Export the model again, or copy the whole file."
            ]

    let private parse (content: byte[]) =
        try
            Ok(ModelProto.Parser.ParseFrom content)
        with
        | :? InvalidProtocolBufferException as problem -> Error problem.Message
        // Lengths that the file claims but does not have can exceed what an array may hold.
        | :? OutOfMemoryException
        | :? ArgumentException
        | :? OverflowException -> Error "a field's length is absurd"

    /// Decodes the bytes of an ONNX file. `folder` is where its external data may lie (None: nowhere).
    /// Errors: CML1002 no ONNX model, CML1005 damaged tensors, CML1006 external data; all findings at once.
    let bytes (displayName: string) (folder: string option) (content: byte[]) : Result<Model, Diagnostic list> =
        match parse content with
        | _ when content.Length = 0 -> notOnnx displayName "the file is empty"
        | Error problem -> notOnnx displayName problem
        | Ok proto when isNull proto.Graph -> notOnnx displayName "it holds no graph"
        | Ok proto ->
            let site =
                {
                    Folder = folder
                    Found = List<Diagnostic>()
                }

            let decoded = model site (Convert.ToHexStringLower(SHA256.HashData content)) proto

            if site.Found.Count = 0 then
                Ok decoded
            else
                Error(List.ofSeq site.Found)

    /// Decodes an ONNX file, with its external data from the file's folder.
    /// Errors: those of `bytes`, CML1001 unreadable file, CML1004 a file beyond 2 GB.
    let file (path: string) : Result<Model, Diagnostic list> =
        let unreadable message =
            Error
                [
                    Diagnostic.error
                        "CML1001"
                        path
                        $"the model cannot be read: {message}"
                        "a readable file"
                        "Check the path and its permissions."
                ]

        try
            let info = FileInfo path

            if not info.Exists then
                unreadable "there is no such file"
            elif info.Length > int64 Array.MaxLength then
                Error
                    [
                        Diagnostic.error
                            "CML1004"
                            path
                            $"the file has {info.Length} bytes"
                            "at most 2 GB, protobuf's limit"
                            "Save the model with its weights as external data."
                    ]
            else
                bytes path (Option.ofObj info.DirectoryName) (File.ReadAllBytes path)
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException
        | :? ArgumentException as problem -> unreadable problem.Message
