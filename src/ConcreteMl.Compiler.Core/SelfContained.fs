namespace ConcreteMl.Compiler.Core

open Google.Protobuf
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Onnx.Proto

/// A model file that holds all of its data: what an artefact keeps of a model.
[<RequireQualifiedAccess>]
module SelfContained =

    let private isExternal (tensor: TensorProto) =
        tensor.DataLocation = TensorProto.Types.DataLocation.External

    // Tensors of types that we cannot read stay as they are: nothing that is compiled uses them.
    let private fill folder (tensor: TensorProto) =
        if isExternal tensor then
            match Onnx.TensorData.decode folder tensor with
            | Ok value ->
                tensor.RawData <- ByteString.CopyFrom value.Bytes
                tensor.ExternalData.Clear()
                tensor.DataLocation <- TensorProto.Types.DataLocation.Default
            | Error _ -> ()

    let rec private tensorsOf (attribute: AttributeProto) : TensorProto seq =
        seq {
            if not (isNull (box attribute.T)) then
                attribute.T

            yield! attribute.Tensors

            if not (isNull (box attribute.G)) then
                yield! inGraph attribute.G

            yield! attribute.Graphs |> Seq.collect inGraph
        }

    and private inNodes (nodes: NodeProto seq) : TensorProto seq =
        nodes |> Seq.collect (fun node -> Seq.collect tensorsOf node.Attribute)

    and private inGraph (graph: GraphProto) : TensorProto seq =
        Seq.append graph.Initializer (inNodes graph.Node)

    let private ofProtobuf folder (content: byte[]) : byte[] =
        let model = ModelProto.Parser.ParseFrom content

        let tensors =
            Seq.append (inGraph model.Graph) (model.Functions |> Seq.collect (fun func -> inNodes func.Node))
            |> List.ofSeq

        if List.exists isExternal tensors then
            tensors |> List.iter (fill folder)
            model.ToByteArray()
        else
            content

    /// The bytes of a sound model with its external data, found in `folder`, inside; the same bytes when it has none, as texts have.
    let bytes (folder: string option) (content: byte[]) : byte[] =
        if Compile.isOnnxText content then
            content
        else
            ofProtobuf folder content
