/// What the table of operators says of encrypted data, tried on models of one node.
module ConcreteMl.Compiler.Core.Tests.OperatorTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// A model in ONNX's text syntax: constants, and a body that computes z from the inputs x and y.
let private model (inputs: string) (constants: string) (body: string) : Onnx.Model =
    let text =
        $"<ir_version: 8, opset_import: [\"\" : 17]>\ng ({inputs}) => (float[] z)\n<{constants}>\n{{ {body} }}"

    match Onnx.Text.parse text with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private samples (model: Onnx.Model) =
    let random = Random 3

    let draw (input: Onnx.ValueInfo) =
        match input.Type with
        | Onnx.ValueType.Tensor(_, Some dims) ->
            let shape =
                dims
                |> Array.map (fun dim ->
                    match dim with
                    | Onnx.Dimension.Known size -> int size
                    | _ -> 1)

            Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> 2.0f * random.NextSingle() - 1.0f))
        | _ -> failwith "an input without a shape"

    List.init 20 (fun _ -> model.Graph.Inputs |> Array.map draw |> List.ofArray)

let private compiles (model: Onnx.Model) =
    let settings: Settings =
        {
            Quant = Quant.QuantOptions.uniform 4
            ImportQat = false
            Calibration = samples model
            Shapes = []
            PError = None
            GlobalPError = None
            Security = Settings.defaults.Security
            KeySwitch = Settings.defaults.KeySwitch
            ClientParts = false
        }

    match Compile.run ignore settings Context.quiet model with
    | Ok _ -> true
    | Error findings ->
        Expect.isTrue (findings |> List.exists Diagnostic.isError) "findings |> List.exists Diagnostic.isError"
        false

let private restrictions name =
    Operators.all
    |> List.find (fun operator -> operator.Domain = "ai.onnx" && operator.Name = name)
    |> _.Restrictions

let private pair = "float[1,4] x, float[1,4] y"
let private integers = "c = Cast <to: int = 6> (x) d = Cast <to: int = 6> (y)"

