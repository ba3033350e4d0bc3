namespace ConcreteMl.Compiler.Core.Tools

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// What a node of the quantized stage computes on samples, beside the float value of the same node.
type LayerError =
    {
        /// The node, or the nodes that were merged.
        Place: string
        Shape: int[]
        /// The widest signed code of the node's values.
        Bits: int
        /// Lowest and highest code of the node's result in calibration, or by construction.
        Calibrated: int64 * int64
        /// Lowest and highest code of it on the samples.
        Met: int64 * int64
        /// How many codes of the node's values lie beyond the range of their calibration.
        Beyond: int64
        /// Mean absolute difference to the float value over that value's deviation; None without a float value of as many elements, or
        /// where there are too few samples to tell what the codes mean.
        Error: float option
        /// Whether the codes' meaning is the one that the graph states. Elsewhere it is the best straight line of each element, so that
        /// a common gain or offset is no error.
        IsStated: bool
    }

/// Errors layer by layer: where a quantized model loses what its outputs miss.
[<RequireQualifiedAccess>]
module LayerErrors =

    // A straight line has two unknowns; from eight samples on what it hides is less than the error's own spread.
    let private fewest = 8

    let private uniform (meaning: Uniform) (shape: int[]) (element: int) (code: float) =
        let channel =
            match meaning.Axis with
            | Some axis -> element / Shape.count shape[axis + 1 ..] % shape[axis]
            | None -> 0

        meaning.Scales[channel] * (code - float meaning.Zeros[channel])

    /// Sum of absolute differences and their number; what is not finite in float is left out.
    let private stated meaning (value: SeenValue) (real: SeenValue) =
        Seq.zip value.Samples real.Samples
        |> Seq.collect (fun (codes, reals) ->
            Seq.zip codes reals
            |> Seq.mapi (fun element (code, wanted) -> abs (uniform meaning value.Shape element code - wanted)))
        |> Seq.filter Double.IsFinite
        |> Seq.fold (fun (sum, count) apart -> sum + apart, count + 1) (0.0, 0)

    /// The same with the best straight line through the samples of each element; as it has two unknowns, what is left of n samples is
    /// √(n / (n − 2)) times as large on others.
    let private fitted (value: SeenValue) (real: SeenValue) =
        let one element =
            let pairs =
                Array.zip value.Samples real.Samples
                |> Array.map (fun (codes, reals) -> Array.item element codes, Array.item element reals)
                |> Array.filter (snd >> Double.IsFinite)

            let count = pairs.Length

            if count < fewest then
                0.0, 0
            else
                let code, wanted = Array.averageBy fst pairs, Array.averageBy snd pairs
                let spread = pairs |> Array.sumBy (fun (x, _) -> (x - code) * (x - code))

                let together = pairs |> Array.sumBy (fun (x, y) -> (x - code) * (y - wanted))

                let slope = if spread > 0.0 then together / spread else 0.0

                let apart =
                    pairs |> Array.sumBy (fun (x, y) -> abs (y - wanted - slope * (x - code)))

                apart * sqrt (float count / float (count - 2)), count

        Seq.init (Shape.count value.Shape) one
        |> Seq.fold (fun (sum, count) (apart, samples) -> sum + apart, count + samples) (0.0, 0)

    let private deviation (real: SeenValue) =
        let values = real.Samples |> Array.concat |> Array.filter Double.IsFinite

        if values.Length = 0 then
            0.0
        else
            let mean = Array.average values
            sqrt (values |> Array.averageBy (fun value -> (value - mean) * (value - mean)))

    let private errorOf meaning (value: SeenValue) (real: SeenValue) =
        let sum, count =
            match meaning with
            | Some meaning -> stated meaning value real
            | None -> fitted value real

        match deviation real with
        | spread when count > 0 && spread > 0.0 -> Some(sum / float count / spread)
        | _ when count > 0 && sum = 0.0 -> Some 0.0
        | _ -> None

    let private extremes (value: SeenValue) =
        value.Samples
        |> Seq.concat
        |> Seq.fold (fun (low, high) code -> min low (int64 code), max high (int64 code)) (Int64.MaxValue, Int64.MinValue)

    let private beyond (low: int64, high: int64) (value: SeenValue) =
        value.Samples
        |> Seq.concat
        |> Seq.filter (fun code -> int64 code < low || int64 code > high)
        |> Seq.length
        |> int64

    let private layer (reals: Map<string, SeenValue list>) (place: string, values: (ValueType * SeenValue) list) =
        let last, seen = List.last values

        // what merged nodes give is the value of the last of them
        let names = [ place; place.Split(", ") |> Array.last ]

        let counterpart =
            names
            |> List.tryPick (fun name ->
                Map.tryFind name reals
                |> Option.bind (List.tryFindBack (fun real -> Shape.count real.Shape = Shape.count seen.Shape)))

        {
            Place = place
            Shape = seen.Shape
            Bits = values |> List.map (fun (kind, _) -> kind.Bits) |> List.max
            Calibrated = last.Range
            Met = extremes seen
            Beyond = values |> List.sumBy (fun (kind, value) -> beyond kind.Range value)
            Error = counterpart |> Option.bind (errorOf last.Uniform seen)
            IsStated = last.Uniform.IsSome
        }

    /// The nodes of a quantized graph on samples of the file's inputs, in order; `float` is the same model's float stage.
    let run (float: Stage) (quant: Quant.Graph) (samples: Tensor list list) : LayerError list =
        let stage = Stage.Quant quant
        let entered = samples |> List.map (Float.Client.ClientParts.enter stage.ClientParts)

        match Interpret.run float samples None, Interpret.run stage entered None with
        | Some real, Some met ->
            let reals = real.Values |> List.groupBy _.Place |> Map.ofList

            let types =
                [
                    for node in quant.Nodes do
                        for value in node.Results -> quant.TypeOf value
                ]

            List.zip types met.Values
            |> List.groupBy (fun (_, value) -> value.Place)
            |> List.map (layer reals)
        | _ -> []
