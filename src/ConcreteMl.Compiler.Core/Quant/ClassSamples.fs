namespace ConcreteMl.Compiler.Core.Quant.Planning

/// Calibration values of classes of elements, each of which gets one scale. Values are element by element, lane by lane.
[<RequireQualifiedAccess>]
module ClassSamples =

    let private spanOf (samples: float[]) =
        if Array.isEmpty samples then
            0.0
        else
            Array.max samples - Array.min samples

    /// The samples of each class. One that never varied, such as a unit that calibration never switched on, gets two more that span
    /// what classes usually do: unseen values may vary, and its scale must not count more than the others' where weights meet.
    let split (classes: Classes) lanes (values: float[]) : (int[] * float[]) list =
        let found =
            [
                for elements in Partition.members classes do
                    elements,
                    elements
                    |> Array.collect (fun element -> values[element * lanes .. (element + 1) * lanes - 1])
            ]

        let spans =
            found
            |> List.map (snd >> spanOf)
            |> List.filter (fun span -> span > 0.0)
            |> List.sort

        if spans.IsEmpty then
            found
        else
            let usual = spans[spans.Length / 2]

            found
            |> List.map (fun (elements, own) ->
                if spanOf own > 0.0 || own.Length = 0 then
                    elements, own
                else
                    elements, Array.append own [| own[0] - usual / 2.0; own[0] + usual / 2.0 |])

    /// Two further samples per element of each class: its ends, further out by a twentieth of its range (by half of the whole range where a
    /// class is constant), because unseen values go further than calibration and the client clips.
    let widened lanes (classes: Classes) (values: float[]) : float[] =
        let whole = Array.max values - Array.min values
        let result = Array.zeroCreate<float>(classes.Length * (lanes + 2))

        for elements in Partition.members classes do
            let own =
                elements
                |> Array.collect (fun element -> values[element * lanes .. (element + 1) * lanes - 1])

            let low, high = Array.min own, Array.max own
            let beyond = if high > low then 0.05 * (high - low) else whole / 2.0

            for element in elements do
                Array.blit values (element * lanes) result (element * (lanes + 2)) lanes
                result[element * (lanes + 2) + lanes] <- low - beyond
                result[element * (lanes + 2) + lanes + 1] <- high + beyond

        result
