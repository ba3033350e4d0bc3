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

    /// The function that leaves values as they are.
    let identity (real: Element) (shape: int[]) : Region =
        {
            Steps = [||]
            Real = real
            Shape = shape
            Function = "x"
        }

    /// Whether a function leaves values as they are.
    let isIdentity (region: Region) = region.Steps.Length = 0

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

    /// Regions as they are cut out: known values with their names, and the steps so far.
    type private Cutting(sources: Sources, source: int) =
        let steps = List<FloatOp * RegionOperand[]>()
        let known = Dictionary<int, RegionOperand>()
        let names = Dictionary<int, string>()
        let origin = List<string>()

        do
            known[source] <- RegionOperand.Source
            names[source] <- "x"

        member _.Knows value = known.ContainsKey value

        member _.AddConstant value constant =
            names[value] <- "c"
            known[value] <- RegionOperand.Constant constant

        /// A value whose operands are known.
        member _.AddStep value (node: FloatNode) =
            steps.Add((node.Op, node.Operands |> Array.map (fun operand -> known[index operand])))
            known[value] <- RegionOperand.Step(steps.Count - 1)

            names[value] <-
                node.Operands
                |> Array.map (fun operand -> names.GetValueOrDefault(index operand, "c"))
                |> applied node.Op

            origin.AddRange node.Origin

        /// The region that ends in a value, and the nodes that it comes from.
        member _.Result value : Region * Origin =
            {
                Steps = steps.ToArray()
                Real = sources.Graph.Types[source].Element
                Shape = sources.Shapes[value]
                Function = names[value]
            },
            List.ofSeq (Seq.distinct origin)

    /// The function of a value of its anchor, and the nodes that it comes from; `source` is the value that counts as the source (the anchor, as a rule).
    let between (sources: Sources) source value : Region * Origin =
        let cutting = Cutting(sources, source)

        // Operands before what reads them, on a stack of our own: a chain may have as many nodes as a file.
        let pending = Stack<int>()
        pending.Push value

        while pending.Count > 0 do
            let value = pending.Peek()

            match sources.Constants[value] with
            | _ when cutting.Knows value -> pending.Pop() |> ignore
            | Some constant -> cutting.AddConstant value constant
            | None ->
                let node = Option.get sources.Producers[value]

                let missing =
                    node.Operands |> Array.map index |> Array.filter (cutting.Knows >> not)

                if missing.Length > 0 then
                    missing |> Array.rev |> Array.iter pending.Push
                else
                    cutting.AddStep value node

        cutting.Result value

    let private isNormalization (op, _) =
        match op with
        | Op.BatchNormalization _ -> true
        | _ -> false

    let private parameter operand =
        match operand with
        | RegionOperand.Constant tensor -> tensor
        | RegionOperand.Source
        | RegionOperand.Step _ -> invalidOp "the parameters of a normalization are constants"

    /// Factor and offset of a normalization, as constants of a region of this rank.
    let private normalizing epsilon rank (operands: RegionOperand[]) =
        let parameters = operands |> Array.skip 1 |> Array.map parameter
        let factor, offset = normalization epsilon rank parameters
        let constant = cast parameters[0].Element >> RegionOperand.Constant
        constant factor, constant offset

    /// The same region with normalizations as a product and a sum, which work element by element.
    let expanded (region: Region) : Region =
        let steps = List<FloatOp * RegionOperand[]>()
        let places = List<int>()

        let moved operand =
            match operand with
            | RegionOperand.Step earlier -> RegionOperand.Step places[earlier]
            | other -> other

        let visit (op, operands) =
            match op with
            | Op.BatchNormalization epsilon ->
                let factor, offset = normalizing epsilon region.Shape.Length operands
                steps.Add((Op.Binary Binary.Mul, [| moved operands[0]; factor |]))
                steps.Add((Op.Binary Binary.Add, [| RegionOperand.Step(steps.Count - 1); offset |]))
            | op -> steps.Add((op, Array.map moved operands))

            places.Add(steps.Count - 1)

        if Array.exists isNormalization region.Steps then
            region.Steps |> Array.iter visit
            { region with Steps = steps.ToArray() }
        else
            region

    /// x + amounts, which broadcast to the shape.
    let plus real shape (amounts: Tensor) : Region =
        {
            Steps =
                [|
                    Op.Binary Binary.Add, [| RegionOperand.Source; RegionOperand.Constant(cast real amounts) |]
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

    /// A real value as a real number of another element type; whole numbers and truth values stay as they are.
    let entering (real: Element) (source: Tensor) : Tensor =
        if source.Element <> real && Element.isFloat source.Element && Element.isFloat real then
            cast real source
        else
            source

    /// Runs the subgraph's operations on a whole value, which enters in the region's element type.
    let whole (region: Region) (source: Tensor) : Tensor =
        source |> entering region.Real |> evaluate id region

    /// Runs the subgraph's operations on `source` [rows, elements.Length]: column i holds values of element `elements[i]`.
    let run (region: Region) (elements: int[]) (source: Tensor) : float[] =
        let region = expanded region

        evaluate (pick region.Shape elements) region source |> Tensor.toFloat64s

    /// The same for float64 values, which enter in the source's element type.
    let apply (region: Region) (elements: int[]) (rows: int) (values: float[]) : float[] =
        let shape = [| rows; elements.Length |]
        run region elements (cast region.Real (Tensor.ofFloat64 shape values))
