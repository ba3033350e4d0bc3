namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// An integer value that has been emitted: its codes over the calibration samples, and what they mean: real = Scale · code + Offset.
type Emitted =
    {
        Id: ValueId
        Batch: IntegerBatch
        Scale: float[]
        Offset: float[]
        /// A range that holds for every input.
        Worst: int64 * int64
    }

/// Builds the quantized graph, running every node on the calibration codes as it goes.
type Emitter(name: string, lanes: int) =
    let builder = GraphBuilder<PlanOp, Type>(name)
    let norms = Dictionary<ValueId, Lazy<IntegerBatch>>()

    /// Inputs and results of lookups count 1.
    let norm (id: ValueId, batch: IntegerBatch) =
        match norms.TryGetValue id with
        | true, known -> known
        | false, _ ->
            // the codes are not to live as long as this
            let shape = batch.Shape
            lazy (IntegerBatch.constant (Tensor.ofIntegers shape (Array.create (Shape.count shape) 1L)) 1)

    /// Calibration samples that are computed side by side.
    member _.Lanes = lanes
    /// The graph that is being made.
    member _.Builder = builder

    /// The width of a value that has been emitted.
    member _.BitsOf id =
        (Option.get (builder.TypeOf id).Codes).Bits

    /// Squared 2-norms of the weights that lead to each element of a value from inputs and results of lookups.
    member _.Norms(x: Emitted) : int64[] = (norm (x.Id, x.Batch)).Value.Data

    /// An input with its coding; its calibration codes are `batch`.
    member _.Input(port: string, coding: Coding, batch: IntegerBatch) =
        let range = coding.Low, coding.High
        builder.Input(port, Emitter.Type(batch.Shape, coding.Real, range, LinearRange.bits range), coding)

    /// Emits an operation whose result range is measured.
    member this.Measured(op: QuantOp, operands: (ValueId * IntegerBatch) list, shape: int[], origin: Origin) : ValueId * IntegerBatch =
        let bits = operands |> List.map (fst >> this.BitsOf)
        let batch = Eval.op op bits shape lanes (operands |> List.map snd)
        let range = IntegerBatch.range batch
        this.Typed(op, operands, batch, range, LinearRange.bits range, origin)

    /// Emits an operation whose result codes, range and width are known.
    member _.Typed
        (op: QuantOp, operands: (ValueId * IntegerBatch) list, batch: IntegerBatch, range, bits, origin)
        : ValueId * IntegerBatch =
        let ids = operands |> List.map fst
        let real = Emitter.RealOf(ids |> List.map builder.TypeOf)

        let id =
            builder.Value(PlanOp.Integers op, ids, Emitter.Type(batch.Shape, real, range, bits), origin)

        match op with
        | QuantOp.Linear linear ->
            let before, shape = operands |> List.map norm, batch.Shape
            norms[id] <- lazy (LinearNorm.ofResult linear shape (before |> List.map _.Value))
        | _ -> ()

        id, batch

    /// Emits a lookup with the codes that its tables give.
    member _.Lookup(coded: CodedLookup, operand: ValueId, batch: IntegerBatch, range, origin: Origin) : ValueId * IntegerBatch =
        let real = Emitter.RealOf [ builder.TypeOf operand ]
        builder.Value(PlanOp.Coded coded, [ operand ], Emitter.Type(batch.Shape, real, range, LinearRange.bits range), origin), batch

    static member private RealOf(operands: Type list) =
        operands
        |> List.tryHead
        |> Option.map _.Real
        |> Option.defaultValue Element.Float64

    static member private Type(shape, real, range, bits) : Type =
        { Type.real shape real with
            Codes =
                Some
                    {
                        Bits = bits
                        Range = range
                        Meaning = None
                    }
        }

    /// Emits an integer-linear operation.
    member this.Linear(linear: Linear, operands: (ValueId * IntegerBatch) list, origin: Origin) : ValueId * IntegerBatch =
        match LinearShape.infer linear (operands |> List.map (fun (_, batch) -> batch.Shape)) with
        | Ok shape -> this.Measured(QuantOp.Linear linear, operands, shape, origin)
        | Error reason -> invalidOp reason

/// Tensors of numbers by element, as small as they can be.
[<RequireQualifiedAccess>]
module Constants =

    /// Values of every element of a shape, stored with size 1 along axes where they do not vary.
    let private squeezed (shape: int[]) (differs: int -> int -> bool) : int[] =
        let strides = Shape.strides shape
        let count = Shape.count shape

        shape
        |> Array.mapi (fun axis size ->
            let varies =
                size > 1
                && Seq.exists
                    (fun element ->
                        let position = element / strides[axis] % size
                        position > 0 && differs element (element - position * strides[axis]))
                    (seq { 0 .. count - 1 })

            if varies then size else 1)

    let private compact (shape: int[]) (values: 'T[]) : int[] * 'T[] when 'T: equality =
        if Array.forall ((=) values[0]) values then
            [||], [| values[0] |]
        else
            let small = squeezed shape (fun a b -> values[a] <> values[b])
            let own = Moves.broadcast small shape
            let data = Array.zeroCreate (Shape.count small)
            own |> Array.iteri (fun element source -> data[source] <- values[element])
            small, data

    /// Integers of every element, as a tensor of the narrowest type that broadcasts to the shape.
    let integers (shape: int[]) (values: int64[]) : Tensor =
        compact shape values ||> Tensor.ofIntegers

    /// Reals of every element, as a float64 tensor that broadcasts to the shape.
    let reals (shape: int[]) (values: float[]) : Tensor =
        compact shape values ||> Tensor.ofFloat64
