/// A node with its operands, and the file that holds it alone.
namespace ConcreteMl.Compiler.Core.Tests.RuntimeTypes

open System
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx

/// What stands in an operand's place.
[<RequireQualifiedAccess>]
type Operand =
    | Input of Tensor
    | Constant of Tensor
    | Nothing

/// A node and its operands.
type Case =
    {
        Operator: string
        Attributes: AttributeProto list
        Operands: Random -> Element -> Operand list
        Outputs: int
        Elements: Element list
    }

[<RequireQualifiedAccess>]
module SingleNode =

    /// The file of a case, and its inputs by name.
    let file opset (case: Case) (operands: Operand list) : byte[] * (string * Tensor) list =
        let name index = $"x{index}"
        let numbered = List.indexed operands

        let inputs =
            [
                for index, operand in numbered do
                    match operand with
                    | Operand.Input tensor -> name index, tensor
                    | _ -> ()
            ]

        let node =
            Build.node
                case.Operator
                (numbered
                 |> List.map (fun (index, operand) -> if operand = Operand.Nothing then "" else name index))
                [ for output in 0 .. case.Outputs - 1 -> $"y{output}" ]
                case.Attributes

        let initializers =
            [
                for index, operand in numbered do
                    match operand with
                    | Operand.Constant tensor ->
                        Build.raw
                            (name index)
                            (ConcreteMl.Compiler.Core.Onnx.ElementType.number tensor.Element)
                            [ for size in tensor.Shape -> int64 size ]
                            (tensor.Bytes.ToArray())
                    | _ -> ()
            ]

        let ports =
            [
                for port, tensor in inputs ->
                    Build.typed
                        port
                        (ConcreteMl.Compiler.Core.Onnx.ElementType.number tensor.Element)
                        (tensor.Shape |> Array.map string |> String.concat " ")
            ]

        let graph =
            Build.graph ports initializers [ node ] [ for output in node.Output -> Build.untyped output ]

        Build.bytes (Build.model opset graph), inputs
