namespace ConcreteMl.Compiler.Core.Planned

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Text

/// An operand inside an element-wise subgraph.
[<RequireQualifiedAccess>]
type RegionOperand =
    /// The subgraph's source.
    | Source
    | Constant of Tensor
    /// The result of an earlier step.
    | Step of int

/// An element-wise subgraph with one encrypted source: what becomes one lookup.
type Region =
    {
        Steps: (FloatOp * RegionOperand[])[]
        /// The element type in which the source enters.
        Real: Element
        Shape: int[]
        /// What it computes, for readers of a dump: "relu(x)".
        Function: string
    }

/// Element-wise subgraphs: how they are cut out of a float graph, and what they compute.
[<RequireQualifiedAccess>]
module Region =

    open ConcreteMl.Compiler.Core.Float

    let private index (ValueId value) = value

    /// Parameters [C] of a normalization over axis 1, as a factor and an offset that broadcast to a value of this rank.
    let private normalization epsilon rank (parameters: Tensor[]) =
        let values = parameters |> Array.map Tensor.toFloat64s
        let channels = values[0].Length

        let factor =
            Array.init channels (fun c -> values[0].[c] / sqrt (values[3].[c] + float epsilon))

        let offset =
            Array.init channels (fun c -> values[1].[c] - values[2].[c] * factor[c])

        let shape = channels :: List.replicate (max 0 (rank - 2)) 1 |> Array.ofList
        let tensor (data: float[]) = Tensor.ofFloat64 shape data
        tensor factor, tensor offset

    let private cast element tensor =
        Eval.op (Op.Unary(Unary.Cast element)) [ tensor ] |> List.head

    let private mnemonic (cases: OpCase<'Op> list) (op: 'Op) =
        cases
        |> List.pick (fun case -> case.Write op |> Option.map (fun _ -> case.Mnemonic))

    let private name (op: FloatOp) =
        match op with
        | Op.Unary unary -> mnemonic ElementwiseSyntax.unaryCases unary
        | Op.Binary binary -> mnemonic ElementwiseSyntax.binaryCases binary
        | Op.Clip _ -> "clip"
        | Op.Where -> "where"
        | Op.Quant _ -> "quant"
        | _ -> "map"

    /// An operation applied to operands that have names; long texts leave the operands out.
    let private applied op (arguments: string[]) =
        let text = $"""{name op}({String.concat ", " arguments})"""

        if text.Length > 60 then $"{name op}(…)" else text

    /// The function of a value of its anchor, and the nodes that it comes from; `source` is the value that counts as the source (the anchor, as a rule).
    let between (sources: Sources) source value : Region * Origin =
        let steps = List<FloatOp * RegionOperand[]>()
        let known = Dictionary<int, RegionOperand>()
        let names = Dictionary<int, string>()
        let origin = List<string>()
        known[source] <- RegionOperand.Source
        names[source] <- "x"

        let add op operands =
            steps.Add((op, operands))
            RegionOperand.Step(steps.Count - 1)

        // Operands before what reads them, on a stack of our own: a chain may have as many nodes as a file.
        let pending = Stack<int>()
        pending.Push value

        while pending.Count > 0 do
            let value = pending.Peek()

            match sources.Constants[value] with
            | _ when known.ContainsKey value -> pending.Pop() |> ignore
            | Some constant ->
                names[value] <- "c"
                known[value] <- RegionOperand.Constant constant
            | None ->
                let node = Option.get sources.Producers[value]

                let missing =
                    node.Operands |> Array.map index |> Array.filter (known.ContainsKey >> not)

                if missing.Length > 0 then
                    missing |> Array.rev |> Array.iter pending.Push
                else
                    known[value] <- add node.Op (node.Operands |> Array.map (fun operand -> known[index operand]))

                    names[value] <-
                        node.Operands
                        |> Array.map (fun operand -> names.GetValueOrDefault(index operand, "c"))
                        |> applied node.Op

                    origin.AddRange node.Origin

        {
            Steps = steps.ToArray()
            Real = sources.Graph.Types[source].Element
            Shape = sources.Shapes[value]
            Function = names[value]
        },
        List.ofSeq (Seq.distinct origin)

    let private isNormalization (op, _) =
        match op with
        | Op.BatchNormalization _ -> true
        | _ -> false

    /// The same region with normalizations as a product and a sum, which work element by element.
    let expanded (region: Region) : Region =
        let steps = List<FloatOp * RegionOperand[]>()
        let places = List<int>()

        let add op operands =
            steps.Add((op, operands))
            RegionOperand.Step(steps.Count - 1)

        let moved operand =
            match operand with
            | RegionOperand.Step earlier -> RegionOperand.Step places[earlier]
            | other -> other

        let constant operand =
            match operand with
            | RegionOperand.Constant tensor -> tensor
            | RegionOperand.Source
            | RegionOperand.Step _ -> invalidOp "the parameters of a normalization are constants"

        let visit (op, operands) =
            match op with
            | Op.BatchNormalization epsilon ->
                let parameters = operands |> Array.skip 1 |> Array.map constant
                let factor, offset = normalization epsilon region.Shape.Length parameters
                let element = parameters[0].Element

                let scaled =
                    add (Op.Binary Binary.Mul) [| moved operands[0]; RegionOperand.Constant(cast element factor) |]

                add (Op.Binary Binary.Add) [| scaled; RegionOperand.Constant(cast element offset) |]
            | op -> add op (Array.map moved operands)
            |> ignore

            places.Add(steps.Count - 1)

        if Array.exists isNormalization region.Steps then
            region.Steps |> Array.iter visit
            { region with Steps = steps.ToArray() }
        else
            region

    /// x + amount, for all elements of a shape.
    let plus real shape (amount: float) : Region =
        {
            Steps =
                [|
                    Op.Binary Binary.Add,
                    [|
                        RegionOperand.Source
                        RegionOperand.Constant(cast real (Tensor.ofFloat64 [||] [| amount |]))
                    |]
                |]
            Real = real
            Shape = shape
            Function = "add(x, c)"
        }

    /// The constants that differ between elements, in step order; scalars and whole parameters (bounds, scales of one entry) excluded.
    let constants (region: Region) : Tensor list =
        [
            for _, operands in (expanded region).Steps do
                for operand in operands do
                    match operand with
                    | RegionOperand.Constant tensor when tensor.Count > 1 -> tensor
                    | _ -> ()
        ]

    let private pick (shape: int[]) (elements: int[]) (tensor: Tensor) =
        if tensor.Rank = 0 then
            tensor
        elif tensor.Count = 1 then
            tensor.Reshape [||]
        else
            let own = Moves.broadcast tensor.Shape shape

            let data =
                System.Array.CreateInstance(Element.storage tensor.Element, elements.Length)

            elements
            |> Array.iteri (fun position element -> System.Array.Copy(tensor.Data, own[element], data, position, 1))

            Tensor.create tensor.Element [| elements.Length |] data

    // The last step that reads each step's result: a long function keeps no value longer than it must.
    let private lastReads (region: Region) : int[] =
        let last = Array.init region.Steps.Length id

        region.Steps
        |> Array.iteri (fun position (_, operands) ->
            for operand in operands do
                match operand with
                | RegionOperand.Step earlier -> last[earlier] <- position
                | RegionOperand.Source
                | RegionOperand.Constant _ -> ())

        last

    /// The last step's result; `constant` gives a constant the shape in which it meets the source.
    let private evaluate (constant: Tensor -> Tensor) (region: Region) (source: Tensor) : Tensor =
        let last = lastReads region
        let results: Tensor[] = Array.zeroCreate region.Steps.Length

        let read operand =
            match operand with
            | RegionOperand.Source -> source
            | RegionOperand.Constant tensor -> constant tensor
            | RegionOperand.Step earlier -> results[earlier]

        let forget position operand =
            match operand with
            | RegionOperand.Step earlier when last[earlier] = position -> results[earlier] <- Unchecked.defaultof<Tensor>
            | _ -> ()

        region.Steps
        |> Array.iteri (fun position (op, operands) ->
            results[position] <- Eval.op op (operands |> Array.map read |> List.ofArray) |> List.head
            Array.iter (forget position) operands)

        Array.tryLast results |> Option.defaultValue source

    /// Whether every step works on single elements, so that a value may have a further axis in front.
    let isElementwise (region: Region) : bool =
        region.Steps
        |> Array.forall (fun (op, _) ->
            match op with
            | Op.Unary _
            | Op.Binary _
            | Op.Clip _
            | Op.Where -> true
            | _ -> false)

    /// Runs the subgraph's operations on a whole value.
    let whole (region: Region) (source: Tensor) : Tensor = evaluate id region source

    /// Runs the subgraph's operations on `source` [rows, elements.Length]: column i holds values of element `elements[i]`.
    let run (region: Region) (elements: int[]) (source: Tensor) : float[] =
        let region = expanded region

        evaluate (pick region.Shape elements) region source |> Tensor.toFloat64s

    /// The same for float64 values, which enter in the source's element type.
    let apply (region: Region) (elements: int[]) (rows: int) (values: float[]) : float[] =
        let shape = [| rows; elements.Length |]
        run region elements (cast region.Real (Tensor.ofFloat64 shape values))