/// An operator, a model that its row allows, one that the row excludes, each as inputs, constants and body.
let private rows =
    [
        for name in [ "Add"; "Sub"; "Sum"; "Mean" ] do
            name, (pair, "", $"z = {name} (x, y)"), None
        for name in [ "And"; "Or"; "Xor" ] do
            name, (pair, "", $"a = Cast <to: int = 9> (x) b = Cast <to: int = 9> (y) z = {name} (a, b)"), None
        for name in [ "Equal"; "Greater"; "GreaterOrEqual"; "Less"; "LessOrEqual"; "Max"; "Min" ] do
            name, (pair, "", $"z = {name} (x, y)"), None
            name, (pair, "", $"{integers} z = {name} (c, d)"), None
        "Div", (pair, "", "z = Div (x, y)"), Some(pair, "", $"{integers} z = Div (c, d)")
        "Mul", (pair, "", "z = Mul (x, y)"), None
        "Mul", (pair, "", $"{integers} z = Mul (c, d)"), None
        "PRelu", (pair, "", "z = PRelu (x, y)"), Some(pair, "", $"{integers} z = PRelu (c, d)")
        "Pow", (pair, "", "a = Abs (x) z = Pow (a, x)"), Some(pair, "", "z = Pow (x, y)")
        "Mod", (pair, "", "z = Mod <fmod: int = 1> (x, x)"), Some(pair, "", "z = Mod <fmod: int = 1> (x, y)")
        "Clip", (pair, "float c = {0.1}", "z = Clip (x, c)"), None
        "Clip", (pair, "", "m = ReduceMean <keepdims: int = 0> (y) z = Clip (x, m)"), None
        "Clip", (pair, "", $"{integers} e = Squeeze (d) f = ReduceMax <keepdims: int = 0> (e) z = Clip (c, f)"), None
        "Where", (pair, "", "a = Cast <to: int = 9> (x) b = Relu (x) z = Where (a, x, b)"), None
        "Where", (pair, "", "a = Cast <to: int = 9> (y) b = Relu (x) z = Where (a, x, b)"), None
        "Where", (pair, "", $"{integers} a = Greater (x, y) z = Where (a, c, d)"), None
        "Where", (pair, "bool[4] a = {1, 0, 0, 1}", "z = Where (a, x, y)"), None
        "MatMul", ("float[1,2,2] x, float[1,2,2] y", "", "z = MatMul (x, y)"), None
        "MatMul", ("float[1,2,2] x, float[1,2,2] y", "", $"{integers} z = MatMul (c, d)"), None
        "Gemm", ("float[1,2] x, float[2,2] y", "", "z = Gemm (x, y)"), Some("float[1,2] x, float[2,2] y", "", $"{integers} z = Gemm (c, d)")
        "Conv",
        ("float[1,1,4] x", "float[1,1,2] w = {1, 2}", "z = Conv (x, w)"),
        Some("float[1,1,4] x, float[1,1,2] y", "", "z = Conv (x, y)")
        "Conv",
        ("float[1,1,4] x", "float[1,1,2] w = {1, 2}, float[1] b = {1}", "z = Conv (x, w, b)"),
        Some("float[1,1,4] x, float[1] y", "float[1,1,2] w = {1, 2}", "z = Conv (x, w, y)")
        "BatchNormalization",
        ("float[1,2] x", "float[2] o = {1, 1}", "z = BatchNormalization (x, o, o, o, o)"),
        Some("float[1,2] x, float[2] y", "float[2] o = {1, 1}", "z = BatchNormalization (x, y, o, o, o)")
        "Gather",
        (pair, "int64[2] i = {1, 2}", "z = Gather <axis: int = 1> (x, i)"),
        Some(pair, "", "i = Cast <to: int = 7> (x) b = Cast <to: int = 9> (y) z = Gather (b, i)")
        "Gather",
        ("float[1,4] x", "float[3] t = {1, 2, 3}", "a = Abs (x) i = Cast <to: int = 7> (a) z = Gather (t, i)"),
        Some(pair, "", "i = Cast <to: int = 7> (x) b = Cast <to: int = 9> (y) z = Gather (b, i)")
        "Gather",
        ("float[1,4] x", "float[2,3] t = {1, 2, 3, 4, 5, 6}", "a = Abs (x) i = Cast <to: int = 7> (a) z = Gather <axis: int = 1> (t, i)"),
        Some(pair, "", "i = Cast <to: int = 7> (x) b = Cast <to: int = 9> (y) z = Gather <axis: int = 1> (b, i)")
        "Gather",
        (pair, "float c = {3}", "a = Abs (x) m = Mul (a, c) i = Cast <to: int = 7> (m) z = Gather <axis: int = 1> (y, i)"),
        Some(pair, "", "i = Cast <to: int = 7> (x) b = Cast <to: int = 9> (y) z = Gather <axis: int = 1> (b, i)")
        "GatherElements",
        (pair, "float c = {3}", "a = Abs (x) m = Mul (a, c) i = Cast <to: int = 7> (m) z = GatherElements <axis: int = 1> (y, i)"),
        Some(pair, "", "i = Cast <to: int = 7> (x) b = Cast <to: int = 9> (y) z = GatherElements <axis: int = 1> (b, i)")
        "Det", ("float[1,2,2] x", "", "z = Det (x)"), Some("float[1,7,7] x", "", "z = Det (x)")
        "TfIdfVectorizer",
        ("float[1,4] x",
         "",
         "a = Abs (x) i = Cast <to: int = 7> (a) z = TfIdfVectorizer <mode: string = \"TF\", max_gram_length: int = 1, min_gram_length: int = 1, max_skip_count: int = 0, ngram_counts: ints = [0], ngram_indexes: ints = [0, 1], pool_int64s: ints = [0, 1]> (i)"),
        Some(
            "float[1,4] x",
            "",
            "a = Abs (x) i = Cast <to: int = 7> (a) z = TfIdfVectorizer <mode: string = \"TF\", max_gram_length: int = 1, min_gram_length: int = 1, max_skip_count: int = 0, ngram_counts: ints = [0], ngram_indexes: ints = [0, 0], pool_int64s: ints = [0, 1]> (i)"
        )
        "Pad",
        (pair, "int64[4] p = {0, -1, 0, 1}", "z = Pad (x, p)"),
        Some(pair, "", "a = Abs (y) b = Cast <to: int = 7> (a) p = Squeeze (b) z = Pad (x, p)")
        "MaxPool",
        ("float[1,1,4] x", "", "z = MaxPool <kernel_shape: ints = [2]> (x)"),
        Some("float[1,1,4] x", "", "m, i = MaxPool <kernel_shape: ints = [2]> (x) z = Cast <to: int = 1> (i)")
        for name in [ "ReduceMax"; "ReduceMin" ] do
            name, (pair, "", $"z = {name} <axes: ints = [1]> (x)"), None
            name, (pair, "", $"{integers} z = {name} <axes: ints = [1]> (c)"), None
        for name in [ "ArgMax"; "ArgMin" ] do
            name, (pair, "", $"z = {name} <axis: int = 1> (x)"), None
            name, (pair, "", $"{integers} z = {name} <axis: int = 1> (c)"), None
    ]

[<Tests>]
let tests =
    testList
        "Operator"
        [
            testCase "what a row of the operators' table allows compiles, and what it excludes is refused"
            <| fun () ->
                let wrong =
                    [
                        for name, allowed, excluded in rows do
                            if not (compiles (allowed |||> model)) then
                                $"{name} is refused"

                            match excluded with
                            | Some excluded when compiles (excluded |||> model) -> $"{name} is not refused"
                            | _ -> ()

                            let restrictions = restrictions name

                            if (restrictions = "") <> excluded.IsNone then
                                $"{name} says '{restrictions}'"
                    ]

                Expect.isEmpty wrong (String.concat "; " wrong)
        ]
