module ConcreteMl.Compiler.Core.Tests.Onnx.InlineTests

open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private x = real "x" "1 4"
let private y = real "y" "1 4"

let private call inputs outputs attributes name =
    node name inputs outputs attributes |> inDomain "my" |> named $"call_{name}"

let private inlined (nodes: NodeProto list) functions =
    match
        graph [ x ] [] nodes [ y ]
        |> model 14L
        |> withFunctions "my" functions
        |> decode
        |> Inline.functions
    with
    | Ok model ->
        same [] (Check.run model |> List.filter Diagnostic.isError)
        model
    | Error found -> failwith (found |> List.map Diagnostic.render |> String.concat "\n")

/// Operator, inputs, outputs and attributes of each node.
let private shape (model: Model) =
    model.Graph.Nodes
    |> Array.map (fun node -> node.OpType, List.ofArray node.Inputs, List.ofArray node.Outputs, node.Attributes)
    |> List.ofArray

let private leaky =
    let func =
        func
            "my"
            "F"
            [ "a" ]
            [ "b" ]
            14L
            [
                node "Neg" [ "a" ] [ "t" ] []
                node "LeakyRelu" [ "t" ] [ "b" ] [ reference "alpha" Kind.Float "slope" ]
            ]

    func.Attribute.Add "slope"
    func

