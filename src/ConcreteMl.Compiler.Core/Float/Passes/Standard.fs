namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// The rewrites of the float stage.
[<RequireQualifiedAccess>]
module Standard =

    /// In the order in which the compiler runs them, each with its reason.
    let ordered: (Pass<Graph, Graph> * string) list =
        [
            FoldConstants.pass, "shape arithmetic becomes plain shapes, which all later steps need"
            DropIdentities.pass, "fewer nodes between layers, so that layers and their normalizations meet"
            FoldBatchNorm.pass, "normalizations cost nothing inside constant weights"
            ResolveAutoPad.pass, "later stages know explicit pads only"
            SharpenComparisons.pass, "decisions on whole numbers survive quantization"
            HoistMovement.pass, "element-wise operations on both sides of a movement become one lookup"
            DropIdentities.pass, "movements that met while they were hoisted cancel or join"
            FoldConstants.pass, "movements that met constants fold"
            RemoveDeadNodes.pass, "nothing is computed in vain"
        ]

    /// Every pass once, by name.
    let all: Pass<Graph, Graph> list =
        [
            DropIdentities.pass
            ExpandMixtures.pass
            ExpandSelections.pass
            FoldBatchNorm.pass
            FoldConstants.pass
            HoistMovement.pass
            RemoveDeadNodes.pass
            ResolveAutoPad.pass
            SharpenComparisons.pass
        ]
