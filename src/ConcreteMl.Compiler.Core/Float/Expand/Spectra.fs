namespace ConcreteMl.Compiler.Core.Float

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Fourier transforms, which are matrices, with the windows and filter banks that stand around them.
[<RequireQualifiedAccess>]
module Spectra =

    /// Real and imaginary parts, the last axis of a tensor; a real one has no second.
    let private parts (node: NodeScope) x =
        let last = node.Rank x - 1

        match Formula.size node last x with
        | 1 -> x, None
        | 2 -> Formula.slice node last 0 1 x, Some(Formula.slice node last 1 2 x)
        | other -> node.RefuseAttribute($"a last axis of {other}", "1 for real values, 2 for complex ones")

    /// The first `length` cells of an axis, zeros behind what there is.
    let private fitted (node: NodeScope) axis length x =
        let after = Array.zeroCreate (node.Rank x)
        after[axis] <- length - Formula.size node axis x

        if after[axis] = 0 then
            x
        else
            Formula.padOrCut node (Array.zeroCreate after.Length) after 0.0 x

    /// The other half of a spectrum of a real signal: X[n − k] is the conjugate of X[k].
    let private wholeSpectrum (node: NodeScope) axis length (re, im) =
        let cell k =
            if 2 * k > length then length - k else k

        let cells = [ for k in 0 .. length - 1 -> cell k ]
        let shape = Array.create (node.Rank re) 1
        shape[axis] <- length

        let signs =
            Formula.constant node re shape (Array.init length (fun k -> if 2 * k > length then -1.0 else 1.0))

        Formula.pick node axis cells re, Formula.mul node (Formula.pick node axis cells im) signs

    /// Σ_n x[n] · e^(∓2πi·kn/length), by length where it goes back.
    let private transform (node: NodeScope) axis length rows isInverse (re, im: ValueId option) =
        let scale = if isInverse then 1.0 / float length else 1.0

        let matrix (f: float -> float) =
            Array2D.init rows length (fun k n ->
                // the angle is reduced in whole numbers, so that it loses nothing
                scale
                * f (2.0 * Math.PI * float (int64 k * int64 n % int64 length) / float length))

        let cosines, sines =
            matrix cos, matrix (if isInverse then (fun x -> -(sin x)) else sin)

        let mix matrix x = Formula.mixAxis node axis matrix x
        let minusSines = Array2D.map (~-) sines

        match im with
        | None -> mix cosines re, mix minusSines re
        | Some im -> Formula.add node (mix cosines re) (mix sines im), Formula.add node (mix minusSines re) (mix cosines im)

    let private complex (node: NodeScope) (re, im) =
        Formula.concat node (node.Rank re - 1) [ re; im ]

    /// In float64, and rounded once: a spectrum's small cells are differences of large sums.
    let private fourier (node: NodeScope) axis length isInverse oneSided x =
        let element = (node.Type x).Element
        let x = Formula.cast Element.Float64 node x
        let half = length / 2 + 1

        let result =
            match isInverse, oneSided, parts node (fitted node axis (if isInverse && oneSided then half else length) x) with
            | true, true, (re, Some im) ->
                let re, im = wholeSpectrum node axis length (re, im)
                transform node axis length length true (re, Some im) |> fst
            | true, true, _ -> node.RefuseAttribute("a real half of a spectrum", "complex values")
            | false, true, (_, Some _) -> node.RefuseAttribute("onesided = 1 of complex values", "real values")
            | _, _, values ->
                transform node axis length (if oneSided then half else length) isInverse values
                |> complex node

        Formula.cast element node result

    let private scalar (node: NodeScope) index role =
        node.TryConstantValue(index, role)
        |> Option.bind (Elements.integers >> Array.tryHead)

    let private dft (node: NodeScope) =
        let x = node.Input 0
        let rank = node.Rank x

        let axis =
            if node.Opset < 20 then
                node.Int("axis", 1)
            else
                scalar node 2 "axis" |> Option.defaultValue -2

        let axis = if axis < 0 then axis + rank else axis

        if axis < 0 || axis >= rank - 1 then
            node.RefuseAttribute($"axis {axis} of rank {rank}", "an axis before the last, which holds real and imaginary parts")

        let isInverse, oneSided = node.Flag("inverse", false), node.Flag("onesided", false)
        let own = Formula.size node axis x

        let length =
            scalar node 1 "dft_length"
            |> Option.defaultValue (if isInverse && oneSided then 2 * (own - 1) else own)

        if length < 1 then
            node.RefuseAttribute($"dft_length = {length}", "at least 1")

        [| fourier node axis length isInverse oneSided x |]

    /// Frames of a signal (batch x length x parts), each under the window and transformed.
    let private shortTime (node: NodeScope) =
        let signal = node.Input 0

        let signal =
            if node.Rank signal = 2 then
                Formula.unsqueeze node [ 2 ] signal
            else
                signal

        let step = scalar node 1 "frame_step" |> Option.defaultValue 0
        let window = node.TryInput 2

        let length =
            match scalar node 3 "frame_length", window with
            | Some length, _ -> length
            | None, Some window -> Formula.size node 0 window
            | None, None -> node.RefuseAttribute("neither a window nor a frame length", "one of them")

        let total = Formula.size node 1 signal

        if step < 1 || length < 1 || length > total then
            node.RefuseAttribute($"frames of {length}, {step} apart, of a signal of {total}", "frames within the signal")

        let count = 1 + (total - length) / step

        let cells =
            [
                for frame in 0 .. count - 1 do
                    for at in 0 .. length - 1 -> frame * step + at
            ]

        let frames =
            Formula.pick node 1 cells signal
            |> Formula.reshape node [ Formula.size node 0 signal; count; length; Formula.size node 2 signal ]

        let windowed =
            match window with
            | Some window -> Formula.mul node frames (Formula.reshape node [ length; 1 ] window)
            | None -> frames

        [| fourier node 2 length false (node.Flag("onesided", true)) windowed |]

    /// a0 − a1·cos(2πn/d) + a2·cos(4πn/d), d the size of a periodic window and one less of a symmetric one.
    let private window (a0: float, a1: float, a2: float) (node: NodeScope) =
        let size = scalar node 0 "size" |> Option.defaultValue 0

        let divisor =
            if node.Flag("periodic", true) then
                float size
            else
                float (max 1 (size - 1))

        let element = node.Element("output_datatype", Element.Float32)

        let value n =
            let angle = 2.0 * Math.PI * float n / divisor
            a0 - a1 * cos angle + a2 * cos (2.0 * angle)

        [|
            node.Constant(Elements.ofFloat64s element [| size |] (Array.init size value))
        |]

    /// Triangles on the mel scale (2595·log10(1 + f/700)) over the cells of a spectrum.
    let private melWeights (node: NodeScope) =
        let number index role =
            (Tensor.toFloat64s (node.ConstantValue(index, role)))[0]

        let bands, length, rate =
            int (number 0 "num_mel_bins"), int (number 1 "dft_length"), number 2 "sample_rate"

        let mel hertz =
            2595.0 * Math.Log10(1.0 + hertz / 700.0)

        let low, high = mel (number 3 "lower_edge_hertz"), mel (number 4 "upper_edge_hertz")

        let cell at =
            let place = low + float at * (high - low) / float (bands + 2)
            let hertz = 700.0 * (Math.Pow(10.0, place / 2595.0) - 1.0)
            int (Math.Floor(float (length + 1) * hertz / rate))

        let rows = length / 2 + 1

        let weight row band =
            let first, centre, last = cell band, cell (band + 1), cell (band + 2)

            if row = centre then
                1.0
            elif row >= first && row < centre then
                float (row - first) / float (centre - first)
            elif row > centre && row < last then
                float (last - row) / float (last - centre)
            else
                0.0

        let element = node.Element("output_datatype", Element.Float32)

        let values = Array.init (rows * bands) (fun at -> weight (at / bands) (at % bands))

        [| node.Constant(Elements.ofFloat64s element [| rows; bands |] values) |]

    let all: (string * Importer) list =
        [
            "BlackmanWindow", window (0.42, 0.5, 0.08)
            "DFT", dft
            "HammingWindow", window (25.0 / 46.0, 21.0 / 46.0, 0.0)
            "HannWindow", window (0.5, 0.5, 0.0)
            "MelWeightMatrix", melWeights
            "STFT", shortTime
        ]
