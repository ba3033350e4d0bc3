namespace ConcreteMl.Compiler.Core.Planned

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// A quantizer as a file states it: real = Scale · (code − Zero), code in [Low, High].
type FileQuantizer =
    {
        /// One entry, or a tensor that broadcasts.
        Scale: Tensor
        Zero: Tensor
        Bits: int
        Low: int64
        High: int64
        Rounding: Rounding
    }

/// Reads the Quant nodes of quantization-aware training.
[<RequireQualifiedAccess>]
module FileQuantizers =

    open ConcreteMl.Compiler.Core.Float

    /// More bits than this are no quantizer for encrypted data.
    let private most = 16

    /// What keeps these scale, zero point and bit widths from making a quantizer.
    let private tryWrong (scale: Tensor) (zero: Tensor) (widths: float[]) =
        let width = widths[0]
        let isScale value = Double.IsFinite value && value > 0.0

        if
            widths.Length <> 1
            || width <> Math.Round width
            || width < 1.0
            || width > float most
        then
            Some $"a bit width of {width}, expected one whole number from 1 to {most}"
        elif not (Tensor.toFloat64s scale |> Array.forall isScale) then
            Some "a scale that is not positive"
        elif Tensor.toFloat64s zero |> Array.exists (fun value -> value <> Math.Round value) then
            Some "a zero point that is no whole number"
        else
            None

    /// The quantizer of a Quant operation with these scale, zero point and bit width; a reason where they make none.
    let read (quant: FakeQuant) (scale: Tensor) (zero: Tensor) (bits: Tensor) : Result<FileQuantizer, string> =
        let widths = Tensor.toFloat64s bits |> Array.distinct

        match tryWrong scale zero widths with
        | Some reason -> Error reason
        | None ->
            let low, high = EvalQuant.range quant widths[0]

            Ok
                {
                    Scale = scale
                    Zero = zero
                    Bits = int widths[0]
                    Low = int64 low
                    High = int64 high
                    Rounding = EvalQuant.rounding quant
                }

    /// The quantizer in which a region ends.
    let ofRegion (region: Region) : Result<FileQuantizer, string> option =
        match Array.tryLast region.Steps with
        | Some(Op.Quant quant, [| _; RegionOperand.Constant scale; RegionOperand.Constant zero; RegionOperand.Constant bits |]) ->
            Some(read quant scale zero bits)
        | _ -> None

    /// A region without its first step, of whose operand the others are.
    let private behindFirst (region: Region) =
        let earlier operand =
            match operand with
            | RegionOperand.Step 0 -> RegionOperand.Source
            | RegionOperand.Step step -> RegionOperand.Step(step - 1)
            | other -> other

        { region with
            Steps =
                region.Steps[1..]
                |> Array.map (fun (op, operands) -> op, Array.map earlier operands)
        }

    /// The quantizer with which a region begins, where nothing else in it reads the source, and the region without it.
    let leading (region: Region) : (FileQuantizer * Region) option =
        let readsSource (_, operands) =
            operands |> Array.contains RegionOperand.Source

        match Array.tryHead region.Steps with
        | Some(Op.Quant quant,
               [| RegionOperand.Source; RegionOperand.Constant scale; RegionOperand.Constant zero; RegionOperand.Constant bits |]) when
            not (region.Steps[1..] |> Array.exists readsSource)
            ->
            match read quant scale zero bits with
            | Ok quantizer -> Some(quantizer, behindFirst region)
            | Error _ -> None
        | _ -> None

    /// Whether the client can do it exactly on centred codes: roundings that look at the sign need 0 to stay 0.
    let isForClient (quantizer: FileQuantizer) =
        quantizer.Scale.Count = 1
        && quantizer.Zero.Count = 1
        && (match quantizer.Rounding with
            | Rounding.HalfEven
            | Rounding.Floor
            | Rounding.Ceiling -> true
            | _ -> Tensor.toFloat64s quantizer.Zero = [| 0.0 |])

    /// Codes are stored centred, so that they fill the signed range: the code that stands for 0 of the stored ones.
    let centre (quantizer: FileQuantizer) =
        (quantizer.Low + quantizer.High + 1L) / 2L

    let private broadcast (shape: int[]) (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor

        if tensor.Count = 1 then
            Array.create (Shape.count shape) values[0]
        else
            Moves.broadcast tensor.Shape shape |> Array.map (fun element -> values[element])

    /// The meaning of the stored (centred) codes of every element.
    let steps (quantizer: FileQuantizer) (shape: int[]) : Step[] =
        let scales, zeros = broadcast shape quantizer.Scale, broadcast shape quantizer.Zero
        let centre = float (centre quantizer)

        Array.map2
            (fun scale zero ->
                {
                    Step.Scale = scale
                    Offset = scale * (centre - zero)
                })
            scales
            zeros

    /// The stored code of a real value on the quantizer's grid.
    let code (quantizer: FileQuantizer) (step: Step) (value: float) : int64 =
        let centre = centre quantizer
        let nearest = Math.Round((value - step.Offset) / step.Scale)

        if Double.IsNaN nearest then
            quantizer.Low - centre
        else
            int64 (Math.Clamp(nearest, float (quantizer.Low - centre), float (quantizer.High - centre)))

    /// The largest step of which all values are whole multiples (at most `limit` times), for weights stored without a quantizer.
    let commonStep limit (values: float[]) : float option =
        let sizes =
            values
            |> Array.map abs
            |> Array.filter (fun value -> value > 0.0)
            |> Array.distinct
            |> Array.sort

        if sizes.Length = 0 then
            Some 1.0
        else
            let whole step value =
                let count = value / step
                count <= float limit && abs (count - Math.Round count) < 1e-3

            Seq.init limit (fun part -> sizes[0] / float (part + 1))
            |> Seq.tryFind (fun step -> Array.forall (whole step) sizes)
            |> Option.map (fun step ->
                let largest = sizes[sizes.Length - 1]
                largest / Math.Round(largest / step))
