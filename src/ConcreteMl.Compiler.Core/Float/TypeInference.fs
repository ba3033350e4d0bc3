namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// The result types of an operation from its operands' types and, where shapes depend on them, their constant values.
[<RequireQualifiedAccess>]
module TypeInference =

    let private unary (operation: Unary) (x: ValueType) =
        match operation with
        | Unary.Cast element -> { x with Element = element }
        | Unary.BitCast element when Element.bytes element <> Element.bytes x.Element ->
            Elements.fail $"BitCast of {x.Element} to {element}"
        | Unary.BitCast element -> { x with Element = element }
        | Unary.Not when x.Element <> Element.Bool -> Elements.fail $"Not of {x.Element}"
        | Unary.Not -> x
        | other when x.Element = Element.Bool -> Elements.fail $"{other} of {x.Element}"
        | _ -> x

    let private binary (operation: Binary) (a: ValueType) (b: ValueType) =
        let element =
            match operation with
            | Binary.Pow -> a.Element
            | _ when a.Element <> b.Element -> Elements.fail $"{operation} of {a.Element} and {b.Element}"
            | Binary.Equal
            | Binary.Greater
            | Binary.GreaterOrEqual
            | Binary.Less
            | Binary.LessOrEqual -> Element.Bool
            | Binary.And
            | Binary.Or
            | Binary.Xor ->
                if a.Element <> Element.Bool then
                    Elements.fail $"{operation} of {a.Element}"

                Element.Bool
            | Binary.BitAnd
            | Binary.BitOr
            | Binary.BitXor
            | Binary.ShiftLeft
            | Binary.ShiftRight ->
                if a.Element = Element.Bool || Element.isFloat a.Element then
                    Elements.fail $"{operation} of {a.Element}"

                a.Element
            | Binary.Add
            | Binary.Sub
            | Binary.Mul
            | Binary.Div
            | Binary.Mod
            | Binary.Fmod
            | Binary.PRelu
            | Binary.Max
            | Binary.Min ->
                if a.Element = Element.Bool then
                    Elements.fail $"{operation} of {a.Element}"

                a.Element

        MoveTypes.ofDims element (MoveTypes.broadcast a.Dims b.Dims)

    let private agree name left right =
        match left, right with
        | Dim.Known l, Dim.Known r when l <> r -> Elements.fail $"{name} meets the dimensions {l} and {r}"
        | _ -> ()

    let private gemm transA transB (operands: Operand list) =
        let matrix (operand: Operand) transposed =
            match operand.Type.Dims with
            | Some [| rows; columns |] -> if transposed then columns, rows else rows, columns
            | Some dims -> Elements.fail $"Gemm of a tensor of rank {dims.Length}"
            | None -> Dim.Dynamic, Dim.Dynamic

        let rows, inner = matrix operands[0] transA
        let other, columns = matrix operands[1] transB
        agree "Gemm" inner other
        let dims = Some [| rows; columns |]

        match operands with
        | [ _; _; bias ] when MoveTypes.broadcast dims bias.Type.Dims <> dims && bias.Type.Dims <> None ->
            Elements.fail $"Gemm adds {ValueType.print bias.Type} to its result"
        | _ -> ()

        MoveTypes.ofDims operands[0].Type.Element dims

    let private matMul (a: ValueType) (b: ValueType) =
        match a.Dims, b.Dims with
        | Some [||], _
        | _, Some [||] -> Elements.fail "MatMul of a scalar"
        | Some left, Some right ->
            let full =
                if left.Length = 1 then
                    Array.append [| Dim.Known 1 |] left
                else
                    left

            let other =
                if right.Length = 1 then
                    Array.append right [| Dim.Known 1 |]
                else
                    right

            let leading (dims: Dim[]) = Some(Array.take (dims.Length - 2) dims)
            agree "MatMul" full[full.Length - 1] other[other.Length - 2]

            let dims =
                MoveTypes.broadcast (leading full) (leading other)
                |> Option.map (fun batch ->
                    [|
                        yield! batch
                        if left.Length > 1 then
                            full[full.Length - 2]
                        if right.Length > 1 then
                            other[other.Length - 1]
                    |])

            MoveTypes.ofDims a.Element dims
        | _ -> MoveTypes.ofDims a.Element None

    /// The longest axis and the most cells that a window may have: far beyond any image, far below 2^31.
    let private longest = 1L <<< 27

    /// Spatial dimensions behind a window, one axis at a time, so that a dynamic one does not hide the others.
    let private windowed (window: Window) (spatial: Dim[]) =
        let rank = spatial.Length

        if
            window.Kernel.Length <> rank
            || window.Strides.Length <> rank
            || window.Dilations.Length <> rank
        then
            Elements.fail $"a window of {window.Kernel.Length} axes over {rank} spatial axes"

        spatial
        |> Array.mapi (fun axis dim ->
            match dim with
            | Dim.Dynamic -> Dim.Dynamic
            | Dim.Known size ->
                let own =
                    { window with
                        Kernel = [| window.Kernel[axis] |]
                        Strides = [| window.Strides[axis] |]
                        Dilations = [| window.Dilations[axis] |]
                        Pads =
                            if window.Pads.Length = 2 * rank then
                                [| window.Pads[axis]; window.Pads[rank + axis] |]
                            else
                                [| 0; 0 |]
                    }

                // A dilated kernel, a stride or a pad beyond any value's size is a damaged number; so much fits 32 bits.
                let reach = int64 own.Kernel[0] * int64 own.Dilations[0]

                if
                    max reach (int64 own.Strides[0]) > longest
                    || Array.exists (fun pad -> int64 pad > longest) own.Pads
                then
                    Elements.fail $"a window of {own.Kernel[0]} cells, dilation {own.Dilations[0]}, stride {own.Strides[0]} over {size}"

                let resolved = Windows.resolve own [| size |]

                match (Windows.outputShape resolved [| size |])[0] with
                | 0 -> Elements.fail $"a window of {window.Kernel[axis]} cells does not fit into {size}"
                | count -> Dim.Known count)

    let private pool window (x: ValueType) =
        match x.Dims with
        | Some dims when dims.Length < 3 -> Elements.fail $"a pool over {ValueType.print x}"
        | Some dims -> MoveTypes.ofDims x.Element (Some(Array.append (Array.take 2 dims) (windowed window (Array.skip 2 dims))))
        | None -> x

    /// Operands x, weights and perhaps a bias; the window's kernel is that of the weights.
    let private conv (window: Window) group (operands: ValueType list) =
        let x, weights = operands[0], operands[1]

        match x.Dims, weights.Dims with
        | Some dims, Some kernel ->
            if
                dims.Length < 3
                || kernel.Length <> dims.Length
                || window.Kernel.Length <> dims.Length - 2
            then
                Elements.fail $"Conv of {ValueType.print x} with weights {ValueType.print weights}"

            match kernel[1] with
            | Dim.Known channels -> agree "Conv" dims[1] (Dim.Known(channels * group))
            | Dim.Dynamic -> ()

            match kernel[0] with
            | Dim.Known outputs when group < 1 || outputs % group <> 0 -> Elements.fail $"Conv of {outputs} outputs in {group} groups"
            | _ -> ()

            window.Kernel
            |> Array.iteri (fun axis size -> agree "Conv" kernel[axis + 2] (Dim.Known size))

            match operands with
            | [ _; _; { Dims = Some [| size |] } ] -> agree "Conv" kernel[0] size
            | [ _; _; { Dims = Some _ } as bias ] -> Elements.fail $"Conv with a bias of {ValueType.print bias}"
            | _ -> ()

            MoveTypes.ofDims x.Element (Some(Array.append [| dims[0]; kernel[0] |] (windowed window (Array.skip 2 dims))))
        | _ -> MoveTypes.ofDims x.Element None

    let private batchNormalization (operands: Operand list) =
        let x = operands[0].Type

        match x.Dims with
        | Some dims when dims.Length >= 2 ->
            for parameter in List.tail operands do
                match parameter.Type.Dims with
                | Some [| channels |] -> agree "BatchNormalization" dims[1] channels
                | Some _ -> Elements.fail $"BatchNormalization by {ValueType.print parameter.Type}"
                | None -> ()
        | _ -> ()

        x

    let private reduced keepDims (axes: int[] option) (x: ValueType) element =
        match x.Dims, axes with
        | Some dims, Some axes ->
            let axes = Array.map (MoveTypes.axisOf dims.Length) axes

            let kept =
                [|
                    for axis in 0 .. dims.Length - 1 do
                        if not (Array.contains axis axes) then
                            dims[axis]
                        elif keepDims then
                            Dim.Known 1
                |]

            MoveTypes.ofDims element (Some kept)
        | Some dims, None when keepDims -> MoveTypes.ofDims element (Some(Array.map (fun _ -> Dim.Dynamic) dims))
        | _ -> MoveTypes.ofDims element None

    let private reduceSum keepDims noop (operands: Operand list) =
        let x = operands[0].Type

        let every = x.Dims |> Option.map (fun dims -> [| 0 .. dims.Length - 1 |])

        match operands with
        | [ _ ] when noop -> x
        | [ _ ] -> reduced keepDims every x x.Element
        | _ ->
            match MoveTypes.integers operands[1] with
            | Some [||] when noop -> x
            | Some [||] -> reduced keepDims every x x.Element
            | axes -> reduced keepDims axes x x.Element

    let private results (op: Op) (operands: Operand list) : ValueType list =
        let types = operands |> List.map (fun operand -> operand.Type)

        match op, types with
        | Op.Constant value, [] -> [ ValueType.ofTensor value ]
        | Op.Unary operation, [ x ] -> [ unary operation x ]
        | Op.Binary operation, [ a; b ] -> [ binary operation a b ]
        | Op.Clip(hasMin, hasMax), x :: bounds when bounds.Length = Seq.length (Seq.filter id [ hasMin; hasMax ]) ->
            [ List.fold (binary Binary.Max) x bounds ]
        | Op.Where, [ condition; yes; no ] ->
            if condition.Element <> Element.Bool || yes.Element <> no.Element then
                Elements.fail $"Where of {condition.Element}, {yes.Element} and {no.Element}"

            [
                MoveTypes.ofDims yes.Element (MoveTypes.broadcast condition.Dims (MoveTypes.broadcast yes.Dims no.Dims))
            ]
        | Op.Gemm(_, _, transA, transB), ([ _; _ ] | [ _; _; _ ]) -> [ gemm transA transB operands ]
        | Op.MatMul, [ a; b ] -> [ matMul a b ]
        | Op.Conv(window, group), ([ _; _ ] | [ _; _; _ ]) -> [ conv window group types ]
        | Op.AveragePool(window, _), [ x ] -> [ pool window x ]
        | Op.MaxPool(window, _), [ x ] ->
            let result = pool window x
            [ result; { result with Element = Element.Int64 } ]
        | Op.BatchNormalization _, [ _; _; _; _; _ ] -> [ batchNormalization operands ]
        | Op.ReduceSum(keepDims, noop), ([ _ ] | [ _; _ ]) -> [ reduceSum keepDims noop operands ]
        | Op.ArgMax(axis, keepDims, _), [ x ] -> [ reduced keepDims (Some [| axis |]) x Element.Int64 ]
        | Op.Concat axis, _ :: _ -> [ MoveTypes.concat axis types ]
        | Op.Reshape allowZero, [ x; _ ] -> [ MoveTypes.reshape allowZero x operands[1] ]
        | Op.Flatten axis, [ x ] -> [ MoveTypes.flatten axis x ]
        | Op.Transpose permutation, [ x ] -> [ MoveTypes.transpose permutation x ]
        | Op.Squeeze, [ x ] -> [ MoveTypes.squeeze x None ]
        | Op.Squeeze, [ x; _ ] ->
            match MoveTypes.integers operands[1] with
            | Some axes -> [ MoveTypes.squeeze x (Some axes) ]
            | None -> [ MoveTypes.ofDims x.Element None ]
        | Op.Unsqueeze, [ x; _ ] -> [ MoveTypes.unsqueeze x (MoveTypes.integers operands[1]) ]
        | Op.Slice, _ :: _ :: _ :: rest when rest.Length <= 2 -> [ MoveTypes.slice operands ]
        | Op.Gather axis, [ x; indices ] -> [ MoveTypes.gather axis x indices ]
        | Op.Pad(_, hasValue), _ :: _ :: rest when rest.Length <= 2 && (not hasValue || rest.Length > 0) ->
            [ MoveTypes.pad hasValue operands ]
        | Op.Expand, [ x; _ ] -> [ MoveTypes.expand x operands[1] ]
        | Op.Shape(first, last), [ x ] -> [ MoveTypes.shape first last x ]
        | Op.ConstantOfShape value, [ _ ] -> [ MoveTypes.made value.Element operands[0] ]
        | Op.Quant _, [ x; scale; _; _ ] -> [ MoveTypes.ofDims x.Element (MoveTypes.broadcast x.Dims scale.Dims) ]
        | _ -> Elements.fail $"{operands.Length} operands, which the operation does not take"

    /// The types of the results (both of MaxPool's), or why the operands do not fit.
    let infer (op: Op) (operands: Operand list) : Result<ValueType list, string> =
        try
            Ok(Elements.guarded (fun () -> results op operands))
        with :? EvalException as problem ->
            Error problem.Message

    /// What is known of the results of a node: types as inferred, values where all operands' values are known.
    /// `Shape` of a statically shaped operand is known too.
    let operands (op: Op) (operands: Operand list) : Result<Operand list, string> =
        let constant (compute: unit -> Tensor list) types =
            let values = lazy compute ()

            types
            |> List.mapi (fun at valueType ->
                {
                    Type = valueType
                    Value = Some(lazy (values.Force()[at]))
                })

        infer op operands
        |> Result.map (fun types ->
            match op, operands with
            | Op.Shape(first, last), [ { Type = x } ] when (ValueType.tryShape x).IsSome ->
                let shape = Option.get (ValueType.tryShape x)
                types |> constant (fun () -> [ EvalShape.dimensions first last shape ])
            | _ when operands |> List.forall (fun operand -> operand.Value.IsSome) ->
                types
                |> constant (fun () -> Eval.op op (operands |> List.map (fun operand -> operand.Value.Value.Force())))
            | _ -> types |> List.map (fun valueType -> { Type = valueType; Value = None }))
