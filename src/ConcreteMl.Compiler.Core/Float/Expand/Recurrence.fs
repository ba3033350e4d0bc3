namespace ConcreteMl.Compiler.Core.Float

open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

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

    /// What all directions of a layer have in common.
    type private Layer =
        {
            Node: NodeScope
            Gates: int
            Hidden: int
            BatchFirst: bool
            /// Time x batch x input.
            X: ValueId
            /// The matrices of all directions.
            Weights: ValueId
            Recurrence: ValueId
        }

        member this.Batch = (this.Node.Shape this.X)[1]

        /// The axis of directions in states.
        member this.Axis = if this.BatchFirst then 1 else 0

    let private layerFor (node: NodeScope) gates (weights: ValueId) (recurrence: ValueId) directions : Layer =
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

        let batchFirst = node.Int("layout", 0) = 1

        {
            Node = node
            Gates = gates
            Hidden = hidden
            BatchFirst = batchFirst
            X =
                if batchFirst then
                    Formula.transpose node [| 1; 0; 2 |] (node.Input 0)
                else
                    node.Input 0
            Weights = weights
            Recurrence = recurrence
        }

    /// The first state of a direction, from the input with this index.
    let private initialState (layer: Layer) direction index =
        match layer.Node.TryInput index with
        | None -> zeros layer.Node layer.X layer.Batch layer.Hidden
        | Some states ->
            Formula.slice layer.Node layer.Axis direction (direction + 1) states
            |> Formula.reshape layer.Node [ layer.Batch; layer.Hidden ]

    let private cellOf (layer: Layer) direction activations : Cell =
        let node = layer.Node
        let height, width = layer.Gates * layer.Hidden, Array.last (node.Shape layer.X)

        let matrix all width =
            all
            |> Formula.slice node 0 direction (direction + 1)
            |> Formula.reshape node [ height; width ]

        let biases =
            node.TryInput 3
            |> Option.map (row node (2 * height) direction)
            |> Option.map (fun both -> Formula.slice node 0 0 height both, Formula.slice node 0 height (2 * height) both)

        {
            Hidden = layer.Hidden
            Weights = matrix layer.Weights width
            Recurrence = matrix layer.Recurrence layer.Hidden
            Bias = biases
            Activations = activations
            Clip = clip node
        }

    /// The last states of all directions.
    let private lastStates (layer: Layer) (ran: (ValueId list * ValueId list) list) state =
        ran
        |> List.map (fun (_, last) -> Formula.unsqueeze layer.Node [ layer.Axis ] last[state])
        |> Formula.concat layer.Node layer.Axis

    /// The hidden states of all steps.
    let private allStates (layer: Layer) (ran: (ValueId list * ValueId list) list) =
        let node = layer.Node

        // Time x directions x batch x hidden.
        let ofDirection (outputs, _) =
            outputs |> List.map (Formula.unsqueeze node [ 0; 1 ]) |> Formula.concat node 0

        let whole = ran |> List.map ofDirection |> Formula.concat node 1

        if layer.BatchFirst then
            Formula.transpose node [| 2; 0; 1; 3 |] whole
        else
            whole

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
        let reversals = reversals node
        let layer = layerFor node gates weights recurrence reversals.Length
        let shape = node.Shape layer.X
        let functions = CellActivation.all node activations reversals.Length

        let steps =
            Array.init shape[0] (fun at ->
                Formula.slice node 0 at (at + 1) layer.X
                |> Formula.reshape node [ layer.Batch; shape[2] ])

        let ran =
            reversals
            |> List.mapi (fun direction reverse ->
                let cell =
                    cellOf layer direction (Array.skip (direction * activations.Length) functions)

                run
                    node
                    (step direction layer.Hidden cell)
                    reverse
                    steps
                    (List.init states (fun state -> initialState layer direction (5 + state))))

        let wants at =
            at < node.Node.Outputs.Length && node.Node.Outputs[at] <> ""

        // What nobody reads is left out with the dead nodes.
        let y =
            if wants 0 then
                allStates layer ran
            else
                lastStates layer ran 0

        Array.append [| y |] (Array.init states (lastStates layer ran))
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
