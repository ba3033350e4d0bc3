namespace ConcreteMl.Compiler.Core.Tests.RuntimeGraphs

open System
open System.Collections.Generic
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes

/// What a graph may hold.
type Style =
    {
        Opset: int
        /// The size of the first axis of every input; declared by name where it is `Open`.
        Batch: int
        Open: bool
        /// Element types of inputs, the first the most frequent.
        Elements: Element list
    }

/// A graph that is written node by node. Each node is run by ONNX Runtime at once: what it has no kernel for is not added, and the
/// shapes, types and numbers of results are known to later steps.
type Draft(random: Random, style: Style) =
    let nodes = List<NodeProto>()
    let initializers = List<TensorProto>()
    let inputs = List<Drawn>()
    let pool = List<Drawn>()
    let mutable names = 0

    let fresh prefix =
        names <- names + 1
        $"{prefix}{names}"

    // Infinities and NaN are for the tests of single operators: what quantizers, maxima and sorting make of them ONNX leaves open,
    // and ONNX Runtime answers by type and machine. So are integers near the ends of their types: whether sums, products and absolute
    // values wrap there or saturate it answers by operator.
    let isFit (tensor: Tensor) =
        let count = Shape.count tensor.Shape

        count > 0
        && count <= 3000
        && tensor.Shape.Length <= 6
        && Tensor.toFloat64s tensor |> Array.forall (fun value -> abs value < 1e4)

    member _.Random = random
    member _.Style = style
    member _.Pool: IReadOnlyList<Drawn> = pool
    member _.Inputs: IReadOnlyList<Drawn> = inputs
    member _.Nodes: IReadOnlyList<NodeProto> = nodes
    member _.Choose(options: 'T list) : 'T = options[random.Next options.Length]
    member _.Once(outOf: int) = random.Next outOf = 0

    /// Whether a size follows the open batch, so that no constant of the graph may contain it.
    member _.IsOpen(size: int) = style.Open && size % style.Batch = 0

    member this.HasOpen(shape: int[]) = Array.exists this.IsOpen shape

    member _.Input(element: Element, shape: int[], kind: Kind) =
        let value =
            {
                Name = fresh "x"
                Tensor = Values.tensor random kind element shape
                IsConstant = false
            }

        inputs.Add value
        pool.Add value

    member _.Constant(tensor: Tensor) : Drawn =
        let name = fresh "c"

        initializers.Add(
            Build.raw name (ElementType.number tensor.Element) [ for size in tensor.Shape -> int64 size ] (tensor.Bytes.ToArray())
        )

        {
            Name = name
            Tensor = tensor
            IsConstant = true
        }

    member this.Draw(element: Element, shape: int list, kind: Kind) =
        this.Constant(Values.tensor random kind element (Array.ofList shape))

    member this.Integers(values: int list) =
        this.Constant(Tensor.ofInt64 [| values.Length |] (values |> List.map int64 |> Array.ofList))

    member this.Scalar(value: int) =
        this.Constant(Tensor.ofInt64 [||] [| int64 value |])

    /// One of the values so far that fits, newer ones more often.
    member _.TryPick(fits: Drawn -> bool) : Drawn option =
        match pool |> Seq.filter fits |> Array.ofSeq with
        | [||] -> None
        | some when random.Next 2 = 0 -> Some(Array.last some)
        | some -> Some some[random.Next some.Length]

    /// Adds a node, whose results join the values; None where ONNX Runtime does not take it, or gives what no test can compare.
    member _.TryNode
        (domain: string, operator: string, operands: Drawn option list, attributes: AttributeProto list, outputs: int)
        : Drawn list option =
        let operandNames =
            operands |> List.map (Option.map _.Name >> Option.defaultValue "")

        let results = [ for _ in 1..outputs -> fresh "v" ]

        let node =
            Build.node operator operandNames results attributes
            |> Build.inDomain domain
            |> Build.named $"n{names}"

        match Alone.tryRun style.Opset node (List.choose id operands) with
        | Some tensors when tensors.Length = outputs && List.forall isFit tensors ->
            nodes.Add node

            let drawn =
                List.map2
                    (fun name tensor ->
                        {
                            Name = name
                            Tensor = tensor
                            IsConstant = false
                        })
                    results
                    tensors

            pool.AddRange drawn
            Some drawn
        | _ -> None

    /// The file, with these values as outputs.
    member _.File(outputs: Drawn list) : ModelProto =
        let port (value: Drawn) =
            let dims =
                value.Shape
                |> Array.mapi (fun axis size -> if axis = 0 && style.Open then "batch" else string size)

            Build.typed value.Name (ElementType.number value.Element) (String.concat " " dims)

        let read =
            Set.ofSeq (Seq.append (nodes |> Seq.collect _.Input) (outputs |> Seq.map _.Name))

        Build.graph
            [
                for input in inputs do
                    port input
            ]
            [
                for initializer in initializers do
                    if read.Contains initializer.Name then
                        initializer
            ]
            (List.ofSeq nodes)
            [ for output in outputs -> Build.untyped output.Name ]
        |> Domains.model style.Opset
