namespace ConcreteMl.Compiler.Core.Circuit

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe.Programs

/// Numbers constants and tables; equal ones once.
type private Pool() =
    let constants = List<int64[]>()
    let constantIds = Dictionary<Tensor, int>()
    let tables = List<TableSet>()
    let tableIds = Dictionary<struct (Tensor * int), int>()

    member _.Constants = constants
    member _.Tables = tables

    /// The number of a constant with these integers; shapes do not matter.
    member _.Constant(values: int64[]) =
        let key = Tensor.ofInt64 [| values.Length |] values

        match constantIds.TryGetValue key with
        | true, id -> id
        | false, _ ->
            constants.Add values
            constantIds.Add(key, constants.Count - 1)
            constants.Count - 1

    /// The number of a table set with these entries and result width.
    member _.Table(table: Table, inputBits, outputBits) =
        let entries = Tensor.toInt64s table.Entries
        let key = struct (Tensor.ofInt64 table.Entries.Shape entries, outputBits)

        match tableIds.TryGetValue key with
        | true, id -> id
        | false, _ ->
            tables.Add(TableSet(inputBits, outputBits, entries, table.Function))
            tableIds.Add(key, tables.Count - 1)
            tables.Count - 1

/// Circuit to flat program: movement operations become strided views; values keep their numbers.
[<RequireQualifiedAccess>]
module Emit =

    let private repeated (tensor: Tensor) (shape: int[]) =
        let values = Tensor.toFloat64s tensor

        Layout.offsets shape (Shape.broadcastStrides tensor.Shape shape)
        |> Array.map (fun offset -> values[offset])

    let private coding (coding: Coding) =
        // What is said element by element shares one shape; verified codings broadcast to the port's.
        let shape =
            Option.toList coding.Beyond
            |> List.fold
                (fun shape (beyond: Tensor) -> Shape.tryBroadcast shape beyond.Shape |> Option.defaultValue shape)
                (Shape.tryBroadcast coding.Scale.Shape coding.Zero.Shape
                 |> Option.defaultValue coding.Scale.Shape)

        ProgramCoding(
            repeated coding.Scale shape,
            repeated coding.Zero shape,
            shape,
            coding.Low,
            coding.High,
            RealElements.ofElement coding.Real,
            RealElements.ofRounding coding.Rounding,
            coding.Beyond
            |> Option.map (fun beyond -> repeated beyond shape)
            |> Option.defaultValue [||]
        )

    let private port (port: Port) =
        let (ValueId value) = port.Value

        match port.Coding with
        | Some own -> ProgramPort(port.Name, value, coding own)
        | None -> invalidArg (nameof port) $"port {port.Name} has no coding"

    let private origin (origin: Origin) = String.concat " " origin

    let private view (move: Move) result operand operandShape resultShape name : Instruction =
        match Moves.source move operandShape resultShape with
        | Source.Strided view -> View(result, operand, int64 view.Offset, Array.map int64 view.Strides, name)
        | Source.Listed _ -> invalidArg (nameof move) $"{move} is no view"

    let private linear (pool: Pool) (linear: Linear) result (operands: int[]) operandShape resultShape name : Instruction =
        let operand = operands[0]
        let constant (tensor: Tensor) = pool.Constant(Tensor.toInt64s tensor)

        match linear with
        | Linear.MatMul weights -> MatMul(result, operand, constant weights, weights.Shape, name)
        | Linear.Conv(weights, g, group) ->
            Conv(result, operand, constant weights, weights.Shape, g.Strides, g.Dilations, g.PadsBegin, g.PadsEnd, group, name)
        | Linear.SumPool(kernel, g) -> SumPool(result, operand, kernel, g.Strides, g.Dilations, g.PadsBegin, g.PadsEnd, name)
        | Linear.ReduceSum(axes, keep) -> ReduceSum(result, operand, axes, keep, name)
        | Linear.Combine multipliers -> Combine(result, operands, multipliers, name)
        | Linear.Scale factors -> Scale(result, operand, constant factors, factors.Shape, name)
        | Linear.Shift offsets -> Shift(result, operand, constant offsets, offsets.Shape, name)
        | Linear.Concat axis -> Concat(result, operands, axis, name)
        | Linear.Move(Move.Pad(before, after)) -> Pad(result, operand, before, after, name)
        | Linear.Move(Move.Gather(axis, indices)) -> Gather(result, operand, axis, constant indices, name)
        | Linear.Move(Move.Reshape _ | Move.Transpose _ | Move.Slice _ | Move.Broadcast _ as move) ->
            view move result operand operandShape resultShape name

    let private classOf (plan: LookupPlan option) =
        plan |> Option.bind _.Class |> Option.defaultValue 0

    let private lookup (pool: Pool) (graph: Graph) (node: Node<Op>) (table, result) plan =
        let (ValueId operand), (ValueId number) = node.Operands[0], result
        let bits = (graph.TypeOf node.Operands[0]).Bits
        let set = pool.Table(table, bits, (graph.TypeOf result).Bits)
        let index = pool.Constant(Tensor.toInt64s table.Index)
        Lookup(number, operand, set, index, table.Index.Shape, classOf plan, origin node.Origin)

    let private lookups pool graph (node: Node<Op>) tables plan =
        Array.zip tables node.Results
        |> Array.map (fun one -> lookup pool graph node one plan)

    let private digits drop plan =
        Digits.ofPlan drop plan
        |> Array.map (fun digit -> RoundingDigit(digit.Bits, Option.defaultValue 0 digit.Class))

    let private instruction (pool: Pool) (graph: Graph) (node: Node<Op>) : Instruction =
        let number (ValueId value) = value
        let result = number node.Results[0]
        let resultType = graph.TypeOf node.Results[0]
        let operands = Array.map number node.Operands
        let name = origin node.Origin

        match node.Op with
        | Op.Linear operation -> linear pool operation result operands (graph.TypeOf node.Operands[0]).Shape resultType.Shape name
        | Op.Lookup(table, plan) -> lookup pool graph node (table, node.Results[0]) plan
        | Op.LookupMany(tables, plan) -> LookupMany(lookups pool graph node tables plan, name)
        | Op.Round(drop, RoundingMethod.Exact, plan) -> RoundExact(result, operands[0], digits drop plan, name, Residues = operands[1..])
        | Op.Round(drop, RoundingMethod.Approximate, _) -> RoundApproximate(result, operands[0], drop, name)
        | Op.Reencode -> Reencode(result, operands[0], name)
        | Op.Constant tensor -> Constant(result, pool.Constant(Tensor.toInt64s tensor), name)

    let private valueOrigins (graph: Graph) =
        let names = Array.create graph.Types.Length ""

        for port in graph.Inputs do
            let (ValueId value) = port.Value
            names[value] <- port.Name

        for node in graph.Nodes do
            for ValueId value in node.Results do
                names[value] <- origin node.Origin

        names

    /// The program of a verified circuit; `parameters` None makes one that runs in clear only.
    let program (parameters: ConcreteMl.Tfhe.ParameterSet option) (graph: Graph) : TfheProgram =
        let pool = Pool()
        let names = valueOrigins graph

        let values =
            graph.Types
            |> Array.mapi (fun value t -> ProgramValue(t.Shape, t.Bits, 0, names[value], Codes = t.Codes))

        let instructions = graph.Nodes |> Array.map (instruction pool graph)

        TfheProgram(
            graph.Name,
            Option.toObj parameters,
            Array.map port graph.Inputs,
            Array.map port graph.Outputs,
            values,
            instructions,
            pool.Constants.ToArray(),
            pool.Tables.ToArray()
        )

    /// The program of a verified circuit with the parameters that its attributes hold; one that runs in clear only without them.
    let run (graph: Graph) : TfheProgram =
        program (ParameterText.tryRead graph |> Option.map ChosenParameters.parameterSet) graph
