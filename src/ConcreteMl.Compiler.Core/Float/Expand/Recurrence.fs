namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Activations of recurrent cells, by ONNX's names and default parameters.
[<RequireQualifiedAccess>]
module CellActivation =

    let private parameter (fallback: float) (values: float32[]) at =
        if at < values.Length then float values[at] else fallback

    /// The functions in the order of the attribute `activations`, or `fallback` for each direction.
    let all (node: NodeScope) (fallback: string list) (directions: int) : (ValueId -> ValueId)[] =
        let names =
            match Onnx.Attributes.tryFind "activations" node.Node with
            | Some(Onnx.Attribute.Texts names) -> Array.toList names
            | _ -> List.replicate directions fallback |> List.concat

        let parameters name =
            Onnx.Attributes.tryFloats name node.Node |> Option.defaultValue [||]

        let alphas, betas = parameters "activation_alpha", parameters "activation_beta"

        if names.Length <> fallback.Length * directions then
            node.RefuseAttribute($"{names.Length} activations", $"{fallback.Length * directions}")

        let plain operation = Formula.unary operation node

        names
        |> List.mapi (fun at name ->
            let alpha fallback = float32 (parameter fallback alphas at)
            let beta fallback = float32 (parameter fallback betas at)

            match name.ToLowerInvariant() with
            | "affine" -> fun x -> Formula.plus node (Formula.times node x (parameter 1.0 alphas at)) (parameter 0.0 betas at)
            | "elu" -> plain (Unary.Elu(alpha 1.0))
            | "hardsigmoid" -> plain (Unary.HardSigmoid(alpha 0.2, beta 0.5))
            | "leakyrelu" -> plain (Unary.LeakyRelu(alpha 0.01))
            | "relu" -> plain Unary.Relu
            | "scaledtanh" ->
                fun x ->
                    let inner = Formula.times node x (parameter 1.0 betas at)
                    Formula.times node (Formula.unary Unary.Tanh node inner) (parameter 1.0 alphas at)
            | "sigmoid" -> plain Unary.Sigmoid
            | "softplus" -> plain Unary.Softplus
            | "softsign" -> plain Unary.Softsign
            | "tanh" -> plain Unary.Tanh
            | "thresholdedrelu" -> plain (Unary.ThresholdedRelu(alpha 1.0))
            | _ -> node.RefuseAttribute($"the activation {name}", "an activation that ONNX defines for recurrent cells"))
        |> Array.ofList

/// What one direction of a recurrent layer is made of; matrices as ONNX lays them out (gates one above the other).
type Cell =
    {
        Hidden: int
        /// gates·H x input and gates·H x H.
        Weights: ValueId
        Recurrence: ValueId
        /// gates·H each: those of the input and those of the recurrence.
        Bias: (ValueId * ValueId) option
        Activations: (ValueId -> ValueId)[]
        Clip: ValueId -> ValueId
    }

