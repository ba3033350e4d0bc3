namespace ConcreteMl.Compiler.Core.Float

open System.Collections.Generic
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Operators with graphs inside: branches whose condition is known when the model is read, and bodies written out as often as they run.
[<RequireQualifiedAccess>]
module ControlFlow =

    /// Each iteration adds the body's nodes to the graph once more, and a circuit has to carry all of them out: an unrolled loop
    /// beyond this is an endless one, or no circuit.
    let private mostIterations = 10000

    let private graph (node: NodeScope) name =
        match Onnx.Attributes.tryFind name node.Node with
        | Some(Onnx.Attribute.Graph graph) -> graph
        | _ -> node.RefuseAttribute($"no graph {name}", $"the attribute {name}")

    let private inputs (node: NodeScope) first : Binding list =
        [
            for at in first .. node.Arity - 1 do
                match node.TryBinding at with
                | Some binding -> binding
                | None -> node.Refuse("CML1105", $"input {at} is missing", "all required inputs", "Export the model again.")
        ]

    let private requireInputs (node: NodeScope) (body: Onnx.Graph) count =
        if body.Inputs.Length <> count then
            node.RefuseAttribute($"a body of {body.Inputs.Length} inputs", $"a body of {count} inputs")

    let private value (node: NodeScope) (binding: Binding) : ValueId =
        match binding with
        | Binding.Value value -> value
        | _ ->
            node.Refuse(
                "CML1102",
                "a body gives a sequence or an optional where a tensor is needed",
                "a tensor",
                "Rewrite the loop with tensors."
            )

    let private truth (node: NodeScope) (index: int) : bool option =
        node.TryInput index
        |> Option.map (fun condition ->
            match node.TryValue condition with
            | Some tensor when tensor.Count = 1 -> Elements.integers tensor |> Array.head <> 0
            | Some tensor -> node.RefuseAttribute($"a condition of {tensor.Count} elements", "one element")
            | None -> node.ConstantValue(index, "the condition") |> fun tensor -> tensor.Count > 0)

    /// Both branches computed, and a choice between them by a condition that is not known yet.
    let private chosen (node: NodeScope) (condition: ValueId) (yes: Binding[]) (no: Binding[]) =
        let condition = Formula.reshape node [] condition

        Array.map2
            (fun yes no ->
                let yes, no = value node yes, value node no

                if (node.Type yes).Dims <> (node.Type no).Dims then
                    node.Refuse(
                        "CML1106",
                        "branches of different shapes, chosen by a condition that depends on the model's inputs",
                        "branches of one shape, or a condition that is known when the model is read",
                        "Export the model with the branch that is meant."
                    )

                Binding.Value(Formula.choose node condition yes no))
            yes
            no

    let private branch: FoldedImporter =
        fun body node ->
            let run name = body (graph node name) []
            let condition = node.Input 0

            match node.TryValue condition with
            | Some tensor when tensor.Count = 1 ->
                run (
                    if Elements.integers tensor |> Array.head <> 0 then
                        "then_branch"
                    else
                        "else_branch"
                )
            | Some tensor -> node.RefuseAttribute($"a condition of {tensor.Count} elements", "one element")
            | None -> chosen node condition (run "then_branch") (run "else_branch")

    /// Values of all iterations as cells of a new axis.
    let private stacked (node: NodeScope) axis (reverse: bool) (values: ValueId seq) =
        let values = List.ofSeq values
        let values = if reverse then List.rev values else values

        match values with
        | [] ->
            node.Refuse(
                "CML1106",
                "a loop without iterations gives an empty tensor",
                "a loop that runs at least once",
                "Remove the loop from the model."
            )
        | first :: _ ->
            let rank = node.Rank first + 1
            let axis = node.Axis(rank, axis)
            values |> List.map (Formula.unsqueeze node [ axis ]) |> Formula.concat node axis

    let private tooMany (node: NodeScope) =
        node.Refuse(
            "CML1106",
            $"a loop of more than {mostIterations} iterations",
            $"at most {mostIterations} iterations, whose number is known when the model is read",
            "Give the loop a constant count, or rewrite it as a tensor operation."
        )

    /// Operands: the most iterations, the first condition, carried values. The body takes the iteration, the condition and the
    /// carried values, and gives the next condition, the next carried values and values to stack.
    let private loop: FoldedImporter =
        fun runBody node ->
            let body = graph node "body"
            let carried = inputs node 2
            requireInputs node body (carried.Length + 2)

            let most =
                match node.TryConstantValue(0, "the number of iterations") with
                | Some tensor when tensor.Count = 1 -> (Tensor.toFloat64s tensor)[0]
                | Some tensor -> node.RefuseAttribute($"{tensor.Count} numbers of iterations", "one number")
                | None -> infinity

            let scans =
                List.init (max 0 (body.Outputs.Length - 1 - carried.Length)) (fun _ -> List<ValueId>())

            let rec iterate count goesOn (carried: Binding list) =
                if not goesOn || float count >= most then
                    carried
                elif count >= mostIterations then
                    tooMany node
                else
                    let iteration = node.Constant(Tensor.ofInt64 [||] [| int64 count |])
                    let condition = node.Constant(Tensor.ofBool [||] [| true |])

                    let results =
                        runBody body (Binding.Value iteration :: Binding.Value condition :: carried)

                    scans
                    |> List.iteri (fun at scan -> scan.Add(value node results[1 + carried.Length + at]))

                    let next =
                        match node.TryValue(value node results[0]) with
                        | Some tensor -> Elements.integers tensor |> Array.forall ((<>) 0)
                        | None ->
                            node.Refuse(
                                "CML1104",
                                $"the condition of iteration {count} depends on the model's inputs",
                                "a condition that is known when the model is read",
                                "Let the loop run a constant number of times."
                            )

                    iterate (count + 1) next (List.ofArray results[1 .. carried.Length])

            let first = truth node 1 |> Option.defaultValue true
            let carried = iterate 0 first carried

            [|
                yield! carried
                for scan in scans do
                    Binding.Value(stacked node 0 false scan)
            |]

    let private listed (node: NodeScope) name count fallback =
        match node.TryInts name with
        | None -> Array.create count fallback
        | Some values when values.Length = count -> values
        | Some values -> node.RefuseAttribute($"{values.Length} {name}", $"{count}")

    /// Operands: states, then tensors whose cells along an axis are taken one by one.
    let private scan: FoldedImporter =
        fun runBody node ->
            if node.Opset < 9 then
                node.RefuseAttribute("the form with an axis of batches", "Scan of operator set 9 or later")

            let body = graph node "body"
            let taken = node.Int("num_scan_inputs", 1)
            let all = inputs node 0
            requireInputs node body all.Length
            let states, sources = List.splitAt (max 0 (all.Length - taken)) all
            let sources = sources |> List.map (value node) |> Array.ofList
            let given = body.Outputs.Length - states.Length

            let axes =
                listed node "scan_input_axes" taken 0
                |> Array.mapi (fun at axis -> node.Axis(node.Rank sources[at], axis))

            let backward = listed node "scan_input_directions" taken 0
            let outputAxes = listed node "scan_output_axes" given 0
            let outputBackward = listed node "scan_output_directions" given 0

            let lengths =
                Array.map2 (fun source axis -> Formula.size node axis source) sources axes
                |> Array.distinct

            let length =
                match lengths with
                | [| length |] when length <= mostIterations -> length
                | [| _ |] -> tooMany node
                | _ -> node.RefuseAttribute("operands of different lengths", "one length")

            let scans = Array.init given (fun _ -> List<ValueId>())

            let step (states: Binding list) count =
                let cell at source =
                    let position = if backward[at] = 0 then count else length - 1 - count

                    Formula.slice node axes[at] position (position + 1) source
                    |> Formula.squeeze node [ axes[at] ]
                    |> Binding.Value

                let results = runBody body (states @ List.ofArray (Array.mapi cell sources))

                scans
                |> Array.iteri (fun at scan -> scan.Add(value node results[states.Length + at]))

                List.ofArray results[.. states.Length - 1]

            let states = [ 0 .. length - 1 ] |> List.fold step states

            [|
                yield! states
                for at in 0 .. given - 1 do
                    Binding.Value(stacked node outputAxes[at] (outputBackward[at] <> 0) scans[at])
            |]

    /// A graph for each element of the first sequence; other sequences of its length go along.
    let private sequenceMap: FoldedImporter =
        fun runBody node ->
            let all = inputs node 0
            let body = graph node "body"
            requireInputs node body all.Length

            let length =
                match all with
                | Binding.Sequence values :: _ -> values.Length
                | _ -> node.RefuseAttribute("a first operand that is no sequence", "a sequence")

            let results =
                List.init length (fun at ->
                    all
                    |> List.map (fun binding ->
                        match binding with
                        | Binding.Sequence values when at < values.Length -> Binding.Value values[at]
                        | other -> other)
                    |> runBody body)

            Array.init body.Outputs.Length (fun output ->
                results
                |> List.map (fun result -> value node result[output])
                |> Binding.Sequence)

    /// The operators of this family by name (domain ai.onnx).
    let all: (string * FoldedImporter) list =
        [ "If", branch; "Loop", loop; "Scan", scan; "SequenceMap", sequenceMap ]
