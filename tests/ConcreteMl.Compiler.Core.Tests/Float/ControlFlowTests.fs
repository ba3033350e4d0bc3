module ConcreteMl.Compiler.Core.Tests.Float.ControlFlowTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private model (body: string) =
    let text =
        $"""<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, M] y) {{
{body}
}}"""

    match Onnx.Text.parse text with
    | Ok model -> Onnx.Order.model model
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private import model =
    Import.model Context.quiet { BindBatch = true; Sizes = Map.empty } model

let private x = Tensor.ofFloat32 [| 1; 4 |] [| 1.0f; 2.0f; 3.0f; 4.0f |]

let private values body =
    match import (model body) with
    | Ok graph -> Eval.graph graph [ x ] |> List.head |> Tensor.toFloat64s |> List.ofArray
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private code body =
    match import (model body) with
    | Ok _ -> ""
    | Error findings -> findings.Head.Code

[<Tests>]
let tests =
    testList
        "Float.ControlFlow"
        [
            testCase "a branch whose condition follows from shapes is the graph"
            <| fun () ->
                let body =
                    """
    s = Shape(x)
    two = Constant <value = int64[1] {1}> ()
    one = Constant <value = int64[1] {1}> ()
    size = Gather(s, two)
    c = Equal(size, one)
    y = If (c) <
        then_branch = t () => (float[N, 4] a) { a = Neg(x) },
        else_branch = e () => (float[N, 4] b) { b = Add(x, x) }>
"""

                Expect.equal (values body) [ 2.0; 4.0; 6.0; 8.0 ] "the else branch, which reads the outer x"

            testCase "a condition that depends on the inputs chooses between both branches"
            <| fun () ->
                let body =
                    """
    axes = Constant <value = int64[2] {0, 1}> ()
    sum = ReduceSum <keepdims = 0> (x, axes)
    nine = Constant <value = float {9.0}> ()
    c = Greater(sum, nine)
    y = If (c) <
        then_branch = t () => (float[N, 4] a) { a = Neg(x) },
        else_branch = e () => (float[N, 4] b) { b = Add(x, x) }>
"""

                Expect.equal (values body) [ -1.0; -2.0; -3.0; -4.0 ] "the sum is 10"

            testCase "a loop of a known length is written out, its stacked values too"
            <| fun () ->
                let body =
                    """
    three = Constant <value = int64 {3}> ()
    go = Constant <value = bool {1}> ()
    zero = Constant <value = int64[1] {0}> ()
    last, all = Loop (three, go, x) <
        body = b (int64 i, bool c, float[N, 4] s) => (bool again, float[N, 4] t, float[N, 4] u) {
            again = Identity(c)
            t = Add(s, s)
            f = Cast <to = 1> (i)
            u = Add(s, f)
        }>
    first = ReduceSum <keepdims = 0> (all, zero)
    y = Add(first, last)
"""

                // s is x, 2x, 4x; u adds 0, 1, 2; the last is 8x.
                Expect.equal (values body) [ 18.0; 33.0; 48.0; 63.0 ] "15 x + 3"

            testCase "a loop ends by a condition on its counter"
            <| fun () ->
                let body =
                    """
    limit = Constant <value = int64 {2}> ()
    go = Constant <value = bool {1}> ()
    y = Loop (, go, x) <
        body = b (int64 i, bool c, float[N, 4] s) => (bool again, float[N, 4] t) {
            again = Less(i, limit)
            t = Add(s, s)
        }>
"""

                Expect.equal (values body) [ 8.0; 16.0; 24.0; 32.0 ] "iterations 0, 1 and 2"

            testCase "a file's loop may leave out its count, and shapes tell one where the batch is open"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, 4] y) {
    s = Shape(x)
    axis = Constant <value = int64 {1}> ()
    size = Gather(s, axis)
    go = Constant <value = bool {1}> ()
    limit = Constant <value = int64 {1}> ()
    z = Loop (, go, x) <
        body = b (int64 i, bool c, float[N, 4] s) => (bool again, float[N, 4] t) {
            again = Less(i, limit)
            t = Add(s, s)
        }>
    y = Loop (size, , z) <
        body = d (int64 i, bool c, float[N, 4] s) => (bool again, float[N, 4] t) {
            again = Identity(c)
            t = Neg(s)
        }>
}"""

                match
                    Compile.decode "g" None (System.Text.Encoding.UTF8.GetBytes text)
                    |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
                with
                | Ok graph ->
                    let found = Eval.graph graph [ x ] |> List.head |> Tensor.toFloat64s |> List.ofArray
                    Expect.equal found [ 4.0; 8.0; 12.0; 16.0 ] "doubled twice, negated four times"
                | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

            testCase "an endless loop and one whose condition is encrypted are refused"
            <| fun () ->
                let loop condition =
                    $"""
    go = Constant <value = bool {{1}}> ()
    y = Loop (, go, x) <
        body = b (int64 i, bool c, float[N, 4] s) => (bool again, float[N, 4] t) {{
            {condition}
            t = Identity(s)
        }}>
