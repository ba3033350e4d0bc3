namespace ConcreteMl.Compiler.Core.Base.Codes

/// All diagnostic codes, in order. An engineer adds codes to the table of their block, in `Base/Codes/`.
[<RequireQualifiedAccess>]
module Codes =

    let all: Code list =
        [
            ImportCodes.all
            FloatCodes.all
            QuantCodes.all
            CircuitCodes.all
            ParameterCodes.all
            RuntimeCodes.all
            ServingCodes.all
            PassCodes.all
            TextCodes.all
        ]
        |> List.concat
        |> List.sortBy (fun code -> code.Id)

    /// The entry of a code, whatever its case; None for unknown ones.
    let tryFind (id: string) =
        all |> List.tryFind (fun code -> code.Id = id.Trim().ToUpperInvariant())
