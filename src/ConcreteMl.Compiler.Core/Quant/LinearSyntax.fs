/// How integer-linear operations and tables are spelled, without a stage's prefix; the quantized and the circuit stage share them.
module internal ConcreteMl.Compiler.Core.Quant.LinearSyntax

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text

let ints name =
    Fields.required name (Codec.array Codec.int)

let geometry: Fields<Geometry> =
    Fields.four (ints "strides") (ints "dilations") (ints "pads_begin") (ints "pads_end")
    |> Fields.map
        (fun (strides, dilations, padsBegin, padsEnd) ->
            {
                Strides = strides
                Dilations = dilations
                PadsBegin = padsBegin
                PadsEnd = padsEnd
            })
        (fun geometry -> geometry.Strides, geometry.Dilations, geometry.PadsBegin, geometry.PadsEnd)

let private arithmetic: OpCase<Linear> list =
    let tensor name = Fields.required name Codec.tensor

    [
        OpCase.create
            "matmul"
            (tensor "weights")
            (function
            | Linear.MatMul weights -> Some weights
            | _ -> None)
            Linear.MatMul
        OpCase.create
            "conv"
            (Fields.three (tensor "weights") geometry (Fields.usually 1 "group" Codec.int))
            (function
            | Linear.Conv(weights, geometry, group) -> Some(weights, geometry, group)
            | _ -> None)
            Linear.Conv
        OpCase.create
            "sumpool"
            (Fields.both (ints "kernel_shape") geometry)
            (function
            | Linear.SumPool(kernel, geometry) -> Some(kernel, geometry)
            | _ -> None)
            Linear.SumPool
        OpCase.create
            "reducesum"
            (Fields.both (ints "axes") (Fields.usually true "keepdims" Codec.bool))
            (function
            | Linear.ReduceSum(axes, keepDims) -> Some(axes, keepDims)
            | _ -> None)
            Linear.ReduceSum
        OpCase.create
            "combine"
            (Fields.required "multipliers" (Codec.array Codec.int64))
            (function
            | Linear.Combine multipliers -> Some multipliers
            | _ -> None)
            Linear.Combine
        OpCase.create
            "scale"
            (tensor "factors")
            (function
            | Linear.Scale factors -> Some factors
            | _ -> None)
            Linear.Scale
        OpCase.create
            "shift"
            (tensor "offsets")
            (function
            | Linear.Shift offsets -> Some offsets
            | _ -> None)
            Linear.Shift
        OpCase.create
            "concat"
            (Fields.required "axis" Codec.int)
            (function
            | Linear.Concat axis -> Some axis
            | _ -> None)
            Linear.Concat
    ]

/// Movements, which the planned stage has too.
let moves: OpCase<Move> list =
    [
        OpCase.create
            "reshape"
            (ints "shape")
            (function
            | Move.Reshape shape -> Some shape
            | _ -> None)
            Move.Reshape
        OpCase.create
            "transpose"
            (ints "perm")
            (function
            | Move.Transpose permutation -> Some permutation
            | _ -> None)
            Move.Transpose
        OpCase.create
            "slice"
            (Fields.three (ints "starts") (ints "sizes") (ints "steps"))
            (function
            | Move.Slice(starts, sizes, steps) -> Some(starts, sizes, steps)
            | _ -> None)
            Move.Slice
        OpCase.create
            "pad"
            (Fields.both (ints "before") (ints "after"))
            (function
            | Move.Pad(before, after) -> Some(before, after)
            | _ -> None)
            Move.Pad
        OpCase.create
            "gather"
            (Fields.both (Fields.required "axis" Codec.int) (Fields.required "indices" Codec.tensor))
            (function
            | Move.Gather(axis, indices) -> Some(axis, indices)
            | _ -> None)
            Move.Gather
        OpCase.create
            "broadcast"
            (ints "shape")
            (function
            | Move.Broadcast shape -> Some shape
            | _ -> None)
            Move.Broadcast
    ]

let cases: OpCase<Linear> list =
    let moved =
        function
        | Linear.Move move -> Some move
        | _ -> None

    arithmetic @ List.map (OpCase.within "" moved Linear.Move) moves

/// The name of an operation in texts.
let mnemonic (linear: Linear) =
    let case = cases |> List.find (fun case -> (case.Write linear).IsSome)
    case.Mnemonic

/// A lookup's tables: the function for readers, the entries for the machine.
let table: Fields<Table> =
    Fields.four
        (Fields.required "function" Codec.text)
        (Fields.required "entries" Codec.tensor)
        (Fields.required "index" Codec.tensor)
        (Fields.optional "window" Codec.int64)
    |> Fields.map
        (fun (name, entries, index, window) ->
            {
                Entries = entries
                Index = index
                Function = name
                Window = window
            })
        (fun table -> table.Function, table.Entries, table.Index, table.Window)

/// How many low bits a rounding drops, and how exactly.
let rounding: Fields<int * RoundingMethod> =
    let method =
        Codec.choice [ "exact", RoundingMethod.Exact; "approximate", RoundingMethod.Approximate ]

    Fields.both (Fields.required "drop" Codec.int) (Fields.required "method" method)

/// `range = [-8, 7]`.
let range: Fields<int64 * int64> =
    let pair: Codec<int64 * int64> =
        {
            Kind = "[lowest, highest]"
            Write = fun (low, high) -> Attr.Array [ Attr.Int low; Attr.Int high ]
            Read =
                fun attribute ->
                    match attribute with
                    | Attr.Array [ Attr.Int low; Attr.Int high ] -> Some(low, high)
                    | _ -> None
        }

    Fields.required "range" pair

/// The static shape of a tensor type.
let tryShape (dims: int option[] option) : int[] option =
    match dims with
    | Some dims when Array.forall Option.isSome dims -> Some(Array.map Option.get dims)
    | _ -> None

/// The spelling of a stage whose operations are integer-linear ones and its own.
let stage prefix (own: OpCase<'Op> list) (seen: 'Op -> Linear option) (make: Linear -> 'Op) types : StageSyntax<'Op, 'Type> =
    {
        Prefix = prefix
        Cases = own @ List.map (OpCase.within $"{prefix}." seen make) cases
        Types = types
    }

/// A constant of a stage.
let constant prefix (seen: 'Op -> Tensor option) (make: Tensor -> 'Op) : OpCase<'Op> =
    OpCase.create $"{prefix}.constant" (Fields.required "value" Codec.tensor) seen make
