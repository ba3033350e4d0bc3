/// Small quantized graphs for properties, determined by a seed.
module ConcreteMl.Compiler.Core.Tests.Circuit.RandomGraphs

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

let coding low high : Coding =
    {
        Scale = Tensor.ofFloat64 [||] [| 0.5 |]
        Zero = Tensor.ofFloat64 [||] [| 0.0 |]
        Low = low
        High = high
        Real = Element.Float32
        Rounding = Rounding.HalfEven
        Beyond = None
    }

let private typed shape range : ValueType =
    {
        Shape = shape
        Bits = LinearRange.bits range
        Range = range
        Uniform = None
    }

let integers (random: Random) shape limit =
    Tensor.ofIntegers shape (Array.init (Shape.count shape) (fun _ -> int64 (random.Next(-limit, limit + 1))))

/// A table whose entries have at most `bits` bits; sometimes with the window of the operand's range.
let private table (random: Random) (low: int64, high: int64) operandBits bits (shape: int[]) : Table =
    let tables = if random.Next 3 = 0 then 2 else 1
    let half = 1 <<< (bits - 1)

    let entries =
        Array.init (tables <<< operandBits) (fun _ -> int64 (random.Next(-half, half)))

    let index =
        if tables = 1 then
            Tensor.ofIntegers [||] [| 0L |]
        else
            Tensor.ofIntegers [| Array.last shape |] (Array.init (Array.last shape) (fun _ -> int64 (random.Next 2)))

    {
        Entries = Tensor.ofIntegers [| tables; 1 <<< operandBits |] entries
        Index = index
        Function = "random"
        Window =
            if random.Next 2 = 0 then
                None
            else
                Some(min (1L <<< (operandBits - 1)) (max 1L (max -low (high + 1L))))
    }

type private Maker(seed: int, forks: bool) =
    let random = Random seed
    let builder = GraphBuilder<Op, ValueType> $"random{seed}"
    let values = Collections.Generic.List<ValueId>()

    let mostBits = 9
    let typeOf id = builder.TypeOf id

    let add op operands shape range =
        if LinearRange.bits range <= 14 then
            values.Add(builder.Value(op, operands, typed shape range, [ $"/node{values.Count}" ]))

    let pick () = values[random.Next values.Count]

    let linear operation operands =
        let types = operands |> List.map typeOf

        match LinearShape.infer operation (types |> List.map _.Shape) with
        | Error _ -> ()
        | Ok shape ->
            let range =
                LinearRange.worst operation (types |> List.map _.Shape) (types |> List.map _.Range)

            // Sometimes calibration saw less than the worst case: such graphs overflow.
            let range =
                if random.Next 4 = 0 then
                    fst range / 2L, snd range / 2L
                else
                    range

            if Shape.count shape <= 200 then
                add (Op.Linear operation) operands shape range

    let lookUp x =
        let t = typeOf x
        let bits = random.Next(2, 5)
        let half = 1L <<< (bits - 1)
        add (Op.Lookup(table random t.Range t.Bits bits t.Shape)) [ x ] t.Shape (-half, half - 1L)

    let lookup x =
        if (typeOf x).Bits <= mostBits then
            lookUp x

            if forks then
                lookUp x

                if random.Next 2 = 0 then
                    linear (Linear.Combine [| 1L; -2L |]) [ values[values.Count - 2]; values[values.Count - 1] ]

    let round x =
        let t = typeOf x

        if t.Bits >= 4 then
            let drop = random.Next(1, 3)

            let method =
                if random.Next 2 = 0 then
                    RoundingMethod.Exact
                else
                    RoundingMethod.Approximate

            let half = 1L <<< (t.Bits - drop - 1)

            let rounded =
                builder.Value(Op.Round(drop, method), [ x ], typed t.Shape (-half, half - 1L), [ "/round" ])

            lookup rounded

    let geometry rank pads : Geometry =
        {
            Strides = Array.init rank (fun _ -> random.Next(1, 3))
            Dilations = Array.create rank 1
            PadsBegin = Array.create rank pads
            PadsEnd = Array.create rank pads
        }

    let step () =
        let x = pick ()
        let shape = (typeOf x).Shape
        let last = Array.last shape
        let axis = random.Next shape.Length

        match random.Next 15 with
        | 0
        | 1 -> linear (Linear.MatMul(integers random [| last; random.Next(1, 5) |] 3)) [ x ]
        | 2 when shape.Length = 4 -> linear (Linear.Conv(integers random [| 2; shape[1]; 2; 2 |] 2, geometry 2 (random.Next 2), 1)) [ x ]
        | 3 when shape.Length = 4 -> linear (Linear.SumPool([| 2; 2 |], geometry 2 0)) [ x ]
        | 4 -> linear (Linear.ReduceSum([| axis |], shape.Length = 1 || random.Next 2 = 0)) [ x ]
        | 5
        | 6 -> linear (Linear.Combine [| int64 (random.Next(-2, 3)); 1L |]) [ x; pick () ]
        | 7 -> linear (Linear.Scale(integers random [| last |] 2)) [ x ]
        | 8 -> linear (Linear.Shift(integers random [| last |] 5)) [ x ]
        | 9 -> linear (Linear.Move(Move.Transpose(Array.rev [| 0 .. shape.Length - 1 |]))) [ x ]
        | 10 -> linear (Linear.Concat axis) [ x; pick () ]
        | 11 ->
            linear (Linear.Move(Move.Pad(Array.create shape.Length 0, Array.init shape.Length (fun a -> if a = axis then 1 else 0)))) [ x ]
        | 12 -> linear (Linear.Move(Move.Gather(axis, Tensor.ofIntegers [| 2 |] [| 0L; int64 (random.Next shape[axis]) |]))) [ x ]
        | 13 -> round x
        | _ -> lookup x

    member _.Graph() =
        let shape = if random.Next 2 = 0 then [| 1; 4 |] else [| 1; 2; 3; 3 |]
        values.Add(builder.Input("x", typed shape (-8L, 7L), coding -8L 7L))

        if random.Next 2 = 0 then
            values.Add(builder.Input("y", typed shape (-4L, 3L), coding -4L 3L))

        for _ in 1..14 do
            step ()

        let outputs =
            [ values[values.Count - 1]; pick () ]
            |> List.distinct
            |> List.mapi (fun index value ->
                {
                    Name = $"out{index}"
                    Value = value
                    Coding = Some(coding -1000L 1000L)
                })

        builder.Build outputs |> Rewrite.removeDead

/// A graph of up to fourteen operations on one or two inputs; some of its values overflow their widths.
let graph seed = Maker(seed, false).Graph()

/// The same with two lookups where the other has one.
let forked seed = Maker(seed, true).Graph()

/// Random codes for every input of these ranges.
let codes (seed: int) lanes (inputs: (int[] * (int64 * int64)) seq) : IntegerBatch list =
    let random = Random(seed + 1)

    [
        for shape, (low, high) in inputs do
            {
                Shape = shape
                Lanes = lanes
                Data = Array.init (Shape.count shape * lanes) (fun _ -> random.NextInt64(low, high + 1L))
            }
    ]

/// Random codes for every input of a graph.
let inputs (seed: int) lanes (graph: Graph) : IntegerBatch list =
    graph.Inputs
    |> Seq.map (fun port ->
        let t = graph.TypeOf port.Value
        t.Shape, t.Range)
    |> codes seed lanes
