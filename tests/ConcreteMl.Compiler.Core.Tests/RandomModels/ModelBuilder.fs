namespace ConcreteMl.Compiler.Core.Tests.RandomModels

open System
open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Onnx.Proto

/// A value of a model that grows; its shape has a leading batch of 1.
type Value = { Name: string; Shape: int[] }

/// Writes an ONNX model node by node and keeps account of shapes. Draws come from `Random`, which a step replaces by its own.
type ModelBuilder(opset: int, symbolicBatch: bool) =
    let nodes = List<NodeProto>()
    let initializers = List<TensorProto>()
    let inputs = List<ValueInfoProto>()
    let values = List<Value>()
    let mutable names = 0

    let fresh prefix =
        names <- names + 1
        $"{prefix}{names}"

    member val Random = Random 0 with get, set
    member _.Opset = opset

    member this.Choose(options: 'T list) =
        options[this.Random.Next options.Length]

    member this.Once(outOf: int) = this.Random.Next outOf = 0

    member this.Normal(scale: float) =
        let radius = sqrt (-2.0 * log (1.0 - this.Random.NextDouble()))
        scale * radius * cos (2.0 * Math.PI * this.Random.NextDouble())

    member this.Between(low: float, high: float) =
        low + (high - low) * this.Random.NextDouble()

    member _.Input(shape: int[]) =
        let name = fresh "x"

        let dims =
            shape
            |> Array.mapi (fun axis size -> if axis = 0 && symbolicBatch then "batch" else string size)
            |> String.concat " "

        inputs.Add(Build.real name dims)
        values.Add { Name = name; Shape = shape }

    /// A float initializer of these values.
    member _.Constant(shape: int[], draw: unit -> float) =
        let name = fresh "c"

        let data = List.init (Shape.count shape) (fun _ -> float32 (Math.Round(draw (), 4)))

        initializers.Add(Build.floats name (List.ofArray shape |> List.map int64) data)
        { Name = name; Shape = shape }

    member this.Scalar(value: float) = this.Constant([||], (fun () -> value))

    member _.Integers(data: int seq) =
        let name = fresh "i"
        initializers.Add(Build.int64s name (data |> Seq.map int64 |> List.ofSeq))

        {
            Name = name
            Shape = [| Seq.length data |]
        }

    /// A constant that broadcasts over a value: one number, one per channel, or one per element of the last axis.
    member this.Broadcast(x: Value, draw: unit -> float) =
        let rank = x.Shape.Length

        let along axis =
            Array.init rank (fun at -> if at = axis then x.Shape[at] else 1)

        match this.Random.Next 3 with
        | 0 -> this.Constant([||], draw)
        | 1 when rank > 1 -> this.Constant(along 1, draw)
        | _ -> this.Constant([| Array.last x.Shape |], draw)

    /// A node whose result is no operand of later steps by itself.
    member _.Node(operator: string, operands: Value list, shape: int[], attributes: AttributeProto list) =
        let result = fresh "v"

        Build.node operator (operands |> List.map _.Name) [ result ] attributes
        |> Build.named $"/{operator}_{names}"
        |> nodes.Add

        { Name = result; Shape = shape }

    member this.Node(operator, operands: Value list, attributes) =
        let shape =
            operands
            |> List.map _.Shape
            |> List.reduce (fun left right -> Shape.tryBroadcast left right |> Option.get)

        this.Node(operator, operands, shape, attributes)

    member this.Node(operator, operands: Value list) = this.Node(operator, operands, [])

    /// Offers a value to later steps.
    member _.Keep(value: Value) = values.Add value
    member _.Values: IReadOnlyList<Value> = values

    /// One of the values, the newest as a rule.
    member this.Pick() =
        if this.Random.Next 4 > 0 then
            values[values.Count - 1]
        else
            values[this.Random.Next values.Count]

    member _.Build(outputs: Value list) =
        let declared =
            outputs
            |> List.map (fun output ->
                let dims = output.Shape |> Array.skip 1 |> Array.map string |> List.ofArray
                Build.real output.Name (String.concat " " ((if symbolicBatch then "batch" else "1") :: dims)))

        Build.graph (List.ofSeq inputs) (List.ofSeq initializers) (List.ofSeq nodes) declared
        |> Build.model (int64 opset)
