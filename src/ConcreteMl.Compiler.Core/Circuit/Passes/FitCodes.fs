namespace ConcreteMl.Compiler.Core.Circuit.Passes

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Tfhe

/// Gives encodings room for the codes that their lookups read, where these are fewer than their width has: with 260 codes in half a turn where
/// 512 would fit, boxes are nearly twice as wide, and lookups bear nearly four times the variance. Outputs are decoded over the whole turn, so
/// half of one has room for the largest code that any input can bring. Values that linear operations connect share a step; what is rounded or
/// re-encoded keeps whole widths.
[<RequireQualifiedAccess>]
module FitCodes =

    /// What the pass is called.
    let Name = "fit-codes"

    /// From ten bits on operands may be read bit by bit, which takes whole widths of operands and results and is faster (10 bits, two levels: 32 ms
    /// on two cores where a rotation with 760 codes takes 70).
    let private widest = 9

    /// Above this probability noise may leave boxes of fewer cells than encodings with other numbers of codes take.
    let private mostFailures = 1e-6

    /// Labels of values: equal for those that share a step.
    let private shared (graph: Graph) : int[] =
        let number (ValueId value) = value, 0

        graph.Nodes
        |> Seq.choose (fun node ->
            match node.Op with
            | Op.Linear _
            | Op.Reencode
            | Op.Round _ -> Some(Array.append node.Results node.Operands |> Array.map number)
            | Op.Lookup _
            | Op.LookupMany _
            | Op.Constant _ -> None)
        |> Merge.ofRelations graph.Types.Length

    let private isNarrow (graph: Graph) operand = (graph.TypeOf operand).Bits <= widest

    /// Values that keep a whole width, and with them all that share their step.
    let private whole (graph: Graph) : ValueId list =
        [
            for node in graph.Nodes do
                match node.Op with
                | Op.Round _
                | Op.Reencode -> yield! node.Results
                | Op.Lookup _
                | Op.LookupMany _ when not (isNarrow graph node.Operands[0]) -> yield! node.Results
                | Op.Lookup _
                | Op.LookupMany _
                | Op.Linear _
                | Op.Constant _ -> ()
        ]

    /// How many codes lookups read of an operand.
    let private reads (graph: Graph) operand (tables: Table[]) =
        if isNarrow graph operand && tables |> Array.forall _.Window.IsSome then
            2L * (tables |> Array.map _.Window.Value |> Array.max)
        else
            Int64.MaxValue

    /// Operands of lookups with the codes that are read of them.
    let private readings (graph: Graph) : (ValueId * int64) list =
        [
            for node in graph.Nodes do
                match node.Op with
                | Op.Lookup(table, _) -> node.Operands[0], reads graph node.Operands[0] [| table |]
                | Op.LookupMany(tables, _) -> node.Operands[0], reads graph node.Operands[0] tables
                | Op.Linear _
                | Op.Round _
                | Op.Reencode
                | Op.Constant _ -> ()
        ]

    /// The codes of half a turn, even, where a whole turn has room for a range.
    let private roomFor (low: int64, high: int64) =
        let above = max high -low + 1L
        above + above % 2L

    /// Outputs with the codes of half a turn that they need.
    let private leaving (graph: Graph) : (ValueId * int64) list =
        let worst = BitWidth.worst (QuantizedView.ofCircuit graph)

        [
            for port in graph.Outputs do
                let (ValueId value) = port.Value
                port.Value, roomFor worst[value]
        ]

    /// The encoding of a width with room for so many codes, where phases may be further off with it.
    let private fitted bits codes =
        let partial =
            TorusStep(bits, int (min codes (1L <<< min bits TorusStep.WidestPartial)))

        if partial.IsLegal && partial.Widening > 1.0 then
            partial.Codes
        else
            0

    /// The graph with room for the codes that lookups read.
    let run (options: ParameterOptions) (graph: Graph) : Graph =
        if ParameterOptions.boundOf options graph > mostFailures then
            graph
        else
            let shared = shared graph
            let most = Array.create shared.Length 0L

            let require (ValueId value) codes =
                most[shared[value]] <- max most[shared[value]] codes

            readings graph |> List.iter (fun (operand, codes) -> require operand codes)
            leaving graph |> List.iter (fun (value, codes) -> require value codes)
            whole graph |> List.iter (fun value -> require value Int64.MaxValue)

            let fit value (own: ValueType) =
                match most[shared[value]] with
                | 0L -> own // no lookup reads it, nor does it leave
                | codes ->
                    { own with
                        Codes = fitted own.Bits codes
                    }

            { graph with
                Types = Array.mapi fit graph.Types
            }