/// RNN, GRU and LSTM, one step after the other.
[<RequireQualifiedAccess>]
module Recurrence =

    let private row (node: NodeScope) (size: int) index (x: ValueId) =
        x |> Formula.slice node 0 index (index + 1) |> Formula.reshape node [ size ]

    let private clip (node: NodeScope) (x: ValueId) =
        match Onnx.Attributes.tryFloat "clip" node.Node with
        | Some bound when bound > 0.0f -> node.Add(Op.Clip(true, true), [ x; node.Scalar(x, -float bound); node.Scalar(x, float bound) ])
        | _ -> x

    /// x · matrixᵀ, a bias added: matrix is outputs x inputs.
    let private project (node: NodeScope) x matrix (bias: ValueId option) =
        node.Add(Op.Gemm(1.0f, 1.0f, false, true), [ x; matrix ] @ Option.toList bias)

    let private columns (node: NodeScope) hidden gate x =
        Formula.slice node 1 (gate * hidden) ((gate + 1) * hidden) x

    let private part (node: NodeScope) hidden gate x =
        Formula.slice node 0 (gate * hidden) ((gate + 1) * hidden) x

    let private joined (node: NodeScope) (cell: Cell) =
        cell.Bias
        |> Option.map (fun (input, recurrent) -> Formula.add node input recurrent)

    /// h' = f(x·Wᵀ + h·Rᵀ + b).
    let private plainStep (node: NodeScope) (cell: Cell) x (state: ValueId list) =
        let sum =
            Formula.add node (project node x cell.Weights (joined node cell)) (project node state[0] cell.Recurrence None)

        [ cell.Activations[0](cell.Clip sum) ]

    /// Gates z, r, h (update, reset, hidden).
    let private gruStep (node: NodeScope) (cell: Cell) x (state: ValueId list) =
        let hidden, h = cell.Hidden, state[0]
        let gate = columns node hidden
        let weights at = part node hidden at cell.Recurrence

        let inputBias, ownBias =
            match cell.Bias with
            | Some(input, recurrent) -> Some input, Some recurrent
            | None -> None, None

        let fromInput = project node x cell.Weights inputBias

        let bias at =
            ownBias |> Option.map (part node hidden at)

        let blend at =
            Formula.add node (gate at fromInput) (project node h (weights at) (bias at))
            |> cell.Clip
            |> cell.Activations[0]

        let update, reset = blend 0, blend 1

        let recurrent =
            if node.Flag("linear_before_reset", false) then
                Formula.mul node reset (project node h (weights 2) (bias 2))
            else
                project node (Formula.mul node reset h) (weights 2) (bias 2)

        let candidate =
            Formula.add node (gate 2 fromInput) recurrent
            |> cell.Clip
            |> cell.Activations[1]

        // (1 − z)·c + z·h, with one product of encrypted values instead of two.
        [
            Formula.add node candidate (Formula.mul node update (Formula.sub node h candidate))
        ]

    /// Gates i, o, f, c; peepholes in the order i, o, f.
    let private lstmStep (node: NodeScope) (peepholes: ValueId option) (cell: Cell) x (state: ValueId list) =
        let hidden, h, c = cell.Hidden, state[0], state[1]

        let gates =
            Formula.add node (project node x cell.Weights (joined node cell)) (project node h cell.Recurrence None)

        let peeped at (memory: ValueId) sum =
            match peepholes with
            | Some weights -> Formula.add node sum (Formula.mul node (part node hidden at weights) memory)
            | None -> sum

        let input =
            columns node hidden 0 gates |> peeped 0 c |> cell.Clip |> cell.Activations[0]

        let forget =
            if node.Flag("input_forget", false) then
                Formula.sub node (node.Scalar(input, 1.0)) input
            else
                columns node hidden 2 gates |> peeped 2 c |> cell.Clip |> cell.Activations[0]

        let candidate = columns node hidden 3 gates |> cell.Clip |> cell.Activations[1]

        let memory =
            Formula.add node (Formula.mul node forget c) (Formula.mul node input candidate)

        let output =
            columns node hidden 1 gates
            |> peeped 1 memory
            |> cell.Clip
            |> cell.Activations[0]

        [ Formula.mul node output (cell.Activations[2] memory); memory ]

    /// The lengths of the batch's sequences; None when all are whole.
    let private lengths (node: NodeScope) steps =
        node.TryConstantValue(4, "sequence_lens")
        |> Option.map Elements.integers
        |> Option.filter (Array.exists (fun length -> length < steps))

    /// Runs one direction: every step's hidden state in the order of time, and the last states.
    let private run (node: NodeScope) step (reverse: bool) (steps: ValueId[]) (initial: ValueId list) =
        let lengths = lengths node steps.Length

        let visit (state: ValueId list, outputs: Map<int, ValueId>) at =
            let next: ValueId list = step steps[at] state

            match lengths with
            | None -> next, Map.add at next.Head outputs
            | Some lengths ->
                let alive =
                    node.Constant(Tensor.ofBool [| lengths.Length; 1 |] (lengths |> Array.map (fun length -> at < length)))

                let kept =
                    List.map2 (fun fresh old -> Formula.choose node alive fresh old) next state

                let shown = Formula.choose node alive next.Head (node.Scalar(next.Head, 0.0))
                kept, Map.add at shown outputs

        let order = [ 0 .. steps.Length - 1 ] |> (if reverse then List.rev else id)
        let last, outputs = List.fold visit (initial, Map.empty) order
        outputs |> Map.toList |> List.map snd, last

    let private zeros (node: NodeScope) like batch hidden =
        Formula.constant node like [| batch; hidden |] (Array.zeroCreate (batch * hidden))

    let private reversals (node: NodeScope) =
        match node.Text("direction", "forward") with
        | "forward" -> [ false ]
        | "reverse" -> [ true ]
        | "bidirectional" -> [ false; true ]
        | other -> node.RefuseAttribute($"direction = {other}", "forward, reverse or bidirectional")

    /// Outputs Y, Y_h and, for cells with a memory, Y_c, in the layout that the node asks for. `weights` and `recurrence` are all
    /// directions' matrices.
    let private layerOf
        (node: NodeScope)
        gates
        states
        (activations: string list)
        (weights: ValueId)
        (recurrence: ValueId)
        step
        : ValueId[] =
        let batchFirst = node.Int("layout", 0) = 1

        let x =
            if batchFirst then
                Formula.transpose node [| 1; 0; 2 |] (node.Input 0)
            else
                node.Input 0

        let shape = node.Shape x
        let batch = shape[1]
        let reversals = reversals node
        let directions = reversals.Length

        let hidden =
            if node.Has "hidden_size" then
                node.Int("hidden_size", 0)
            else
                (node.Shape recurrence)[2]

        if
            hidden < 1
            || (node.Shape weights)[0] <> directions
            || (node.Shape weights)[1] <> gates * hidden
        then
            node.RefuseAttribute("weights of another shape than the layer's", $"{directions} x {gates * hidden} x input")

        let functions = CellActivation.all node activations directions

        let steps =
            Array.init shape[0] (fun at -> Formula.slice node 0 at (at + 1) x |> Formula.reshape node [ batch; shape[2] ])

        let initial direction index =
            match node.TryInput index with
            | None -> zeros node x batch hidden
            | Some states when batchFirst ->
                Formula.slice node 1 direction (direction + 1) states
                |> Formula.reshape node [ batch; hidden ]
            | Some states ->
                Formula.slice node 0 direction (direction + 1) states
                |> Formula.reshape node [ batch; hidden ]

        let ran =
            reversals
            |> List.mapi (fun direction reverse ->
                let matrix all width =
                    all
                    |> Formula.slice node 0 direction (direction + 1)
                    |> Formula.reshape node [ gates * hidden; width ]

                let biases =
                    node.TryInput 3
                    |> Option.map (row node (2 * gates * hidden) direction)
                    |> Option.map (fun both ->
                        Formula.slice node 0 0 (gates * hidden) both, Formula.slice node 0 (gates * hidden) (2 * gates * hidden) both)

                let cell =
                    {
                        Hidden = hidden
                        Weights = matrix weights shape[2]
                        Recurrence = matrix recurrence hidden
                        Bias = biases
                        Activations = Array.skip (direction * activations.Length) functions
                        Clip = clip node
                    }

                run node (step direction hidden cell) reverse steps (List.init states (fun state -> initial direction (5 + state))))

        let lastOf state =
            let axis = if batchFirst then 1 else 0

            ran
            |> List.map (fun (_, last) -> Formula.unsqueeze node [ axis ] last[state])
            |> Formula.concat node axis

        let all () =
            // Time x directions x batch x hidden.
            let ofDirection (outputs, _) =
                outputs |> List.map (Formula.unsqueeze node [ 0; 1 ]) |> Formula.concat node 0

            let whole = ran |> List.map ofDirection |> Formula.concat node 1

            if batchFirst then
                Formula.transpose node [| 2; 0; 1; 3 |] whole
            else
                whole

        let wants at =
            at < node.Node.Outputs.Length && node.Node.Outputs[at] <> ""

        // What nobody reads is left out with the dead nodes.
        let y = if wants 0 then all () else lastOf 0

        Array.append [| y |] (Array.init states lastOf)
        |> Array.truncate (max 1 node.Node.Outputs.Length)

    let private layer (node: NodeScope) gates states activations step =
        layerOf node gates states activations (node.Input 1) (node.Input 2) step

    let private rnn (node: NodeScope) =
        layer node 1 1 [ "Tanh" ] (fun _ _ cell -> plainStep node cell)

    let private gru (node: NodeScope) =
        layer node 3 1 [ "Sigmoid"; "Tanh" ] (fun _ _ cell -> gruStep node cell)

    let private lstmOf (node: NodeScope) weights recurrence =
        layerOf node 4 2 [ "Sigmoid"; "Tanh"; "Tanh" ] weights recurrence (fun direction hidden cell ->
            let peepholes = node.TryInput 7 |> Option.map (row node (3 * hidden) direction)
            lstmStep node peepholes cell)

    let private lstm (node: NodeScope) =
        lstmOf node (node.Input 1) (node.Input 2)

    /// An LSTM whose matrices are codes, inputs above outputs, each direction (or each output of it) with its scale and zero point.
    let private quantizedLstm (node: NodeScope) =
        let matrix codes scale zero =
            let x = Formula.cast Element.Float32 node (node.Input codes)

            let along value =
                let value = Formula.cast Element.Float32 node value

                match node.Shape value with
                | [| directions |] -> Formula.reshape node [ directions; 1; 1 ] value
                | [| directions; outputs |] -> Formula.reshape node [ directions; 1; outputs ] value
                | shape -> node.RefuseAttribute($"scales of {Shape.print shape}", "one for each direction, or for each of its outputs")

            let centred =
                match node.TryInput zero with
                | Some zero -> Formula.sub node x (along zero)
                | None -> x

            Formula.mul node centred (along (node.Input scale))
            |> Formula.transpose node [| 0; 2; 1 |]

        lstmOf node (matrix 1 8 9) (matrix 2 10 11)

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * Importer) list = [ "GRU", gru; "LSTM", lstm; "RNN", rnn ]

    /// Those of the domain com.microsoft.
    let microsoft: (string * Importer) list = [ "DynamicQuantizeLSTM", quantizedLstm ]
