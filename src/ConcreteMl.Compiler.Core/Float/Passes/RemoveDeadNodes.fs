namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Drops what no output needs.
[<RequireQualifiedAccess>]
module RemoveDeadNodes =

    let pass: Pass<Graph, Graph> =
        {
            Name = "remove-dead-nodes"
            Summary = "Drop nodes whose results reach no output."
            Options = []
            Run = fun _ graph -> Ok(Rewrite.removeDead graph)
        }
