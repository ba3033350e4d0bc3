namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core.Base

/// Where the windows of convolutions and pools lie.
[<RequireQualifiedAccess>]
module Windows =

    let private dilated (window: Window) axis =
        (window.Kernel[axis] - 1) * window.Dilations[axis] + 1

    /// SAME: ⌈size / stride⌉ windows; the odd cell of padding goes to the end (upper) or the beginning (lower).
    let private same upper (window: Window) (spatial: int[]) =
        let total axis =
            let count = (spatial[axis] + window.Strides[axis] - 1) / window.Strides[axis]
            max 0 ((count - 1) * window.Strides[axis] + dilated window axis - spatial[axis])

        let smaller = Array.init spatial.Length (fun axis -> total axis / 2)
        let larger = Array.init spatial.Length (fun axis -> total axis - total axis / 2)

        if upper then
            Array.append smaller larger
        else
            Array.append larger smaller

    /// The same window with explicit pads, for an operand of this spatial shape.
    let resolve (window: Window) (spatial: int[]) : Window =
        let pads =
            match window.AutoPad with
            | AutoPad.Explicit -> window.Pads
            | AutoPad.Valid -> Array.zeroCreate (2 * spatial.Length)
            | AutoPad.SameUpper -> same true window spatial
            | AutoPad.SameLower -> same false window spatial

        { window with
            Pads = pads
            AutoPad = AutoPad.Explicit
        }

    /// The number of windows per axis of a resolved window; in ceil mode the last one starts inside the operand or its begin pad.
    let outputShape (window: Window) (spatial: int[]) : int[] =
        Array.init spatial.Length (fun axis ->
            let rank = spatial.Length

            let room =
                spatial[axis] + window.Pads[axis] + window.Pads[rank + axis]
                - dilated window axis

            let stride = window.Strides[axis]

            if room < 0 then
                0
            elif window.CeilMode then
                let count = (room + stride - 1) / stride + 1

                if (count - 1) * stride >= spatial[axis] + window.Pads[axis] then
                    count - 1
                else
                    count
            else
                room / stride + 1)

    /// For each window (row-major), for each of its cells (row-major): the flat spatial position, −1 in the padding,
    /// −2 beyond it (cells that only ceil mode reaches).
    let positions (window: Window) (spatial: int[]) (output: int[]) : int[] =
        let rank = spatial.Length
        let strides = Shape.strides spatial
        let outside = -1
        let beyond = -2

        // One axis after the other: the table of the axes so far, refined by the next one.
        let axisTable axis =
            Array.init (output[axis] * window.Kernel[axis]) (fun at ->
                let start = at / window.Kernel[axis] * window.Strides[axis] - window.Pads[axis]
                let cell = start + at % window.Kernel[axis] * window.Dilations[axis]

                if cell >= 0 && cell < spatial[axis] then
                    cell * strides[axis]
                elif cell >= -window.Pads[axis] && cell < spatial[axis] + window.Pads[rank + axis] then
                    outside
                else
                    beyond)

        let join left right =
            if left = beyond || right = beyond then beyond
            elif left = outside || right = outside then outside
            else left + right

        let refine (table: int[], windows: int, cells: int) axis =
            let next = axisTable axis
            let more, kernel = output[axis], window.Kernel[axis]
            let result = Array.zeroCreate (Shape.count [| windows; more; cells; kernel |])
            let mutable at = 0

            for before in 0 .. windows - 1 do
                for step in 0 .. more - 1 do
                    for cell in 0 .. cells - 1 do
                        for inner in 0 .. kernel - 1 do
                            result[at] <- join table[before * cells + cell] next[step * kernel + inner]
                            at <- at + 1

            result, windows * more, cells * kernel

        let table, _, _ = Seq.fold refine ([| 0 |], 1, 1) (seq { 0 .. rank - 1 })
        table
