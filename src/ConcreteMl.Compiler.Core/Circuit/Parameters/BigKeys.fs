namespace ConcreteMl.Compiler.Core.Circuit

/// Big keys that are tried.
[<RequireQualifiedAccess>]
module BigKeys =

    /// Ranks and polynomial sizes that are tried.
    let all curve switch model hasLookups =
        [
            for rank in 1..6 do
                for log2 in 8..13 do
                    let dimension = rank <<< log2

                    if dimension >= (if hasLookups then 1024 else 512) && dimension <= 8192 then
                        {
                            Rank = rank
                            Size = 1 <<< log2
                            Curve = curve
                            Model = model
                            Switch = switch
                        }
        ]
