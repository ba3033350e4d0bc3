namespace ConcreteMl.Compiler.Core.Tests.RuntimeGraphs

open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes

/// A value of a graph that grows, with the numbers that ONNX Runtime gives it.
type Drawn =
    {
        Name: string
        Tensor: Tensor
        IsConstant: bool
    }

    member this.Shape = this.Tensor.Shape
    member this.Element = this.Tensor.Element
    member this.Rank = this.Tensor.Shape.Length

/// Files of the operator sets that random graphs draw from.
[<RequireQualifiedAccess>]
module Domains =

    let model (opset: int) (graph: GraphProto) : ModelProto =
        let model = Build.model (int64 opset) graph
        model.OpsetImport.Add(Build.import "ai.onnx.ml" 3L)
        model.OpsetImport.Add(Build.import "com.microsoft" 1L)
        model

/// One node run by ONNX Runtime.
[<RequireQualifiedAccess>]
module Alone =

    let private number (value: Drawn) = ElementType.number value.Element

    /// The results of a node of these operands; None where there is no kernel or the operands do not fit.
    let tryRun (opset: int) (node: NodeProto) (operands: Drawn list) : Tensor list option =
        let constants, given =
            operands |> List.distinctBy _.Name |> List.partition _.IsConstant

        let graph =
            Build.graph
                [
                    for value in given -> Build.typed value.Name (number value) (value.Shape |> Array.map string |> String.concat " ")
                ]
                [
                    for value in constants ->
                        Build.raw value.Name (number value) [ for size in value.Shape -> int64 size ] (value.Tensor.Bytes.ToArray())
                ]
                [ node.Clone() ]
                [ for output in node.Output -> Build.untyped output ]

        Runtime.tryRun (Build.bytes (Domains.model opset graph)) [ for value in given -> value.Name, value.Tensor ]
