namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// The rewrites of the float stage.
[<RequireQualifiedAccess>]
module Standard =

    /// In the order in which the compiler runs them: the name of the step, the pass and the reason of its place. A pass that
    /// stands twice has a name of its own at each place.
    let ordered: (string * Pass<Graph, Graph> * string) list =
        [
            "fold-constants", FoldConstants.pass, "shape arithmetic becomes plain shapes, which all later steps need"
            "drop-identities", DropIdentities.pass, "fewer nodes between layers, so that layers and their normalizations meet"
            "fold-batch-norm", FoldBatchNorm.pass, "normalizations cost nothing inside constant weights"
            "resolve-auto-pad", ResolveAutoPad.pass, "later stages know explicit pads only"
            "sharpen-comparisons", SharpenComparisons.pass, "decisions on whole numbers survive quantization"
            "lift-functions", LiftFunctions.pass, "what repeats values comes behind functions, which then look each up once"
            "hoist-movement", HoistMovement.pass, "element-wise operations on both sides of a movement become one lookup"
            "join-movements", DropIdentities.pass, "movements that met while they were hoisted cancel or join"
            "fold-moved-constants", FoldConstants.pass, "movements that met constants fold"
            "drop-masked", DropMasked.pass, "masks are constants by now, and no range has been measured"
            "remove-dead-nodes", RemoveDeadNodes.pass, "nothing is computed in vain"
        ]

    /// Every pass once, by name.
    let all: Pass<Graph, Graph> list =
        [
            BoundMasks.pass
            DropIdentities.pass
            DropMasked.pass
            ExpandMixtures.pass
            ExpandSelections.pass
            FoldBatchNorm.pass
            FoldConstants.pass
            HoistMovement.pass
            LiftFunctions.pass
            RemoveDeadNodes.pass
            ResolveAutoPad.pass
            SharpenComparisons.pass
        ]
