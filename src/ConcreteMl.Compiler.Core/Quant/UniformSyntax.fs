/// MLIR's quant type: `!quant.uniform<i4:f32, 0.05:3>`, or `!quant.uniform<i4:f32:1, {0.05:3, 0.1}>` per axis.
module internal ConcreteMl.Compiler.Core.Quant.UniformSyntax

open System
open System.Text.RegularExpressions
open ConcreteMl.Compiler.Core.Text

/// True when MLIR's own verifier takes these scales in a storage type of `bits` bits for a tensor of this shape.
let isPrintable (bits: int) (shape: int[]) (uniform: Uniform) =
    let count =
        match uniform.Axis with
        | None -> 1
        | Some axis when axis >= 0 && axis < shape.Length -> shape[axis]
        | Some _ -> -1

    count > 0
    && bits >= 1
    && bits <= 32
    && uniform.Scales.Length = count
    && uniform.Zeros.Length = count
    && uniform.Scales
       |> Array.forall (fun scale -> Double.IsFinite scale && scale > 0.0)

let private entry (scale: float) (zero: int64) =
    let scale = Literal.printFloat64 scale
    if zero = 0L then scale else scale + ":" + string zero

let print (bits: int) (uniform: Uniform) : MlirType =
    let entries = Array.map2 entry uniform.Scales uniform.Zeros

    let body =
        match uniform.Axis with
        | None -> $"i{bits}:f32, {entries[0]}"
        | Some axis -> $"""i{bits}:f32:{axis}, {{{String.concat ", " entries}}}"""

    MlirType.Dialect("quant.uniform", body)

let private shape =
    Regex(
        @"^i(?<bits>\d{1,2})(<[-\d: ]*>)?\s*:\s*f32\s*(:\s*(?<axis>\d{1,6}))?\s*,\s*(\{(?<many>[^{}]*)\}|(?<one>[^{}]*))$",
        RegexOptions.CultureInvariant
    )

let private tryEntry (text: string) : (float * int64) option =
    let parts = text.Split ':'

    let zero =
        if parts.Length = 1 then
            Some 0L
        else
            match Int64.TryParse(parts[1], Globalization.NumberStyles.Integer, Globalization.CultureInfo.InvariantCulture) with
            | true, zero when parts.Length = 2 -> Some zero
            | _ -> None

    match Literal.tryFloat64 (parts[0].Trim()), zero with
    | Some scale, Some zero -> Some(scale, zero)
    | _ -> None

/// Bits and meaning; None when the body is none of ours.
let tryRead (body: string) : (int * Uniform) option =
    let found = shape.Match body
    let axis = found.Groups["axis"]
    let many = found.Groups["many"]

    if not found.Success || axis.Success <> many.Success then
        None
    else
        let texts =
            if not many.Success then [| found.Groups["one"].Value |]
            elif many.Value.Trim() = "" then [||]
            else many.Value.Split ','

        let entries = texts |> Array.map tryEntry

        if Array.forall Option.isSome entries then
            let entries = Array.map Option.get entries

            Some(
                int found.Groups["bits"].Value,
                {
                    Scales = Array.map fst entries
                    Zeros = Array.map snd entries
                    Axis = if axis.Success then Some(int axis.Value) else None
                }
            )
        else
            None
