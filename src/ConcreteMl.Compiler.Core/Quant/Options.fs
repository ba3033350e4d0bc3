namespace ConcreteMl.Compiler.Core.Quant

open System
open System.Globalization
open ConcreteMl.Compiler.Core.Base

/// How many bits codes have, and whether accumulators are rounded before their lookups.
type QuantOptions =
    {
        /// Bits of the codes that the client sends.
        ModelInputs: int
        /// Bits of lookup results that enter linear operations.
        OpInputs: int
        /// Bits of weight codes (alignment multipliers are exempt).
        OpWeights: int
        /// Bits of lookup results that leave the circuit.
        ModelOutputs: int
        /// Low bits are dropped before a lookup whose operand has more bits than this.
        Rounding: (int * RoundingMethod) option
        /// How many times as large as possible the mean squared bin of a rounding may be: finer bins take larger multipliers, and so wider operands.
        BinLoss: float
        /// Planned values that lookups read otherwise, and how; None: unrounded.
        Exceptions: (int * (int * RoundingMethod) option) list
    }

[<RequireQualifiedAccess>]
module QuantOptions =

    let private narrowest, private widest = 1, 16

    /// Tables have an entry for every code of at most so many bits.
    let internal widestLookup = 16

    /// The loss of a rounding that is asked for by its bits. Of 1.15, 1.3 and 1.5, rounded exactly to 6 bits (codes and weights of 6): predicted
    /// seconds of digits_mlp 2.7, 2.3 and 2.2, of residual 2.4, 2.0 and 2.0, of attention 5.1, 4.3 and 4.3; errors .0140, .0148 and .0151; .0149 in
    /// all three; .0353, .0356 and .0401.
    let standardBinLoss = 1.3

    /// Losses that a choice of the compiler's own tries: finer bins keep errors with fewer bits, coarser ones leave fewer bits to extract and amplify
    /// noise less. Predicted seconds of eleven zoo networks by `--rounding auto` over those with 1.15 alone are .67, .95 and .94 at 4, 6 and 8 bits
    /// (.75, .98 and .94 without 2.5), for 1.4 times the processor time of compiling.
    let binLosses = [ standardBinLoss; 1.15; 1.6; 2.5 ]

    /// N bits for operations, at least 5 for the model's inputs and outputs: what one number means.
    let uniform bits =
        {
            ModelInputs = max 5 bits
            OpInputs = bits
            OpWeights = bits
            ModelOutputs = max 5 bits
            Rounding = None
            BinLoss = standardBinLoss
            Exceptions = []
        }

    let private refuse text message expected =
        Error
            [
                Diagnostic.error "CML3001" text message expected "write `6`, or `model_inputs=8,op_inputs=4,op_weights=4,model_outputs=8`"
            ]

    let private number (text: string) =
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, value when value >= narrowest && value <= widest -> Some value
        | _ -> None

    let private names = [ "model_inputs"; "op_inputs"; "op_weights"; "model_outputs" ]

    let private parts (text: string) =
        text.Split(',', StringSplitOptions.TrimEntries)
        |> Array.map (fun part ->
            match part.Split('=', StringSplitOptions.TrimEntries) with
            | [| name; value |] when List.contains name names -> number value |> Option.map (fun bits -> name, bits)
            | _ -> None)

    /// Parses `6` or the four-part form. `op_inputs` and `op_weights` are required in the latter; `model_inputs` is 5 and
    /// `model_outputs` max(5, op_inputs) where absent, and outputs may not be narrower than operation inputs (CML3001).
    let parse (text: string) : Result<QuantOptions, Diagnostic list> =
        let range = $"whole numbers from {narrowest} to {widest}"

        match number (text.Trim()) with
        | Some bits -> Ok(uniform bits)
        | None when not (text.Contains '=') -> refuse text $"`{text}` is no number of bits" range
        | None ->
            let found = parts text

            if Array.exists Option.isNone found then
                refuse text $"`{text}` does not name bits" $"""{String.concat ", " names} with {range}"""
            else
                let values = Array.choose id found

                let value name =
                    values |> Array.tryFind (fun (key, _) -> key = name) |> Option.map snd

                match value "op_inputs", value "op_weights" with
                | _ when (Array.distinctBy fst values).Length < values.Length -> refuse text "a part is given twice" "each part once"
                | Some inputs, Some weights ->
                    let options =
                        {
                            ModelInputs = value "model_inputs" |> Option.defaultValue 5
                            OpInputs = inputs
                            OpWeights = weights
                            ModelOutputs = value "model_outputs" |> Option.defaultValue (max 5 inputs)
                            Rounding = None
                            BinLoss = standardBinLoss
                            Exceptions = []
                        }

                    if options.ModelOutputs < options.OpInputs then
                        refuse
                            text
                            $"model_outputs is {options.ModelOutputs}, op_inputs {options.OpInputs}"
                            "model_outputs of at least op_inputs bits"
                    else
                        Ok options
                | _ -> refuse text "op_inputs or op_weights is missing" "both"
