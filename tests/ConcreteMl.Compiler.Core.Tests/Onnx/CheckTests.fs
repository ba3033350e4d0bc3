module ConcreteMl.Compiler.Core.Tests.Onnx.CheckTests

open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Tests.Onnx.Build

let private x = real "x" "1 4"
let private y = real "y" "1 4"
let private check (proto: ModelProto) = Check.run (decode proto)

let private ofNodes opset nodes =
    check (model opset (graph [ x ] [] nodes [ y ]))

[<Tests>]
let tests =
    testList
        "Onnx.Check"
        [
            testCase "a sound model has no findings"
            <| fun () -> same [] (ofNodes 14L [ node "Relu" [ "x" ] [ "a" ] []; node "Add" [ "a"; "x" ] [ "y" ] [] ])

            testCase "names are made once and before they are used"
            <| fun () ->
                same [ "CML1012" ] (codes (ofNodes 14L [ node "Relu" [ "x" ] [ "y" ] []; node "Abs" [ "x" ] [ "y" ] [] ]))
                same [ "CML1013" ] (codes (ofNodes 14L [ node "Relu" [ "nowhere" ] [ "y" ] [] ]))
                same [ "CML1013" ] (codes (ofNodes 14L [ node "Relu" [ "a" ] [ "y" ] []; node "Abs" [ "x" ] [ "a" ] [] ]))
                same [ "CML1013" ] (codes (ofNodes 14L [ node "Relu" [ "x" ] [ "other" ] [] ]))

            testCase "inner graphs see outer values, and outer graphs not the inner ones"
            <| fun () ->
                let branch name (made: string) =
                    graphAttribute name (graph [] [] [ node "Relu" [ "x" ] [ made ] [] ] [ untyped made ])

                let conditional =
                    node "If" [ "c" ] [ "a" ] [ branch "then_branch" "t"; branch "else_branch" "e" ]

                let flag = typed "c" 9 ""

                let sound =
                    graph [ x; flag ] [] [ conditional; node "Relu" [ "a" ] [ "y" ] [] ] [ y ]

                same [] (check (model 14L sound))

                let wrong =
                    graph [ x; flag ] [] [ conditional; node "Relu" [ "t" ] [ "y" ] [] ] [ y ]

                same [ "CML1013" ] (codes (check (model 14L wrong)))

            testCase "inputs need types"
            <| fun () ->
                let proto =
                    graph [ untyped "x" ] [] [ node "Relu" [ "x" ] [ "y" ] [] ] [ untyped "y" ]

                let found = check (model 14L proto)

                same
                    [ "CML1014", Severity.Error; "CML1014", Severity.Warning ]
                    (found |> List.map (fun finding -> finding.Code, finding.Severity))

            testCase "initializers are named and unique"
            <| fun () ->
                let proto =
                    graph
                        [ x ]
                        [
                            floats "w" [ 1L ] [ 1.0f ]
                            floats "w" [ 1L ] [ 2.0f ]
                            floats "" [ 1L ] [ 0.0f ]
                        ]
                        [ node "Add" [ "x"; "w" ] [ "y" ] [] ]
                        [ y ]

                same [ "CML1022"; "CML1022" ] (codes (check (model 14L proto)))

            testCase "attributes are known, of the right kind, given once, and there when needed"
            <| fun () ->
                same [ "CML1017" ] (codes (ofNodes 14L [ node "Relu" [ "x" ] [ "y" ] [ int "axis" 1L ] ]))
                same [ "CML1015" ] (codes (ofNodes 14L [ node "Softmax" [ "x" ] [ "y" ] [ float "axis" 1.0f ] ]))
                same [ "CML1015" ] (codes (ofNodes 14L [ node "Softmax" [ "x" ] [ "y" ] [ int "axis" 1L; int "axis" 0L ] ]))
                same [ "CML1016" ] (codes (ofNodes 14L [ node "Concat" [ "x"; "x" ] [ "y" ] [] ]))

            testCase "signatures are those of the imported operator set"
            <| fun () ->
                let sum = node "ReduceSum" [ "x" ] [ "y" ] [ ints "axes" [ 1L ] ]
                same [] (ofNodes 12L [ sum ])
                same [ "CML1017" ] (codes (ofNodes 13L [ sum ]))
                same [ "CML1019" ] (codes (ofNodes 14L [ node "Gelu" [ "x" ] [ "y" ] [] ]))
                same [] (ofNodes 20L [ node "Gelu" [ "x" ] [ "y" ] [] ])

            testCase "the number of inputs and outputs is checked"
            <| fun () ->
                same [ "CML1018" ] (codes (ofNodes 14L [ node "MatMul" [ "x" ] [ "y" ] [] ]))
                same [ "CML1018" ] (codes (ofNodes 14L [ node "Relu" [ "x"; "x" ] [ "y" ] [] ]))
                same [ "CML1018" ] (codes (ofNodes 14L [ node "Add" [ "x"; "" ] [ "y" ] [] ]))
                same [] (ofNodes 14L [ node "Clip" [ "x"; ""; "" ] [ "y" ] [] ])

            testCase "operators that are not in the table are left to the import"
            <| fun () -> same [] (ofNodes 14L [ node "EyeLike" [ "x" ] [ "y" ] [ int "k" 1L ] ])

            testCase "domains in use are imported"
            <| fun () ->
                let own = node "Thing" [ "x" ] [ "y" ] [] |> inDomain "my.domain"
                same [ "CML1011", Severity.Warning ] (ofNodes 14L [ own ] |> List.map (fun finding -> finding.Code, finding.Severity))
                let proto = model 14L (graph [ x ] [] [ node "Relu" [ "x" ] [ "y" ] [] ] [ y ])
                proto.OpsetImport.Clear()
                same [ "CML1011", Severity.Error ] (check proto |> List.map (fun finding -> finding.Code, finding.Severity))

            testCase "newer versions than known are notes"
            <| fun () ->
                let proto = model 99L (graph [ x ] [] [ node "Relu" [ "x" ] [ "y" ] [] ] [ y ])

                proto.IrVersion <- 99L
                let found = check proto
                same [ "CML1010"; "CML1023" ] (codes found)

                Expect.isTrue
                    (found |> List.forall (fun finding -> finding.Severity = Severity.Note))
                    "found |> List.forall (fun finding -> finding.Severity = Severity.Note)"

            testCase "functions are unique, and their bodies keep the rules"
            <| fun () ->
                let body =
                    [ node "LeakyRelu" [ "a" ] [ "b" ] [ reference "alpha" Kind.Float "slope" ] ]

                let sound = func "my" "F" [ "a" ] [ "b" ] 14L body
                sound.Attribute.Add "slope"
                let call = node "F" [ "x" ] [ "y" ] [ float "slope" 0.1f ] |> inDomain "my"

                let of' functions =
                    check (model 14L (graph [ x ] [] [ call ] [ y ]) |> withFunctions "my" functions)

                same [] (of' [ sound ])
                same [ "CML1020" ] (codes (of' [ sound; sound ]))
                same [ "CML1021" ] (codes (of' [ func "my" "F" [ "a" ] [ "b" ] 14L body ]))
                same [ "CML1013" ] (codes (of' [ func "my" "F" [ "a" ] [ "missing" ] 14L [ node "Relu" [ "a" ] [ "b" ] [] ] ]))

            testCase "a reference outside functions is refused"
            <| fun () ->
                same [ "CML1021" ] (codes (ofNodes 14L [ node "LeakyRelu" [ "x" ] [ "y" ] [ reference "alpha" Kind.Float "slope" ] ]))

            testCase "all findings come at once"
            <| fun () ->
                let found =
                    ofNodes
                        14L
                        [
                            node "Relu" [ "gone" ] [ "a" ] []
                            node "Gelu" [ "a" ] [ "b" ] []
                            node "Concat" [ "b" ] [ "y" ] []
                        ]

                same [ "CML1013"; "CML1016"; "CML1019" ] (codes found |> List.sort)

            testCase "every version of a signature is a step of the operator's history"
            <| fun () ->
                same (Some 13) (Opset.since "" "ReduceSum" 25)
                same (Some 11) (Opset.since "" "ReduceSum" 12)
                same None (Opset.since "" "Gelu" 19)
                same (Some 20) (Opset.since "" "Gelu" 25)
                same (Some 1) (Opset.since "onnx.brevitas" "Quant" 1)
                same None (Opset.since "" "NoSuchOperator" 25)
        ]
