/// How the function of a lookup is spelled: a region of operations of the float stage.
module internal ConcreteMl.Compiler.Core.Planned.RegionSyntax

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Float

let private floats = Syntax.syntax

let private mlirType (valueType: ValueType) = floats.Types.Write valueType |> fst

/// The result's type; the argument's where the operation does not tell.
let private inferred op (argument: ValueType) (operands: Operand list) : ValueType =
    match TypeInference.infer op operands with
    | Ok(found :: _) -> found
    | Ok []
    | Error _ -> argument

let private spelled (op: Op) =
    floats.Cases
    |> List.tryPick (fun case -> case.Write op |> Option.map (fun attributes -> case.Mnemonic, attributes))
    |> Option.defaultWith (fun () -> invalidOp $"the float stage has no spelling for {op}")

let private nowhere: Position = { Line = 0; Column = 0 }

let private operation name attributes (operands: (string * ValueType) list) (result: (string * ValueType) option) : Operation =
    {
        At = nowhere
        Results = result |> Option.map fst |> Option.toList
        Name = name
        Operands = operands |> List.map (fun (name, _) -> { Value = name; At = nowhere })
        Blocks = []
        Attributes =
            attributes
            |> List.map (fun (name, value) ->
                {
                    Name = name
                    Value = value
                    At = nowhere
                })
        OperandTypes = operands |> List.map (snd >> mlirType)
        ResultTypes = result |> Option.map (snd >> mlirType) |> Option.toList
        Location = Location.Unknown
    }

/// Lines of a region as they are written: steps and constants in the order in which they are met.
type private Lines(argument: ValueType) =
    let lines = List<Operation>()
    let steps = List<string * ValueType>()

    member _.Operations = List.ofSeq lines

    /// The name and type of an operand, with its value where that is constant.
    member _.Operand item =
        match item with
        | RegionOperand.Source -> ("x", argument), None
        | RegionOperand.Step earlier -> steps[earlier], None
        | RegionOperand.Constant tensor ->
            let named = $"c{lines.Count}", ValueType.ofTensor tensor
            lines.Add(operation "float.constant" [ "value", Attr.Tensor tensor ] [] (Some named))
            named, Some(lazy tensor)

    member this.Step op (items: RegionOperand[]) =
        let operands = items |> Array.map this.Operand |> List.ofArray

        let result =
            operands
            |> List.map (fun ((_, valueType), value) -> { Type = valueType; Value = value })
            |> inferred op argument

        let mnemonic, attributes = spelled op
        let named = $"s{steps.Count}", result
        lines.Add(operation mnemonic attributes (List.map fst operands) (Some named))
        steps.Add named

    /// The last step is the result; without one the argument is.
    member _.Yield() =
        let last =
            if steps.Count = 0 then
                "x", argument
            else
                steps[steps.Count - 1]

        lines.Add(operation "planned.yield" [] [ last ] None)

let private print (region: Region) : Block =
    let argument: ValueType =
        {
            Element = region.Real
            Dims = Some(region.Shape |> Array.map Dim.Known)
        }

    let lines = Lines argument
    region.Steps |> Array.iter (fun (op, items) -> lines.Step op items)
    lines.Yield()

    {
        Arguments =
            [
                {
                    At = nowhere
                    Name = "x"
                    Type = mlirType argument
                    Location = Location.Unknown
                }
            ]
        Operations = lines.Operations
    }

/// What a line defines; None when something is wrong with it, which is reported.
let private readOp (reader: AttrReader) (operation: Operation) : Op option =
    match floats.Cases |> List.tryFind (fun case -> case.Mnemonic = operation.Name) with
    | None ->
        reader.Error(
            "CML9002",
            operation.At,
            $"operation \"{operation.Name}\" is not known",
            "an element-wise operation of the float stage"
        )

        None
    | Some case ->
        let inner = reader.Inner operation
        let op = case.Read inner
        inner.Finish()
        op

let private operands (reader: AttrReader) (known: Dictionary<string, RegionOperand>) (operation: Operation) =
    let one (operand: Use) =
        match known.TryGetValue operand.Value with
        | true, found -> Some found
        | false, _ ->
            reader.Error(
                "CML9005",
                operand.At,
                $"%%{operand.Value} is not defined above this line",
                "a value of an earlier line of the region"
            )

            None

    let found = operation.Operands |> List.map one

    if List.forall Option.isSome found then
        Some(found |> List.map Option.get |> Array.ofList)
    else
        None

let private argument (reader: AttrReader) (block: Block) =
    let refuse at =
        reader.Error("CML9010", at, "the region does not begin with one tensor of static shape", "^bb0(%x: tensor<1x8xf32>):")
        None

    match block.Arguments with
    | [ argument ] ->
        match argument.Type with
        | MlirType.Tensor(Some dims, element) when Array.forall Option.isSome dims ->
            match MlirType.tryElement element with
            | Some real -> Some(argument.Name, real, dims |> Array.map Option.get)
            | None -> refuse argument.At
        | _ -> refuse argument.At
    | _ -> refuse reader.At

let private step (reader: AttrReader) (known: Dictionary<string, RegionOperand>) (steps: List<_>) (operation: Operation) : bool =
    match readOp reader operation, operands reader known operation, operation.Results with
    | Some(Op.Constant tensor), Some [||], [ name ] ->
        known[name] <- RegionOperand.Constant tensor
        true
    | Some op, Some operands, [ name ] ->
        steps.Add((op, operands))
        known[name] <- RegionOperand.Step(steps.Count - 1)
        true
    | _ ->
        // What the line defines counts as known: its readers are not at fault.
        for name in operation.Results do
            known[name] <- RegionOperand.Source

        false

/// The steps that operations spell, where they are sound and `last` gives the result of the last of them.
let private trySteps (reader: AttrReader) (name: string) (body: Operation list) (last: Operation) : (Op * RegionOperand[])[] option =
    let known = Dictionary<string, RegionOperand>()
    let steps = List<Op * RegionOperand[]>()
    known[name] <- RegionOperand.Source

    // every operation is read, so that all findings are told
    let sound = body |> List.map (step reader known steps) |> List.forall id

    let expected =
        if steps.Count = 0 then
            RegionOperand.Source
        else
            RegionOperand.Step(steps.Count - 1)

    match sound, operands reader known last with
    | true, Some [| found |] when found.Equals expected -> Some(steps.ToArray())
    | true, Some _ ->
        reader.Error("CML9010", last.At, "the region does not give its last value", "the last operation's result")
        None
    | _ -> None

let private parse (reader: AttrReader) (block: Block) : Region option =
    match argument reader block, List.tryLast block.Operations with
    | None, _ -> None
    | Some(name, real, shape), Some last when last.Name = "planned.yield" ->
        trySteps reader name (List.take (block.Operations.Length - 1) block.Operations) last
        |> Option.map (fun steps ->
            {
                Steps = steps
                Real = real
                Shape = shape
                Function = ""
            })
    | _ ->
        reader.Error("CML9010", reader.At, "the region does not end with its result", "\"planned.yield\" as the last operation")
        None

/// Regions as they are written and read.
let syntax: RegionSyntax<Region> = { Print = print; Parse = parse }