[<Tests>]
let tests =
    testList
        "Onnx.Inline"
        [
            testCase "a call becomes the function's nodes under unique names"
            <| fun () ->
                let model = inlined [ call [ "x" ] [ "y" ] [ float "slope" 0.25f ] "F" ] [ leaky ]

                same
                    [
                        "Neg", [ "x" ], [ "call_F/t" ], []
                        "LeakyRelu", [ "call_F/t" ], [ "y" ], [ "alpha", Attribute.Float 0.25f ]
                    ]
                    (shape model)

                same [| "call_F/Neg:t"; "call_F/LeakyRelu:b" |] (model.Graph.Nodes |> Array.map (fun node -> node.Name))
                same 0 model.Functions.Length

            testCase "two calls do not share names"
            <| fun () ->
                let model =
                    inlined
                        [
                            call [ "x" ] [ "h" ] [] "F" |> named "c"
                            call [ "h" ] [ "y" ] [] "F" |> named "c"
                        ]
                        [ leaky ]

                let made = model.Graph.Nodes |> Array.collect (fun node -> node.Outputs)
                same made.Length (Array.distinct made).Length

            testCase "attributes without value take the default or are left out"
            <| fun () ->
                let defaulted = leaky.Clone()
                defaulted.Attribute.Clear()
                defaulted.AttributeProto.Add(float "slope" 0.5f)
                same [ "alpha", Attribute.Float 0.5f ] (inlined [ call [ "x" ] [ "y" ] [] "F" ] [ defaulted ]).Graph.Nodes[1].Attributes
                same [] (inlined [ call [ "x" ] [ "y" ] [] "F" ] [ leaky ]).Graph.Nodes[1].Attributes

            testCase "nested calls hand their attributes on"
            <| fun () ->
                let outer =
                    func
                        "my"
                        "G"
                        [ "p" ]
                        [ "q" ]
                        14L
                        [
                            node "F" [ "p" ] [ "q" ] [ reference "slope" Kind.Float "k" ] |> inDomain "my"
                        ]

                outer.Attribute.Add "k"
                let model = inlined [ call [ "x" ] [ "y" ] [ float "k" 2.0f ] "G" ] [ outer; leaky ]
                same [ "Neg"; "LeakyRelu" ] (shape model |> List.map (fun (op, _, _, _) -> op))
                same [ "alpha", Attribute.Float 2.0f ] model.Graph.Nodes[1].Attributes
                same [| "y" |] model.Graph.Nodes[1].Outputs

            testCase "nodes keep the operator set of their function where it differs"
            <| fun () ->
                let old =
                    func "my" "F" [ "a" ] [ "b" ] 11L [ node "ReduceSum" [ "a" ] [ "b" ] [ ints "axes" [ 1L ] ] ]

                let model =
                    inlined [ call [ "x" ] [ "h" ] [] "F"; node "Relu" [ "h" ] [ "y" ] [] ] [ old ]

                same [| Some 11; None |] (model.Graph.Nodes |> Array.map (fun node -> node.Opset))
                same 11 (Opset.ofNode model model.Graph.Nodes[0])

            testCase "omitted inputs stay omitted, unused outputs get names, passed-through inputs are copied"
            <| fun () ->
                let clip =
                    func "my" "C" [ "a"; "low" ] [ "b"; "a" ] 14L [ node "Clip" [ "a"; "low" ] [ "b" ] [] ]

                let model =
                    inlined
                        [
                            call [ "x"; "" ] [ "h"; "same" ] [] "C"
                            node "Add" [ "h"; "same" ] [ "y" ] []
                        ]
                        [ clip ]

                same
                    [
                        "Clip", [ "x"; "" ], [ "h" ], []
                        "Identity", [ "x" ], [ "same" ], []
                        "Add", [ "h"; "same" ], [ "y" ], []
                    ]
                    (shape model)

            testCase "names inside inner graphs of a function follow"
            <| fun () ->
                let branch name =
                    graphAttribute name (graph [] [] [ node "Relu" [ "a" ] [ "r" ] [] ] [ untyped "r" ])

                let body =
                    [ node "If" [ "c" ] [ "b" ] [ branch "then_branch"; branch "else_branch" ] ]

                let model =
                    graph [ x; typed "flag" 9 "" ] [] [ call [ "flag"; "x" ] [ "y" ] [] "B" ] [ y ]
                    |> model 14L
                    |> withFunctions "my" [ func "my" "B" [ "c"; "a" ] [ "b" ] 14L body ]
                    |> decode
                    |> Inline.functions

                match model with
                | Ok model ->
                    same [] (Check.run model)

                    match model.Graph.Nodes[0].Attributes with
                    | (_, Attribute.Graph inner) :: _ -> same [| "x" |] inner.Nodes[0].Inputs
                    | other -> failtest $"%A{other}"
                | Error found -> failtest $"%A{found}"

            testCase "functions of one name are told apart by their overload"
            <| fun () ->
                let one = func "my" "F" [ "a" ] [ "b" ] 14L [ node "Neg" [ "a" ] [ "b" ] [] ]
                let two = func "my" "F" [ "a" ] [ "b" ] 14L [ node "Abs" [ "a" ] [ "b" ] [] ]
                two.Overload <- "two"
                let second = call [ "x" ] [ "y" ] [] "F"
                second.Overload <- "two"
                same "Abs" (inlined [ second ] [ one; two ]).Graph.Nodes[0].OpType

            testCase "recursion and exponential growth are refused"
            <| fun () ->
                let refused expected functions =
                    match
                        graph [ x ] [] [ call [ "x" ] [ "y" ] [] "F0" ] [ y ]
                        |> model 14L
                        |> withFunctions "my" functions
                        |> decode
                        |> Inline.functions
                    with
                    | Ok _ -> failtest "inlined"
                    | Error found -> same [ expected ] (codes found)

                let calls index =
                    func
                        "my"
                        $"F{index}"
                        [ "a" ]
                        [ "b" ]
                        14L
                        [
                            node $"F{index + 1}" [ "a" ] [ "t" ] [] |> inDomain "my"
                            node $"F{index + 1}" [ "t" ] [ "b" ] [] |> inDomain "my"
                        ]

                refused
                    "CML1024"
                    [
                        func "my" "F0" [ "a" ] [ "b" ] 14L [ node "F0" [ "a" ] [ "b" ] [] |> inDomain "my" ]
                    ]

                refused "CML1025" (List.init 40 calls)
        ]
