namespace ConcreteMl.Compiler.Core.Circuit.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

/// Writes into every type how fresh noises are amplified on their way there.
[<RequireQualifiedAccess>]
module AnalyseNoise =

    /// The pass under its name in pipelines.
    let pass: Pass<Graph, Graph> =
        Pass.rewrite "analyse-noise" "writes how much noise reaches every value" Noise.annotate
