/// What the client does itself: where the graph is cut, and that the parts stand whole in every text.
module ConcreteMl.Compiler.Core.Tests.Float.ClientPartTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float.Client

let private model opset domains text =
    let imports = $"\"\" : {opset}" :: domains |> String.concat ", "

    match Onnx.Text.parse $"<ir_version: 8, opset_import: [{imports}]>\n{text}" with
    | Ok model -> model
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

let private calibration (shapes: int[] list) count =
    let random = Random 11

    List.init count (fun _ ->
        [
            for shape in shapes -> Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> 2.0f * random.NextSingle() - 1.0f))
        ])

let private compile parts samples model =
    let settings =
        { Settings.defaults with
            Calibration = samples
            ClientParts = parts
        }

    let stages = Collections.Generic.List<string * Stage>()

    match Compile.run (fun record -> stages.Add(record.Name, record.Result)) settings Context.quiet model with
    | Ok made -> made, List.ofSeq stages
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// Scaler, linear layer, softmax and label.
let private classifier =
    """classifier (float[N,4] x) => (int64[N] label, float[N,3] scores)
       <float[4] mean = {0.1, -0.2, 0.3, 0.0}, float[4] scale = {2.0, 0.5, 1.0, 1.5},
        float[4,3] w = {0.5, -1.0, 0.25, 1.0, 0.75, -0.5, -0.25, 0.5, 1.0, 0.1, -0.6, 0.9}, float[3] b = {0.1, -0.1, 0.2}> {
         centred = Sub (x, mean)
         scaled = Mul (centred, scale)
         product = MatMul (scaled, w)
         logits = Add (product, b)
         scores = Softmax <axis = 1> (logits)
         label = ArgMax <axis = 1, keepdims = 0> (logits)
       }"""

let private lookups (made: Compilation) = made.Cost.Report.Lookups

