/// Small float networks for tests of quantization.
module ConcreteMl.Compiler.Core.Tests.Quant.Networks

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op

/// Builds float graphs node by node; shapes are static.
type Network(seed: int) =
    let random = Random seed
    let builder = GraphBuilder<Op, ValueType>("test")

    let typed (shape: int[]) =
        {
            Element = Element.Float32
            Dims = Some(shape |> Array.map Dim.Known)
        }

    let shapeOf (value: ValueId) =
        (builder.TypeOf value).Dims.Value
        |> Array.map (fun dim ->
            match dim with
            | Dim.Known size -> size
            | Dim.Dynamic -> 1)

    member _.Input(shape: int[]) = builder.Input("x", typed shape)

    member _.Normal(scale: float, shape: int[]) =
        let draw () =
            Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble()))
            * Math.Cos(2.0 * Math.PI * random.NextDouble())

        Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> float32 (scale * draw ())))

    member _.Constant(tensor: Tensor) =
        builder.Value(
            Op.Constant tensor,
            [],
            {
                Element = tensor.Element
                Dims = Some(tensor.Shape |> Array.map Dim.Known)
            },
            []
        )

    member this.Scalar(value: float32) = this.Constant(Tensor.scalar32 value)

    member _.Node(op: Op, operands: ValueId list, shape: int[], name: string) =
        builder.Value(op, operands, typed shape, [ name ])

    member this.Apply(unary: Unary, x: ValueId) =
        this.Node(Op.Unary unary, [ x ], shapeOf x, $"/{unary}")

    member this.Apply(binary: Binary, x: ValueId, y: ValueId) =
        let shape = Shape.tryBroadcast (shapeOf x) (shapeOf y) |> Option.get
        this.Node(Op.Binary binary, [ x; y ], shape, $"/{binary}")

    member this.Dense(x: ValueId, size: int) =
        let inner = (shapeOf x)[1]

        let weights =
            this.Constant(this.Normal(1.0 / Math.Sqrt(float inner), [| inner; size |]))

        let bias = this.Constant(this.Normal(0.3, [| size |]))
        this.Node(Op.Gemm(1.0f, 1.0f, false, false), [ x; weights; bias ], [| 1; size |], $"/Gemm{size}")

    member this.Conv(x: ValueId, channels: int, pad: int) =
        let shape = shapeOf x
        let weights = this.Constant(this.Normal(0.4, [| channels; shape[1]; 3; 3 |]))
        let bias = this.Constant(this.Normal(0.3, [| channels |]))

        let window =
            {
                Kernel = [| 3; 3 |]
                Strides = [| 1; 1 |]
                Dilations = [| 1; 1 |]
                Pads = [| pad; pad; pad; pad |]
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        let cells = shape[2] - 2 + 2 * pad
        this.Node(Op.Conv(window, 1), [ x; weights; bias ], [| 1; channels; cells; cells |], "/Conv")

    member this.AveragePool(x: ValueId) =
        let shape = shapeOf x

        let window =
            {
                Kernel = [| 2; 2 |]
                Strides = [| 2; 2 |]
                Dilations = [| 1; 1 |]
                Pads = [| 0; 0; 0; 0 |]
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        this.Node(Op.AveragePool(window, true), [ x ], [| 1; shape[1]; shape[2] / 2; shape[3] / 2 |], "/Pool")

    /// 3 by 3 cells with a border of zeros that count.
    member this.PaddedPool(x: ValueId) =
        let window =
            {
                Kernel = [| 3; 3 |]
                Strides = [| 1; 1 |]
                Dilations = [| 1; 1 |]
                Pads = [| 1; 1; 1; 1 |]
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        this.Node(Op.AveragePool(window, true), [ x ], shapeOf x, "/PaddedPool")

    member this.Flatten(x: ValueId) =
        this.Node(Op.Flatten 1, [ x ], [| 1; Shape.count (shapeOf x) |], "/Flatten")

    /// A Quant node: signed codes of `bits` bits.
    member this.Quant(x: ValueId, scale: float32, bits: int, signed: bool, ?mode: string) =
        let parameters = [ this.Scalar scale; this.Scalar 0.0f; this.Scalar(float32 bits) ]

        let quant =
            {
                Signed = signed
                Narrow = false
                RoundingMode = defaultArg mode "ROUND"
            }

        this.Node(Op.Quant quant, x :: parameters, shapeOf x, "/Quant")

    member _.Samples(count: int, shape: int[]) : Tensor list list =
        [
            for _ in 1..count ->
                [
                    Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> float32 (random.NextDouble() * 4.0 - 2.0)))
                ]
        ]

    member _.Build(outputs: ValueId list) : Graph =
        outputs
        |> List.mapi (fun index value ->
            {
                Name = $"y{index}"
                Value = value
                Coding = None
            })
        |> builder.Build

/// Samples of one value, uniform between -1 and 1.
let uniform (seed: int) count shape : Tensor list list =
    let random = Random seed

    List.init count (fun _ ->
        [
            Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> 2.0f * random.NextSingle() - 1.0f))
        ])

/// Mean absolute difference of two lists of outputs over the standard deviation of the first.
let relativeError (expected: Tensor list list) (actual: Tensor list list) output =
    let flat (samples: Tensor list list) =
        samples
        |> List.map (fun sample -> Tensor.toFloat64s sample[output])
        |> Array.concat

    let expected, actual = flat expected, flat actual
    let mean = Array.average expected

    let deviation =
        sqrt (expected |> Array.averageBy (fun value -> (value - mean) ** 2.0))

    (Array.map2 (fun left right -> abs (left - right)) expected actual
     |> Array.average)
    / max deviation 1e-6

/// Elements that are looked up.
let lookups (graph: ConcreteMl.Compiler.Core.Quant.Graph) =
    graph.Nodes
    |> Array.sumBy (fun node ->
        match node.Op with
        | QuantOp.Lookup _ -> Shape.count (graph.TypeOf node.Results[0]).Shape
        | _ -> 0)
