namespace ConcreteMl.Compiler.Core.Onnx

open ConcreteMl.Compiler.Core.Base

/// One dimension of a declared ONNX shape.
[<RequireQualifiedAccess>]
type Dimension =
    | Known of int64
    /// `dim_param`, such as "batch".
    | Named of string
    | Unknown

/// The type of an ONNX value. `Element` is Error with ONNX's own name for types we cannot compute in ("string", "complex64", …).
[<RequireQualifiedAccess>]
type ValueType =
    | Tensor of Element: Result<Element, string> * Shape: Dimension[] option
    /// Sequences, maps, optionals, sparse tensors: ONNX's own name of the kind.
    | Other of string
    | Missing

type ValueInfo = { Name: string; Type: ValueType }

/// Elements that are texts, row-major.
type TextTensor = { Shape: int[]; Items: string[] }

/// A tensor of a model: decoded, or the reason why it is not (element type, external file).
type NamedTensor =
    {
        Name: string
        Value: Result<Tensor, string>
        /// What a tensor of type string holds; its value is the error "string".
        Texts: TextTensor option
    }

[<RequireQualifiedAccess>]
type Attribute =
    | Int of int64
    | Float of float32
    | Text of string
    | Tensor of NamedTensor
    | Graph of Graph
    | Ints of int64[]
    | Floats of float32[]
    | Texts of string[]
    | Tensors of NamedTensor[]
    | Graphs of Graph[]
    /// A function's parameter: the name of the attribute of the calling node.
    | Reference of string
    /// Kinds we have no use for (sparse tensors, type protos): ONNX's own name.
    | Other of string

and Node =
    {
        /// Unique within the graph: the file's name, or one made from the operator and its first output.
        Name: string
        OpType: string
        /// "" for ai.onnx.
        Domain: string
        /// Which of several functions of one name is called; "" as a rule.
        Overload: string
        /// The version of the domain's operator set by which the node is read where it is not the model's own import:
        /// a node that comes from a function.
        Opset: int option
        /// "" marks an omitted optional input.
        Inputs: string[]
        Outputs: string[]
        /// In file order.
        Attributes: (string * Attribute) list
    }

and Graph =
    {
        Name: string
        /// All declared inputs, initializers among them included.
        Inputs: ValueInfo[]
        Outputs: ValueInfo[]
        ValueInfos: ValueInfo[]
        Initializers: NamedTensor[]
        Nodes: Node[]
    }

type Function =
    {
        Domain: string
        Name: string
        /// Distinguishes functions of one domain and name; "" as a rule.
        Overload: string
        Inputs: string[]
        Outputs: string[]
        Attributes: string[]
        /// Attributes with a default value.
        Defaults: (string * Attribute) list
        Opsets: (string * int64) list
        Nodes: Node[]
    }

/// A decoded ONNX file.
type Model =
    {
        IrVersion: int64
        Producer: string
        /// Domain ("" for ai.onnx) and version, in file order.
        Opsets: (string * int64) list
        Graph: Graph
        Functions: Function[]
        Metadata: (string * string) list
        /// SHA-256 of the file's bytes, lower-case hex.
        Hash: string
    }
