namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Sums need operands with scales in whole ratios: multipliers where there are such, and lookups that only rescale where there are not.
[<RequireQualifiedAccess>]
module Rescales =

    /// The last resort where scales cannot agree: a lookup that only changes them.
    let private rescaled (conversion: Conversion) planned (scale: (Emitted -> Step[])) : Emitted =
        let bits = conversion.Options.OpInputs
        let x = Option.get conversion.Emitted[planned]
        let node = conversion.Plan.Nodes[planned]

        let identity = Region.identity Element.Float64 x.Batch.Shape
        let steps = scale x

        Lookups.emit conversion false planned identity steps (ScaleSearch.codes bits) node.Origin

    /// The reals that an element's codes stand for over calibration.
    let private realsOf (x: Emitted) lanes element =
        Array.init lanes (fun lane ->
            x.Scale[element] * float x.Batch.Data[element * lanes + lane]
            + x.Offset[element])

    /// One step for all elements of each class, from the codes' own real values; scale 0 where they never vary.
    let private ownSteps (conversion: Conversion) zero (classes: Classes) (x: Emitted) : Step[] =
        let lanes = conversion.Emitter.Lanes
        let result = Array.create x.Scale.Length { Scale = 1.0; Offset = 0.0 }

        for elements in Partition.members classes do
            let own = elements |> Array.collect (realsOf x lanes)

            let step =
                if Array.forall ((=) own[0]) own then
                    { Scale = 0.0; Offset = own[0] }
                else
                    ScaleSearch.best conversion.Options.OpInputs zero None own

            elements |> Array.iter (fun element -> result[element] <- step)

        result

    /// A planned value rescaled so that elements that a reader sums have one scale; `zero` asks for an exact code for 0.
    let uniform (conversion: Conversion) planned zero =
        let classes = conversion.Groupings[planned].Scales
        rescaled conversion planned (ownSteps conversion zero classes)

    /// What a reader makes of its operand as it is, or, where it cannot, of the operand with one scale.
    let orUniform (conversion: Conversion) (node: PlanNode) (emit: Emitted -> Emitted option) =
        match emit (Conversion.operand conversion node 0) with
        | Some found -> Some found
        | None -> emit (uniform conversion node.Operands[0] false)

    /// The operand at `position`, rescaled by a lookup to the scale of the other side of a sum.
    let private alignedTo (conversion: Conversion) (node: PlanNode) (other: Emitted) position : Emitted =
        let planned = node.Operands[position]
        let shape = conversion.Plan.Nodes[planned].Shape
        let largest = Array.create (Shape.count shape) 0.0
        let others = Moves.broadcast other.Batch.Shape node.Shape

        Moves.broadcast shape node.Shape
        |> Array.iteri (fun element source -> largest[source] <- max largest[source] (abs other.Scale[others[element]]))

        // An element that never varied has the scale of those that do: unseen values may vary.
        let steps (x: Emitted) =
            let own = ownSteps conversion false [| 0 .. x.Scale.Length - 1 |] x
            let usual = own |> Array.map _.Scale |> Array.max

            own
            |> Array.mapi (fun element step ->
                let wish = if step.Scale = 0.0 then usual else step.Scale

                { step with
                    Scale =
                        if wish = 0.0 then
                            0.0
                        else
                            Meet.admit 1.0 largest[element] wish
                })

        rescaled conversion planned steps

    /// The operand at `position`, rescaled by a lookup to one scale for all elements.
    let private alike (conversion: Conversion) (node: PlanNode) position : Emitted =
        let steps (x: Emitted) =
            ownSteps conversion false (Array.zeroCreate x.Scale.Length) x

        rescaled conversion node.Operands[position] steps

    /// A sum of two encrypted values. Where their scales are in no whole ratio one side is rescaled, the second if it can be; where both
    /// are broadcast against scales that differ by element, both are.
    let combine (conversion: Conversion) (node: PlanNode) signs =
        let left, right =
            Conversion.operand conversion node 0, Conversion.operand conversion node 1

        [
            fun () -> left, right
            fun () -> left, alignedTo conversion node left 1
            fun () -> alignedTo conversion node right 0, right
            fun () ->
                let first = alike conversion node 0
                first, alignedTo conversion node first 1
        ]
        |> List.tryPick (fun sides -> sides () ||> Sums.combine Meet.exact conversion node signs)
