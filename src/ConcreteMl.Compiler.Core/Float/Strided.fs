namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Reading a flat tensor in another order: every movement of data is a list of source positions.
[<RequireQualifiedAccess>]
module Strided =

    /// The flat source position of each element of `shape`, in order, for a source read with these strides.
    let indices (shape: int[]) (strides: int[]) (offset: int) : int[] =
        let result = Array.zeroCreate (Shape.count shape)

        if result.Length > 0 then
            let rank = shape.Length
            let inner = if rank = 0 then 1 else shape[rank - 1]
            let innerStride = if rank = 0 then 0 else strides[rank - 1]
            let counter = Array.zeroCreate rank
            let mutable position = offset
            let mutable at = 0

            while at < result.Length do
                for step in 0 .. inner - 1 do
                    result[at + step] <- position + step * innerStride

                at <- at + inner
                let mutable axis = rank - 2
                let mutable carry = true

                while carry && axis >= 0 do
                    counter[axis] <- counter[axis] + 1
                    position <- position + strides[axis]

                    if counter[axis] = shape[axis] then
                        position <- position - shape[axis] * strides[axis]
                        counter[axis] <- 0
                        axis <- axis - 1
                    else
                        carry <- false

        result

    /// Positions that read a tensor of shape `from` as one of shape `into`.
    let broadcast (from: int[]) (into: int[]) =
        indices into (Shape.broadcastStrides from into) 0

    /// The elements at these positions; a negative position gives `fill`.
    let takeOr (fill: Tensor option) (shape: int[]) (positions: int[]) (tensor: Tensor) : Tensor =
        let kernel =
            { new StorageKernel<Tensor> with
                member _.Run<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> System.ValueType>() =
                    let source = tensor.Data :?> 'T[]

                    let filler =
                        match fill with
                        | Some value -> (value.Data :?> 'T[])[0]
                        | None -> Unchecked.defaultof<'T>

                    let result =
                        Array.init positions.Length (fun at ->
                            let position = positions[at]
                            if position < 0 then filler else source[position])

                    Tensor.create tensor.Element shape result
            }

        Elements.onStorage kernel tensor.Element

    /// The elements at these positions.
    let take shape positions tensor = takeOr None shape positions tensor

    /// The shape to which all operands broadcast.
    let commonShape (shapes: int[] list) =
        let join left right =
            match Shape.tryBroadcast left right with
            | Some shape -> shape
            | None -> Elements.fail $"shapes {Shape.print left} and {Shape.print right} do not broadcast"

        List.reduce join shapes

    /// f on every pair of elements of two tensors that broadcast.
    let inline map2 ([<InlineIfLambda>] f: 'A -> 'B -> 'R) (a: Tensor) (b: Tensor) : int[] * 'R[] =
        let shape = commonShape [ a.Shape; b.Shape ]
        let left = a.Data :?> 'A[]
        let right = b.Data :?> 'B[]
        let result: 'R[] = Array.zeroCreate (Shape.count shape)

        if left.Length = result.Length && right.Length = result.Length then
            for at in 0 .. result.Length - 1 do
                result[at] <- f left[at] right[at]
        elif right.Length = 1 then
            let value = right[0]

            for at in 0 .. result.Length - 1 do
                result[at] <- f left[at] value
        else
            let from = broadcast a.Shape shape
            let other = broadcast b.Shape shape

            for at in 0 .. result.Length - 1 do
                result[at] <- f left[from[at]] right[other[at]]

        shape, result
