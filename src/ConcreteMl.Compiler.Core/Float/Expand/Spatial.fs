namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Convolutions and pools beyond what the vocabulary holds: transposed, over more than two axes, of powers.
[<RequireQualifiedAccess>]
module Spatial =

    /// Zeros between the cells of the spatial axes: stride − 1 after each but the last.
    let private spread (node: NodeScope) (strides: int[]) x =
        let along x (position, stride) =
            let axis = position + 2
            let shape = node.Shape x

            if stride = 1 || shape[axis] = 1 then
                x
            else
                let apart = Array.concat [ shape[..axis]; [| 1 |]; shape[axis + 1 ..] ]

                let after =
                    Array.init apart.Length (fun at -> if at = axis + 1 then stride - 1 else 0)

                let joined =
                    Array.mapi (fun at size -> if at = axis then size * stride else size) shape

                Formula.reshape node apart x
                |> Formula.pad node (Array.zeroCreate apart.Length) after 0.0
                |> Formula.reshape node joined
                |> Formula.slice node axis 0 ((shape[axis] - 1) * stride + 1)

        strides |> Array.indexed |> Array.fold along x

    /// Weights C x M/group x kernel as those of a convolution: M x C/group x kernel, turned about their centre.
    let private turned (node: NodeScope) group weights =
        let shape = node.Shape weights
        let kernel = shape[2..]
        let order = Array.append [| 0; 2; 1 |] [| 3 .. kernel.Length + 2 |]

        let exchanged =
            Formula.reshape node (Array.concat [ [| group; shape[0] / group; shape[1] |]; kernel ]) weights
            |> Formula.transpose node order
            |> Formula.reshape node (Array.concat [ [| group * shape[1]; shape[0] / group |]; kernel ])

        kernel
        |> Array.indexed
        |> Array.fold (fun value (position, size) -> Formula.pick node (position + 2) [ size - 1 .. -1 .. 0 ] value) exchanged

    /// Begin and end pads of a transposed convolution, and cells to add after its end.
    let private transposedPads (node: NodeScope) (spatial: int[]) (window: Window) =
        let rank = spatial.Length

        let added =
            node.TryInts "output_padding" |> Option.defaultValue (Array.zeroCreate rank)

        let whole axis =
            window.Strides[axis] * (spatial[axis] - 1)
            + added[axis]
            + (window.Kernel[axis] - 1) * window.Dilations[axis]
            + 1

        let wanted =
            match node.TryInts "output_shape", window.AutoPad with
            | Some shape, _ -> Some(Array.skip (shape.Length - rank) shape)
            | None, (AutoPad.SameUpper | AutoPad.SameLower) -> Some(Array.map2 (*) spatial window.Strides)
            | None, (AutoPad.Explicit | AutoPad.Valid) -> None

        match wanted with
        | Some shape ->
            let total axis = max 0 (whole axis - shape[axis])

            let smaller, larger =
                Array.init rank (fun axis -> total axis / 2), Array.init rank (fun axis -> total axis - total axis / 2)

            let pads =
                if window.AutoPad = AutoPad.SameUpper then
                    smaller, larger
                else
                    larger, smaller

            // A shape larger than what the windows reach has more cells at the end.
            pads, Array.init rank (fun axis -> added[axis] + max 0 (shape[axis] - whole axis))
        | None -> (window.Pads[.. rank - 1], window.Pads[rank..]), added

    /// A convolution of the spread operand with the turned weights.
    let private convTranspose (node: NodeScope) =
        let x, weights = node.Input 0, node.Input 1
        let spatial = (node.Shape x)[2..]


        if spatial.Length < 1 then
            node.RefuseAttribute($"an operand of rank {node.Rank x}", "batch, channels and at least one spatial axis")

        let window = ImportPool.weightWindow node weights
        let kernel = window.Kernel
        let group = node.Int("group", 1)

        if group < 1 || (node.Shape weights)[0] % group <> 0 then
            node.RefuseAttribute($"group = {group}", "a number that divides the channels")

        let (first, last), added = transposedPads node spatial window

        let reach axis =
            (kernel[axis] - 1) * window.Dilations[axis]

        let framed =
            spread node window.Strides x
            |> Formula.padOrCut
                node
                (Array.append [| 0; 0 |] (Array.mapi (fun axis pad -> reach axis - pad) first))
                (Array.append [| 0; 0 |] (Array.mapi (fun axis pad -> reach axis - pad + added[axis]) last))
                0.0

        let plain =
            { window with
                Strides = Array.map (fun _ -> 1) kernel
                Pads = Array.zeroCreate (2 * kernel.Length)
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        let operands =
            [ framed; turned node group weights ] @ Option.toList (node.TryInput 2)

        [| node.Add(Op.Conv(plain, group), operands) |]

    /// The window of one axis alone.
    let private single (window: Window) axis : Window =
        let rank = window.Kernel.Length

        {
            Kernel = [| window.Kernel[axis] |]
            Strides = [| window.Strides[axis] |]
            Dilations = [| window.Dilations[axis] |]
            Pads = [| window.Pads[axis]; window.Pads[rank + axis] |]
            AutoPad = AutoPad.Explicit
            CeilMode = window.CeilMode
        }

    /// A pool over many axes as one pool an axis: exact for maxima, and for averages whose divisor is a product.
    let perAxis (node: NodeScope) (pool: Window -> ValueId -> ValueId) (window: Window) x =
        let window = Windows.resolve window ((node.Shape x)[2..])

        let along x position =
            let shape = node.Shape x
            let axis = position + 2
            let before, after = Shape.count shape[.. axis - 1], Shape.count shape[axis + 1 ..]

            // The pooled axis goes last, as the only spatial one.
            let rows =
                Formula.reshape node [ before; shape[axis]; after ] x
                |> Formula.transpose node [| 0; 2; 1 |]

            let pooled = pool (single window position) rows
            let size = (node.Shape pooled)[2]

            Formula.transpose node [| 0; 2; 1 |] pooled
            |> Formula.reshape node (Array.mapi (fun at length -> if at = axis then size else length) shape)

        [ 0 .. window.Kernel.Length - 1 ] |> List.fold along x

    /// A convolution over three axes as one over two: each place of the first axis is a sample whose channels are the cells
    /// that the window sees there.
    let private conv3 (node: NodeScope) x weights (bias: ValueId option) group =
        let shape, kernel = node.Shape x, (node.Shape weights)[2..]
        let window = Windows.resolve (ImportPool.window node kernel) (shape[2..])

        let ends axis =
            window.Pads[axis], window.Pads[3 + axis]

        let first, last = ends 0
        let framed = Formula.pad node [| 0; 0; first; 0; 0 |] [| 0; 0; last; 0; 0 |] 0.0 x
        let places = (Windows.outputShape (single window 0) [| shape[2] |])[0]

        let cells =
            [
                for place in 0 .. places - 1 do
                    for cell in 0 .. kernel[0] - 1 -> place * window.Strides[0] + cell * window.Dilations[0]
            ]

        // N x C x places x kernel x H x W, then one sample a place.
        let columns =
            Formula.pick node 2 cells framed
            |> Formula.reshape node [ shape[0]; shape[1]; places; kernel[0]; shape[3]; shape[4] ]
            |> Formula.transpose node [| 0; 2; 1; 3; 4; 5 |]
            |> Formula.reshape node [ shape[0] * places; shape[1] * kernel[0]; shape[3]; shape[4] ]

        let own = node.Shape weights
        let flat = Formula.reshape node [ own[0]; own[1] * own[2]; own[3]; own[4] ] weights
        let (top, bottom), (left, right) = ends 1, ends 2

        let plane =
            {
                Kernel = kernel[1..]
                Strides = window.Strides[1..]
                Dilations = window.Dilations[1..]
                Pads = [| top; left; bottom; right |]
                AutoPad = AutoPad.Explicit
                CeilMode = false
            }

        let result = node.Add(Op.Conv(plane, group), [ columns; flat ] @ Option.toList bias)
        let height, width = (node.Shape result)[2], (node.Shape result)[3]

        Formula.reshape node [ shape[0]; places; own[0]; height; width ] result
        |> Formula.transpose node [| 0; 2; 1; 3; 4 |]

    /// Convolutions over one and two axes are in the vocabulary.
    let private conv (plain: Importer) : Importer =
        fun node ->
            let weights = node.Input 1

            if
                node.Rank(node.Input 0) = 5
                && (node.Type(node.Input 0)).Element |> Element.isFloat
            then
                [| conv3 node (node.Input 0) weights (node.TryInput 2) (node.Int("group", 1)) |]
            else
                plain node

    let private kernel (node: NodeScope) =
        match node.TryInts "kernel_shape" with
        | Some kernel -> kernel
        | None -> node.RefuseAttribute("no kernel_shape", "the attribute kernel_shape")

    let private maxPool (plain: Importer) : Importer =
        fun node ->
            if node.Rank(node.Input 0) = 5 && node.Node.Outputs.Length = 1 then
                let pool window x = node.Add(Op.MaxPool(window, 0), [ x ])
                [| perAxis node pool (ImportPool.window node (kernel node)) (node.Input 0) |]
            else
                plain node

    let private averagePool (plain: Importer) : Importer =
        fun node ->
            if node.Rank(node.Input 0) = 5 then
                let includes = node.Flag("count_include_pad", false)

                let pool window x =
                    node.Add(Op.AveragePool(window, includes), [ x ])

                [| perAxis node pool (ImportPool.window node (kernel node)) (node.Input 0) |]
            else
                plain node

    /// (Σ |x|^p)^(1/p).
    let private norm (node: NodeScope) (sum: ValueId -> ValueId) x =
        let p = float (node.Int("p", 2))

        let powers =
            if p = 2.0 then
                Formula.square node x
            else
                Formula.power node (Formula.unary Unary.Abs node x) p

        if p = 2.0 then
            Formula.unary Unary.Sqrt node (sum powers)
        else
            Formula.power node (sum powers) (1.0 / p)

    /// Sums over windows: a convolution of each channel with ones; the last window of ceil mode sees zeros.
    let private windowSums (node: NodeScope) x =
        let kernel = kernel node
        let shape = node.Shape x
        let rank = kernel.Length
        let window = Windows.resolve (ImportPool.window node kernel) (shape[2..])
        let places = Windows.outputShape window shape[2..]

        let seen axis =
            (places[axis] - 1) * window.Strides[axis]
            + (kernel[axis] - 1) * window.Dilations[axis]
            + 1

        let pads =
            Array.init (2 * rank) (fun at ->
                if at < rank then
                    window.Pads[at]
                else
                    let axis = at - rank
                    max 0 (seen axis - shape[axis + 2] - window.Pads[axis]))

        let ones =
            Formula.constant node x (Array.append [| shape[1]; 1 |] kernel) (Array.create (shape[1] * Shape.count kernel) 1.0)

        let plain =
            { window with
                Pads = pads
                CeilMode = false
            }

        node.Add(Op.Conv(plain, shape[1]), [ x; ones ])

    let private lpPool (node: NodeScope) =
        [| Formula.inSingle node (norm node (windowSums node)) (node.Input 0) |]

    let private globalLpPool (node: NodeScope) =
        let x = node.Input 0
        let sums = Formula.sum node true [ 2 .. node.Rank x - 1 ]
        [| Formula.inSingle node (norm node sums) x |]

    /// The operators of this family by name (domain ai.onnx); some extend an importer of the vocabulary itself.
    let all (plain: Map<string, Importer>) : (string * Importer) list =
        [
            "AveragePool", averagePool plain["AveragePool"]
            "Conv", conv plain["Conv"]
            "ConvTranspose", convTranspose
            "GlobalLpPool", globalLpPool
            "LpPool", lpPool
            "MaxPool", maxPool plain["MaxPool"]
        ]
