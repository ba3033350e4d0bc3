namespace ConcreteMl.Compiler.Core.Base

open System

/// Arithmetic on static tensor shapes: outermost dimension first, row-major.
[<RequireQualifiedAccess>]
module Shape =

    /// The most elements of one value. A value of 2^27 float32 takes half a gigabyte, and an operation on it as much again;
    /// the largest value of any network that fits a circuit has a thousandth of it.
    let mostElements = 1L <<< 27

    /// The most elements of a value that depends on an input. The largest that networks have on images of 512 x 512 is
    /// 64 x 512 x 512; it is computed for every sample, and a circuit would hold a ciphertext for each.
    let mostComputed = 1L <<< 24

    /// The number of elements of a shape; a scalar (rank 0) has one. Raises `OverflowException` where there are more than
    /// `mostElements`, before anybody allocates them.
    let count (shape: int[]) =
        let multiply (product: int64) (size: int) =
            let product = product * int64 size

            if product > mostElements then
                let sizes = String.concat ", " (Array.map string shape)
                raise (OverflowException $"a value of the shape [{sizes}] has more than {mostElements} elements")

            product

        if Array.contains 0 shape then
            0
        else
            int (Array.fold multiply 1L shape)

    /// Row-major strides, in elements.
    let strides (shape: int[]) =
        let result = Array.create shape.Length 1

        for axis in shape.Length - 2 .. -1 .. 0 do
            result[axis] <- result[axis + 1] * shape[axis + 1]

        result

    /// The row-major offset of the cell at these positions, axis by axis; -1 where one lies outside. Inlined: convolutions ask it of every
    /// cell under every window.
    let inline internal offsetOf (shape: int[]) (strides: int[]) ([<InlineIfLambda>] position: int -> int) =
        let mutable offset = 0

        for axis in 0 .. shape.Length - 1 do
            let own = position axis

            if own < 0 || own >= shape[axis] then
                offset <- -1
            elif offset >= 0 then
                offset <- offset + own * strides[axis]

        offset

    /// The axis in [0, rank) that a possibly negative ONNX axis names; None when it lies outside.
    let tryAxis (rank: int) (axis: int) =
        if axis >= 0 && axis < rank then Some axis
        elif axis < 0 && axis + rank >= 0 then Some(axis + rank)
        else None

    /// The shape to which both broadcast by NumPy's rule; None when they do not.
    let tryBroadcast (left: int[]) (right: int[]) =
        let rank = max left.Length right.Length

        let dimension (shape: int[]) axis =
            let own = axis - (rank - shape.Length)
            if own < 0 then 1 else shape[own]

        let pairs = Array.init rank (fun axis -> dimension left axis, dimension right axis)

        if pairs |> Array.forall (fun (l, r) -> l = r || l = 1 || r = 1) then
            Some(pairs |> Array.map (fun (l, r) -> if l = 1 then r else l))
        else
            None

    /// Strides that read a tensor of shape `from` as one of shape `into` (0 along broadcast axes).
    let broadcastStrides (from: int[]) (into: int[]) =
        let own = strides from
        let lead = into.Length - from.Length

        Array.init into.Length (fun axis ->
            if axis < lead || from[axis - lead] = 1 then
                0
            else
                own[axis - lead])

    /// "2x3", or "scalar" for rank 0: how diagnostics print a shape.
    let print (shape: int[]) =
        if Array.isEmpty shape then
            "scalar"
        else
            shape |> Array.map string |> String.concat "x"
