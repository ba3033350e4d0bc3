namespace ConcreteMl.Compiler.Core.Planned

/// Calibration values of classes of elements, each of which gets one scale. Values are element by element, lane by lane.
[<RequireQualifiedAccess>]
module ClassSamples =

    let private membersOf (classes: Classes) lanes (values: float[]) : (int[] * float[]) list =
        [
            for elements in Partition.members classes do
                elements, Calibration.samplesOf lanes values elements
        ]

    let private spanOf (samples: float[]) =
        if Array.isEmpty samples then
            0.0
        else
            Array.max samples - Array.min samples

    /// The median span of the classes that vary; 0 where none does.
    let private usualSpan (members: (int[] * float[]) list) =
        let spans =
            members
            |> List.map (snd >> spanOf)
            |> List.filter (fun span -> span > 0.0)
            |> List.sort

        if spans.IsEmpty then 0.0 else spans[spans.Length / 2]

    /// The samples of each class. One that never varied, such as a unit that calibration never switched on, gets two more that span
    /// what classes usually do: unseen values may vary, and its scale must not count more than the others' where weights meet.
    let split (classes: Classes) lanes (values: float[]) : (int[] * float[]) list =
        let members = membersOf classes lanes values
        let usual = usualSpan members

        members
        |> List.map (fun (elements, own) ->
            if usual = 0.0 || spanOf own > 0.0 || own.Length = 0 then
                elements, own
            else
                elements, Array.append own [| own[0] - usual / 2.0; own[0] + usual / 2.0 |])

    /// Unseen values go further than calibration by so much of its range.
    let further = 0.05

    /// Two further samples per element of each class: its ends, further out (by half of the usual range where a class is constant),
    /// because unseen values go further than calibration and the client clips.
    let widened lanes (classes: Classes) (values: float[]) : float[] =
        let members = membersOf classes lanes values
        let usual = usualSpan members
        let result = Array.zeroCreate<float>(classes.Length * (lanes + 2))

        for elements, own in members do
            let low, high = Array.min own, Array.max own
            let beyond = if high > low then further * (high - low) else usual / 2.0

            for element in elements do
                Array.blit values (element * lanes) result (element * (lanes + 2)) lanes
                result[element * (lanes + 2) + lanes] <- low - beyond
                result[element * (lanes + 2) + lanes + 1] <- high + beyond

        result
