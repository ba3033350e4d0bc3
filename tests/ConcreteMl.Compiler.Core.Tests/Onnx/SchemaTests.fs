module ConcreteMl.Compiler.Core.Tests.Onnx.SchemaTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private domainOf (operator: OperatorInfo) =
    if operator.Domain = "ai.onnx" then "" else operator.Domain

/// A model of one node with an attribute and an operand that no operator has.
let private surprising (operator: OperatorInfo) (version: int64) : Onnx.Model =
    {
        IrVersion = 10L
        Producer = "test"
        Opsets =
            [
                "", (if operator.Domain = "ai.onnx" then version else 17L)
                domainOf operator, version
            ]
        Graph =
            {
                Name = "g"
                Inputs = [||]
                Outputs = [||]
                ValueInfos = [||]
                Initializers = [||]
                Nodes =
                    [|
                        {
                            Name = "node"
                            OpType = operator.Name
                            Domain = domainOf operator
                            Overload = ""
                            Opset = None
                            Inputs = Array.create 40 "x"
                            Outputs = [| "y" |]
                            Attributes = [ "surprise", Onnx.Attribute.Int 1L ]
                        }
                    |]
            }
        Functions = [||]
        Metadata = []
        Hash = ""
    }

let private codes model =
    Onnx.Check.run model |> List.map (fun finding -> finding.Code) |> Set.ofList

[<Tests>]
let tests =
    testList
        "Onnx.Schemas"
        [
            testCase "every operator that can be imported has a signature"
            <| fun () ->
                let without =
                    Operators.all
                    |> List.filter (fun operator -> Onnx.Opset.history (domainOf operator) operator.Name |> List.isEmpty)
                    |> List.map _.Name

                Expect.isEmpty without "signatures"

            testCase "an attribute that an operator does not have is refused, at the newest version and beyond it"
            <| fun () ->
                for operator in Operators.all do
                    for version in [ int64 operator.Newest; int64 operator.Newest + 2L ] do
                        Expect.contains
                            (codes (surprising operator version))
                            "CML1017"
                            $"{operator.Domain}.{operator.Name} of version {version}"

            testCase "an operand too many is refused"
            <| fun () ->
                for operator in Operators.all do
                    let schema = (Onnx.Opset.history (domainOf operator) operator.Name).Head

                    if snd schema.Inputs < System.Int32.MaxValue then
                        Expect.contains (codes (surprising operator (int64 operator.Newest))) "CML1018" $"{operator.Domain}.{operator.Name}"
        ]