"""

                Expect.equal (code (loop "again = Identity(c)")) "CML1106" "no end"

                let seen =
                    """sum = ReduceSum <keepdims = 0> (s)
            nine = Constant <value = float {9.0}> ()
            again = Less(sum, nine)"""

                Expect.equal (code (loop seen)) "CML1104" "an end that depends on data"

            testCase "a scan takes the cells of its axis in the direction asked for"
            <| fun () ->
                let body =
                    """
    zero = Constant <value = float[N] {0.0}> ()
    start = ConstantOfShape <value = float[1] {0.0}> (one)
    one = Constant <value = int64[1] {1}> ()
    last, y = Scan (start, x) <
        num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1], scan_input_directions = [1],
        body = b (float[N] s, float[N] cell) => (float[N] t, float[N] u) {
            t = Add(s, cell)
            u = Identity(t)
        }>
"""

                let body = body.Replace("    zero = Constant <value = float[N] {0.0}> ()\n", "")
                Expect.equal (values body) [ 4.0; 7.0; 9.0; 10.0 ] "running sums from the end"

            testCase "sequences and optionals fold away"
            <| fun () ->
                let body =
                    """
    pieces = SplitToSequence <axis = 1, keepdims = 1> (x)
    three = Constant <value = int64 {3}> ()
    last = SequenceAt(pieces, three)
    shorter = SequenceErase(pieces, three)
    other = SequenceInsert(shorter, last, zero)
    zero = Constant <value = int64 {0}> ()
    joined = ConcatFromSequence <axis = 1> (other)
    maybe = Optional(joined)
    has = OptionalHasElement(maybe)
    y = If (has) <
        then_branch = t () => (float[N, 4] a) { a = OptionalGetElement(maybe) },
        else_branch = e () => (float[N, 4] b) { b = Neg(x) }>
"""

                Expect.equal (values body) [ 4.0; 1.0; 2.0; 3.0 ] "the last piece comes first"

            testCase "sizes that the model leaves open are those of the samples"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, H] x) => (float[N, H] y) {
    y = Relu(x)
}"""

                match Onnx.Text.parse text with
                | Error _ -> failtest "the text is sound"
                | Ok model ->
                    let open' = Import.model Context.quiet { BindBatch = true; Sizes = Map.empty } model
                    Expect.isError open' "nothing tells the size"

                    let sizes =
                        ImportInputs.sampleSizes model [ [ Tensor.ofFloat32 [| 5 |] (Array.zeroCreate 5) ] ]

                    match Import.model Context.quiet { BindBatch = true; Sizes = sizes } model with
                    | Ok graph ->
                        Expect.equal (graph.TypeOf graph.Outputs[0].Value).Dims (Some [| Dim.Known 1; Dim.Known 5 |]) "one sample of five"
                    | Error findings -> failtest findings.Head.Message

            testCase "a model that has to know the number of samples runs unquantized on one"
            <| fun () ->
                let text =
                    """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, 2] y) <int64[1] k = {2}> {
    y, i = TopK <axis = 1> (x, k)
}"""

                match Onnx.Text.parse text |> Result.bind (Compile.toFloat Context.quiet) with
                | Error findings -> failtest findings.Head.Message
                | Ok graph ->
                    let y = Eval.graph graph [ x ] |> List.head
                    Expect.equal (List.ofArray (Tensor.toFloat64s y)) [ 4.0; 3.0 ] "the largest two"

            testCase "nodes may stand in any order, but not in a circle"
            <| fun () ->
                Expect.equal (values "  y = Neg(b)\n  b = Add(a, a)\n  a = Relu(x)") [ -2.0; -4.0; -6.0; -8.0 ] "sorted"

                let circle = model "  y = Neg(b)\n  b = Add(a, x)\n  a = Relu(b)"

                Expect.contains (Onnx.Check.run circle |> List.map _.Code) "CML1013" "values that wait for each other"
        ]
