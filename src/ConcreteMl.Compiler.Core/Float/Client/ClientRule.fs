namespace ConcreteMl.Compiler.Core.Float.Client

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// What the client may do itself: the one place that says it, with its reasons (docs/decisions/compiler.md, "client parts"). Weights stay with
/// the server: no product of matrices, no convolution, no pooling window, and no constant that is larger than the value it meets.
[<RequireQualifiedAccess>]
module ClientRule =

    /// The most numbers that the constants of one operation may hold: 32 KB, so that a client half stays one of kilobytes. A layer's weights
    /// have more, as a rule; scales, offsets, replacements, categories and labels have less.
    let mostParameters = 4096

    /// The most values that are decrypted for the sake of sums behind them. A sum by itself costs nothing in the circuit and sends
    /// less, but what it adds up may be thousands of lookups (the comparisons of a TopK, a softmax's exponentials). The scores of a
    /// thousand classes are the largest head that is common, and some megabytes; feature maps of hundreds of thousands are gigabytes.
    let mostSummed = 1024

    /// How an operation takes part.
    [<RequireQualifiedAccess>]
    type Role =
        /// Computes something that would take lookups on encrypted data.
        | Work
        /// Sums along axes, which cost nothing on encrypted data: the client's only where few values are sent for it.
        | Sum
        /// Moves values, which costs nothing on either side.
        | Movement
        /// The server's.
        | Never

    let private function_ (unary: Unary) =
        match unary with
        // The client has no error function: a few hundred lines for what stands within networks alone.
        | Unary.Erf
        | Unary.Gelu false
        // Nor has it bits of floats, nor formats of 4 and 8 bits.
        | Unary.BitCast _
        | Unary.ToSmallFloat _ -> Role.Never
        | _ -> Role.Work

    /// The role of an operation by itself.
    let role (op: Op) : Role =
        match op with
        | Op.Unary unary -> function_ unary
        | Op.Binary(Binary.BitAnd | Binary.BitOr | Binary.BitXor | Binary.ShiftLeft | Binary.ShiftRight) -> Role.Never
        | Op.Binary _
        | Op.Clip _
        | Op.Where
        | Op.ArgMax _ -> Role.Work
        | Op.ReduceSum _ -> Role.Sum
        | Op.Concat _
        | Op.Reshape _
        | Op.Flatten _
        | Op.Transpose _
        | Op.Squeeze
        | Op.Unsqueeze
        | Op.Slice
        | Op.Gather _
        | Op.Expand -> Role.Movement
        | Op.Constant _
        | Op.Gemm _
        | Op.MatMul
        | Op.Conv _
        | Op.AveragePool _
        | Op.MaxPool _
        | Op.BatchNormalization _
        | Op.Pad _
        | Op.Shape _
        | Op.ConstantOfShape _
        | Op.Quant _ -> Role.Never

    /// What is known of a node's operand.
    type Operand =
        {
            /// None for what depends on an input.
            Constant: Tensor option
            Shape: int[]
        }

    let private count (operand: Operand) = Shape.count operand.Shape

    let private isOrder (op: Op) =
        match op with
        | Op.Binary(Binary.Greater | Binary.GreaterOrEqual | Binary.Less | Binary.LessOrEqual) -> true
        | _ -> false

    /// Constants that meet values element by element are no larger than these: otherwise they would be a matrix of weights (the points
    /// that a distance is measured to). Two exceptions: the categories of a one-hot encoding, which Equal compares with; and the
    /// thresholds of comparisons, of which there is one: several are a decision tree's.
    let private fits (op: Op) (operands: Operand list) =
        let values = operands |> List.filter _.Constant.IsNone
        let constants = operands |> List.filter _.Constant.IsSome
        let largest = values |> List.map count |> List.fold max 0

        match op, constants with
        | _, [] -> true
        | Op.Binary Binary.Equal, _ -> true
        | _ when isOrder op -> constants |> List.forall (fun one -> count one = 1)
        | _ ->
            let shape = operands |> List.map _.Shape |> Strided.commonShape

            Shape.count shape <= largest
            && constants |> List.forall (fun one -> count one <= largest)

    /// Labels are looked up by position: distinct numbers. Values that repeat are what a model has learned, such as its samples' labels.
    let private areLabels (table: Tensor) =
        let numbers = Tensor.toFloat64s table
        table.Rank = 1 && (Array.distinct numbers).Length = numbers.Length

    /// Whether the client may compute a node with these operands.
    let allows (op: Op) (operands: Operand list) : bool =
        let parameters =
            operands |> List.choose _.Constant |> List.sumBy (fun tensor -> tensor.Count)

        match role op, op, operands with
        | Role.Never, _, _ -> false
        | _ when parameters > mostParameters -> false
        | Role.Work, Op.ArgMax _, _ -> true
        | Role.Work, _, _ -> fits op operands
        | _, Op.Gather _, [ { Constant = Some table }; { Constant = None } ] -> areLabels table
        | _, Op.Concat _, _ -> operands |> List.forall (fun one -> one.Constant.IsNone)
        | _, _, first :: rest -> first.Constant.IsNone && rest |> List.forall _.Constant.IsSome
        | _, _, [] -> false