[<Tests>]
let tests =
    testList
        "Float.ClientParts"
        [
            testCase "a linear classifier has no lookup, and gives label and scores from the same codes"
            <| fun () ->
                let samples = calibration [ [| 1; 4 |] ] 60
                let made, stages = compile true samples (model 17 [] classifier)
                Expect.equal (lookups made) 0L "lookups with client parts"
                let inside, _ = compile false samples (model 17 [] classifier)
                Expect.isGreaterThan (lookups inside) 0L "lookups without"
                let circuit = Stage.Circuit made.Circuit

                match Tools.Interpret.forward false circuit samples with
                | Error findings -> failwithf "%A" findings
                | Ok(outputs, _) ->
                    for sample, result in List.zip samples outputs do
                        let label, scores = (Tensor.toInt64s result[0])[0], Tensor.toFloat64s result[1]
                        Expect.equal label (int64 (Array.findIndex ((=) (Array.max scores)) scores)) "the label is the largest score's"
                        Expect.floatClose Accuracy.medium (Array.sum scores) 1.0 "the scores' sum"

                        let wanted =
                            Float.Eval.graph (snd stages[0] |> Stage.float.Read |> Option.get) sample

                        Array.iter2
                            (fun score expected -> Expect.isLessThan (abs (score - expected)) 0.05 "near the float score")
                            scores
                            (Tensor.toFloat64s wanted[1])

            testCase "the probabilities of a support vector classifier of three classes are the client's"
            <| fun () ->
                let text probabilities =
                    $"""svc (float[N,2] x) => (int64[N] label, float[N,3] scores) {{
                         label, scores = ai.onnx.ml.SVMClassifier <classlabels_ints = [0, 1, 2], kernel_type = "RBF",
                             kernel_params = [0.5, 0.0, 3.0], vectors_per_class = [1, 1, 1], rho = [0.1, -0.1, 0.05],
                             support_vectors = [0.5, 1.0, -1.0, 0.25, 0.75, -0.5],
                             coefficients = [0.5, -1.0, 0.75, 1.0, -0.5, 0.25] {probabilities}> (x)
                       }}"""

                let circuitOf probabilities =
                    let made, _ =
                        text probabilities
                        |> model 17 [ "\"ai.onnx.ml\" : 1" ]
                        |> compile true (calibration [ [| 1; 2 |] ] 60)

                    lookups made

                Expect.equal
                    (circuitOf ", prob_a = [-1.0, -1.2, -0.8], prob_b = [0.1, 0.0, -0.1]")
                    (circuitOf "")
                    "as many lookups as without probabilities"

            testCase "every text behind the cut holds the client's parts and reads back as it was"
            <| fun () ->
                let _, stages =
                    compile true (calibration [ [| 1; 4 |] ] 60) (model 17 [] classifier)

                let behind = stages |> List.skipWhile (fun (name, _) -> name <> "cut-client-parts")

                Expect.isGreaterThan behind.Length 8 "stages behind the cut"

                for name, stage in behind do
                    match stage with
                    | Stage.Program _ -> ()
                    | _ ->
                        let parts = stage.ClientParts
                        Expect.isSome parts.Before $"{name} keeps what stands before"
                        Expect.isSome parts.After $"{name} keeps what stands behind"

                        match Compile.parse name (Compile.print false stage) with
                        | Ok read ->
                            Expect.equal read.Attributes stage.Attributes $"the attributes of {name}"
                            Expect.equal read.ClientParts parts $"the parts of {name}"
                            Expect.equal (Compile.print false read) (Compile.print false stage) $"the text of {name}"
                        | Error findings -> failwithf "%s: %A" name findings

            testCase "a part of other shapes, or damaged, is refused with CML9011"
            <| fun () ->
                let made, _ = compile true (calibration [ [| 1; 4 |] ] 60) (model 17 [] classifier)
                let text = Compile.print false (Stage.Circuit made.Circuit)

                for what, (from: string), (into: string) in
                    [
                        "a missing value", "op = \"float.argmax\", reads = [", "op = \"float.argmax\", reads = [9"
                        "an unknown operation", "float.argmax", "float.argbest"
                        "another shape", "element = \"f32\", shape = [1, 3]", "element = \"f32\", shape = [1, 2]"
                    ] do
                    let changed = text.Replace(from, into)

                    Expect.notEqual changed text what

                    match Compile.parse "text" changed with
                    | Ok _ -> failwith $"{what} is read"
                    | Error findings -> Expect.contains (findings |> List.map _.Code) "CML9011" what

            testCase "the client gets no weights: matrices, trees and tables of training samples stay"
            <| fun () ->
                let known shape values : ClientRule.Operand =
                    {
                        Constant = Some(Tensor.ofFloat32 shape values)
                        Shape = shape
                    }

                let value shape : ClientRule.Operand = { Constant = None; Shape = shape }
                let numbers count = Array.init count float32
                let binary operation = Float.Op.Binary operation

                let allowed =
                    [
                        "a scale for each feature", binary Float.Binary.Mul, [ value [| 1; 64 |]; known [| 64 |] (numbers 64) ]
                        "a threshold", binary Float.Binary.Greater, [ value [| 1; 64 |]; known [||] [| 1.0f |] ]
                        "categories", binary Float.Binary.Equal, [ value [| 1; 3; 1 |]; known [| 9 |] (numbers 9) ]
                        "labels", Float.Op.Gather 0, [ known [| 10 |] (numbers 10); value [| 1 |] ]
                        "a function", Float.Op.Unary Float.Unary.Sigmoid, [ value [| 1; 10 |] ]
                    ]

                let refused =
                    [
                        "a matrix", Float.Op.MatMul, [ value [| 1; 4 |]; known [| 4; 3 |] (numbers 12) ]
                        "points", binary Float.Binary.Sub, [ value [| 1; 4 |]; known [| 30; 4 |] (numbers 120) ]
                        "thresholds", binary Float.Binary.LessOrEqual, [ value [| 1; 64 |]; known [| 64 |] (numbers 64) ]
                        "learned labels", Float.Op.Gather 0, [ known [| 10 |] (Array.create 10 1.0f); value [| 1 |] ]
                        "an embedding", Float.Op.Gather 0, [ known [| 5; 2 |] (numbers 10); value [| 1 |] ]
                        "too many numbers", binary Float.Binary.Mul, [ value [| 1; 5000 |]; known [| 5000 |] (numbers 5000) ]
                    ]

                for what, op, operands in allowed do
                    Expect.isTrue (ClientRule.allows op operands) what

                for what, op, operands in refused do
                    Expect.isFalse (ClientRule.allows op operands) what

            testCase "the infinities of a mask are put back by the client, even where all else is the circuit's"
            <| fun () ->
                let text =
                    """masked (float[N,4] x) => (float[N,3] y)
                       <float[4,3] w = {1, 0.5, -1, 0.25, 1, 2, -0.5, 1, 1, 2, -1, 0.5}, float[3] mask = {0, -inf, 0}> {
                         s = MatMul (x, w)
                         m = Add (s, mask)
                         y = LogSoftmax (m)
                       }"""

                let samples = calibration [ [| 1; 4 |] ] 60
                let model = model 17 [] text
                let _, stages = compile false samples model

                let graph =
                    stages
                    |> List.pick (fun (name, stage) ->
                        match stage with
                        | Stage.Float graph when name = "cut-client-parts" -> Some graph
                        | _ -> None)

                let parts = (Stage.Float graph).ClientParts
                Expect.isSome parts.After "the client's part"
                Expect.isNone parts.Before "nothing before"

                match Compile.normalize Settings.defaults Context.quiet model with
                | Error findings -> failtestf "%A" findings
                | Ok whole ->
                    for sample in samples do
                        let inner = Float.Eval.graph graph sample
                        let values = inner |> List.collect (Tensor.toFloat64s >> List.ofArray)
                        Expect.isTrue (values |> List.forall (fun value -> abs value < 20.0)) "what codes can hold"
                        let expected = Float.Eval.graph whole sample |> List.head |> Tensor.toFloat64s
                        let actual = ClientParts.leave parts inner |> List.head |> Tensor.toFloat64s
                        Expect.isTrue (Double.IsNegativeInfinity actual[1]) "the masked score"

                        for at in [ 0; 2 ] do
                            Expect.isLessThan (abs (actual[at] - expected[at])) 1e-4 "the others"

            testCase "a sum over a large map stays in the circuit, one over few values goes with what it adds up"
            <| fun () ->
                let part positions =
                    let text =
                        $$"""pooled (float[N,2,{{positions}}] x) => (float[N,2] y)
                           <float[2,2] w = {1.0, 0.5, -0.5, 1.0}, int64[1] middle = {1}> {
                             turned = Transpose <perm = [0, 2, 1]> (x)
                             mixed = MatMul (turned, w)
                             active = Relu (mixed)
                             y = ReduceSum <keepdims = 0> (active, middle)
                           }"""

                    match Compile.normalize Settings.defaults Context.quiet (model 17 [] text) with
                    | Ok graph -> (Stage.Float(Float.Passes.CutClientParts.run graph)).ClientParts
                    | Error findings -> failwithf "%A" findings

                Expect.isSome (part 4).After "eight values"
                Expect.isTrue (part 600).IsEmpty "twelve hundred values"
        ]
