namespace ConcreteMl.Compiler.Core.Tools

open System
open System.Globalization
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Tfhe.Programs

/// A node of any stage, as its text shows it.
type ViewNode =
    {
        /// "float.gemm"; ONNX's operator name at the first stage.
        Operation: string
        /// Name and printed value; large constants by size and hash.
        Attributes: (string * string) list
        Operands: string list
        Results: string list
        /// The types of the results, as printed.
        Types: string list
        Origin: string list
    }

/// A named input or output of a view.
type ViewPort =
    {
        Name: string
        Value: string
        /// As printed; empty where the stage has none.
        Type: string
        /// Codings and the like.
        Attributes: (string * string) list
    }

/// A graph of any stage in one form, for what does not depend on the stage: comparing and drawing.
type View =
    {
        Stage: StageKind
        Name: string
        Inputs: ViewPort list
        Outputs: ViewPort list
        Nodes: ViewNode list
    }

[<RequireQualifiedAccess>]
module View =

    let rec private show (attribute: Attr) : string =
        match attribute with
        | Attr.Unit -> "unit"
        | Attr.Bool flag -> if flag then "true" else "false"
        | Attr.Int value -> value.ToString CultureInfo.InvariantCulture
        | Attr.Float(value, Element.Float64) -> Literal.printFloat64 value
        | Attr.Float(value, _) -> Literal.printFloat32 (float32 value)
        | Attr.Text value -> value
        | Attr.Type mlirType -> MlirType.print mlirType
        | Attr.Array items -> "[" + (items |> List.map show |> String.concat ", ") + "]"
        | Attr.Dictionary entries ->
            "{"
            + (entries
               |> List.map (fun (name, value) -> $"{name} = {show value}")
               |> String.concat ", ")
            + "}"
        | Attr.Tensor tensor -> $"{Literal.printDense tensor} : {MlirType.print (MlirType.ofTensor tensor)}"
        | Attr.Resource(key, mlirType) -> $"""#{key.Replace("elided_", "")} : {MlirType.print mlirType}"""

    let private named (attributes: NamedAttr list) =
        attributes |> List.map (fun attribute -> attribute.Name, show attribute.Value)

    let rec private inner (operation: Operation) : string =
        let operands =
            operation.Operands
            |> List.map (fun operand -> operand.Value)
            |> String.concat ", "

        let attributes =
            named operation.Attributes
            |> List.map (fun (name, value) -> $" {name}={value}")
            |> String.concat ""

        $"""{operation.Name}({operands}){attributes}{region operation
                                                     |> Option.map (fun text -> " {" + text + "}")
                                                     |> Option.defaultValue ""}"""

    and private region (operation: Operation) : string option =
        match operation.Blocks |> List.collect _.Operations with
        | [] -> None
        | operations -> operations |> List.map inner |> String.concat "; " |> Some

    let private node (aliases: Map<string, Location>) (operation: Operation) : ViewNode =
        {
            Operation = operation.Name
            Attributes =
                named operation.Attributes
                @ (region operation |> Option.map (fun text -> "region", text) |> Option.toList)
            Operands = operation.Operands |> List.map (fun operand -> "%" + operand.Value)
            Results = operation.Results |> List.map ((+) "%")
            Types = operation.ResultTypes |> List.map MlirType.print
            Origin = Location.origin aliases operation.Location
        }

    /// The entries of a port's dictionary but for its name.
    let private portAttributes (header: NamedAttr list) name index =
        header
        |> List.tryPick (fun attribute ->
            match attribute.Value with
            | Attr.Array ports when attribute.Name = name -> List.tryItem index ports
            | _ -> None)
        |> Option.map (fun port ->
            match port with
            | Attr.Dictionary entries -> entries |> List.map (fun (name, value) -> name, show value)
            | _ -> [])
        |> Option.defaultValue []

    let private nameOf attributes fallback =
        attributes
        |> List.tryPick (fun (name, value) -> if name = "name" then Some value else None)
        |> Option.defaultValue fallback

    let private ofMlir kind (name: string) (text: string) : View =
        let document = MlirReader.read text
        let graph = List.head document.Operations
        let block = List.head graph.Blocks
        let operations = block.Operations
        let returned = List.last operations

        let port list index value mlirType =
            let attributes = portAttributes graph.Attributes list index

            {
                Name = nameOf attributes value
                Value = "%" + value
                Type = MlirType.print mlirType
                Attributes = attributes |> List.filter (fun (name, _) -> name <> "name")
            }

        {
            Stage = kind
            Name = name
            Inputs =
                block.Arguments
                |> List.mapi (fun index argument -> port "inputs" index argument.Name argument.Type)
            Outputs =
                List.zip returned.Operands returned.OperandTypes
                |> List.mapi (fun index (operand, mlirType) -> port "outputs" index operand.Value mlirType)
            Nodes =
                operations
                |> List.filter (fun operation -> operation.At <> returned.At)
                |> List.map (node document.Aliases)
        }

    let rec private onnxAttribute (attribute: Onnx.Attribute) : string =
        let list (items: string seq) = "[" + String.Join(", ", items) + "]"

        let tensor (named: Onnx.NamedTensor) =
            match named.Value with
            | Ok value when value.Count <= 16 -> Literal.printDense value
            | Ok value -> $"{Shape.print value.Shape} #{MlirWriter.Hash value}"
            | Error reason ->
                match named.Texts with
                | Some texts when texts.Items.Length <= 16 -> list (texts.Items |> Seq.map (fun text -> $"\"{text}\""))
                | _ -> reason

        match attribute with
        | Onnx.Attribute.Int value -> string value
        | Onnx.Attribute.Float value -> Literal.printFloat32 value
        | Onnx.Attribute.Text text -> text
        | Onnx.Attribute.Tensor value -> tensor value
        | Onnx.Attribute.Graph graph -> $"graph {graph.Name} of {graph.Nodes.Length} nodes"
        | Onnx.Attribute.Ints values -> values |> Seq.map string |> list
        | Onnx.Attribute.Floats values -> values |> Seq.map Literal.printFloat32 |> list
        | Onnx.Attribute.Texts values -> list values
        | Onnx.Attribute.Tensors values -> values |> Seq.map tensor |> list
        | Onnx.Attribute.Graphs graphs -> graphs |> Seq.map _.Name |> list
        | Onnx.Attribute.Reference name -> "@" + name
        | Onnx.Attribute.Other kind -> kind

    let private onnxType (info: Onnx.ValueInfo) =
        let dimension size =
            match size with
            | Onnx.Dimension.Known size -> string size
            | Onnx.Dimension.Named name -> name
            | Onnx.Dimension.Unknown -> "?"

        match info.Type with
        | Onnx.ValueType.Tensor(element, shape) ->
            let shape =
                shape
                |> Option.map (Array.map dimension >> String.concat "x")
                |> Option.defaultValue "*"

            let element =
                match element with
                | Ok element -> (string element).ToLowerInvariant()
                | Error name -> name

            $"{shape} {element}"
        | Onnx.ValueType.Other kind -> kind
        | Onnx.ValueType.Missing -> ""

    let private ofOnnx (model: Onnx.Model) : View =
        let graph = model.Graph
        let stored = graph.Initializers |> Seq.map (fun tensor -> tensor.Name) |> Set.ofSeq

        let types =
            Seq.append graph.ValueInfos graph.Outputs
            |> Seq.map (fun info -> info.Name, onnxType info)
            |> Map.ofSeq

        let constant (tensor: Onnx.NamedTensor) =
            {
                Operation = "Constant"
                Attributes = [ "value", onnxAttribute (Onnx.Attribute.Tensor tensor) ]
                Operands = []
                Results = [ tensor.Name ]
                Types = [ "" ]
                Origin = [ tensor.Name ]
            }

        let node (node: Onnx.Node) =
            let results = List.ofArray node.Outputs

            {
                Operation =
                    if node.Domain = "" then
                        node.OpType
                    else
                        $"{node.Domain}.{node.OpType}"
                Attributes = node.Attributes |> List.map (fun (name, value) -> name, onnxAttribute value)
                Operands = node.Inputs |> Array.filter ((<>) "") |> List.ofArray
                Results = results
                Types =
                    results
                    |> List.map (fun name -> types |> Map.tryFind name |> Option.defaultValue "")
                Origin = [ node.Name ]
            }

        let port (info: Onnx.ValueInfo) =
            {
                Name = info.Name
                Value = info.Name
                Type = onnxType info
                Attributes = []
            }

        {
            Stage = StageKind.Onnx
            Name = graph.Name
            Inputs =
                graph.Inputs
                |> Seq.filter (fun info -> not (stored.Contains info.Name))
                |> Seq.map port
                |> List.ofSeq
            Outputs = graph.Outputs |> Seq.map port |> List.ofSeq
            Nodes =
                (graph.Initializers |> Seq.map constant |> List.ofSeq)
                @ (graph.Nodes |> Seq.map node |> List.ofSeq)
        }

    let private ofProgram (program: TfheProgram) : View =
        let value index = $"%%{index}"

        let valueType (index: int) =
            let value = program.Values[index]
            $"{Shape.print value.Shape} of {value.Bits} bits"

        let port (port: ProgramPort) =
            {
                Name = port.Name
                Value = value port.Value
                Type = valueType port.Value
                Attributes = []
            }

        {
            Stage = StageKind.Program
            Name = program.Name
            Inputs = program.Inputs |> Seq.map port |> List.ofSeq
            Outputs = program.Outputs |> Seq.map port |> List.ofSeq
            Nodes =
                [
                    for instruction in program.Instructions ->
                        {
                            Operation = string instruction.Operation
                            Attributes = []
                            Operands = instruction.Operands |> Seq.map value |> List.ofSeq
                            Results = instruction.Results |> Seq.map value |> List.ofSeq
                            Types = instruction.Results |> Seq.map valueType |> List.ofSeq
                            Origin =
                                if instruction.Origin = "" then
                                    []
                                else
                                    [ instruction.Origin ]
                        }
                ]
        }

    /// The view of a stage.
    let ofStage (stage: Stage) : View =
        match stage with
        | Stage.Onnx model -> ofOnnx model
        | Stage.Program program -> ofProgram program
        | graph -> ofMlir graph.Kind graph.GraphName (Compile.print true graph)
