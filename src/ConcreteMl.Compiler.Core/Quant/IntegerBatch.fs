namespace ConcreteMl.Compiler.Core.Quant

open ConcreteMl.Compiler.Core.Base

/// The codes of one tensor for many samples: element e of sample l lies at Data[e · Lanes + l].
type IntegerBatch =
    {
        /// The shape of one sample.
        Shape: int[]
        Lanes: int
        Data: int64[]
    }

[<RequireQualifiedAccess>]
module IntegerBatch =

    let zeros (shape: int[]) lanes =
        {
            Shape = shape
            Lanes = lanes
            Data = Array.zeroCreate (Shape.count shape * lanes)
        }

    /// Joins samples of one shape.
    let ofSamples (shape: int[]) (samples: int64[][]) =
        let lanes = samples.Length
        let batch = zeros shape lanes

        samples
        |> Array.iteri (fun lane sample ->
            sample
            |> Array.iteri (fun element code -> batch.Data[element * lanes + lane] <- code))

        batch

    /// The codes of one sample.
    let sample lane (batch: IntegerBatch) =
        Array.init (Shape.count batch.Shape) (fun element -> batch.Data[element * batch.Lanes + lane])

    /// The same codes for every sample.
    let constant (tensor: Tensor) lanes =
        let codes = Tensor.toInt64s tensor

        {
            Shape = tensor.Shape
            Lanes = lanes
            Data = Array.init (codes.Length * lanes) (fun index -> codes[index / lanes])
        }

    /// The lowest and the highest code; (0, 0) for an empty batch.
    let range (batch: IntegerBatch) =
        if batch.Data.Length = 0 then
            0L, 0L
        else
            Array.min batch.Data, Array.max batch.Data
