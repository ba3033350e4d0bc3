namespace ConcreteMl.Compiler.Core.Float

open System
open System.Numerics
open ConcreteMl.Compiler.Core.Base

/// Element-wise functions of several operands that broadcast by NumPy's rule.
[<RequireQualifiedAccess>]
module EvalBinary =

    /// Truncating for integers, wrapping where the quotient does not fit, 0 for a divisor of 0 (undefined in ONNX).
    let private divide<'T when 'T :> INumber<'T>> (isFloat: bool) (x: 'T) (y: 'T) : 'T =
        if isFloat then
            x / y
        elif 'T.IsZero y then
            'T.Zero
        elif 'T.IsNegative y && 'T.IsZero(y + 'T.One) then
            'T.Zero - x
        else
            x / y

    /// The remainder with the sign of x. .NET throws for integer divisors 0 and, at the lowest number, −1.
    let private remainder<'T when 'T :> INumber<'T>> (isFloat: bool) (x: 'T) (y: 'T) : 'T =
        if isFloat then
            x % y
        elif 'T.IsZero y || 'T.IsNegative y && 'T.IsZero(y + 'T.One) then
            'T.Zero
        else
            x % y

    let private modulus<'T when 'T :> INumber<'T>> (isFloat: bool) (x: 'T) (y: 'T) : 'T =
        let rest = remainder isFloat x y

        if not ('T.IsZero rest) && 'T.IsNegative rest <> 'T.IsNegative y then
            rest + y
        else
            rest

    let private arithmetic (operation: Binary) (a: Tensor) (b: Tensor) : Tensor =
        let isFloat = Element.isFloat a.Element

        let kernel =
            { new NumberKernel<Tensor> with
                member _.Run<'T
                    when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T> and 'T :> IMinMaxValue<'T>>
                    ()
                    =
                    let number (shape, data: 'T[]) = Tensor.create a.Element shape data
                    let truth (shape, data: bool[]) = Tensor.ofBool shape data

                    match operation with
                    | Binary.Add -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> x + y) a b)
                    | Binary.Sub -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> x - y) a b)
                    | Binary.Mul -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> x * y) a b)
                    | Binary.Div -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> divide isFloat x y) a b)
                    | Binary.Mod -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> modulus isFloat x y) a b)
                    | Binary.Fmod -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> remainder isFloat x y) a b)
                    | Binary.PRelu -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> if 'T.op_LessThan (x, 'T.Zero) then x * y else x) a b)
                    | Binary.Max -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.Max(x, y)) a b)
                    | Binary.Min -> number (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.Min(x, y)) a b)
                    | Binary.Equal -> truth (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.op_Equality (x, y)) a b)
                    | Binary.Greater -> truth (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.op_GreaterThan (x, y)) a b)
                    | Binary.GreaterOrEqual -> truth (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.op_GreaterThanOrEqual (x, y)) a b)
                    | Binary.Less -> truth (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.op_LessThan (x, y)) a b)
                    | Binary.LessOrEqual -> truth (Strided.map2 (fun (x: 'T) (y: 'T) -> 'T.op_LessThanOrEqual (x, y)) a b)
                    | Binary.Pow
                    | Binary.And
                    | Binary.Or
                    | Binary.Xor
                    | Binary.BitAnd
                    | Binary.BitOr
                    | Binary.BitXor
                    | Binary.ShiftLeft
                    | Binary.ShiftRight -> Elements.fail $"{operation} is not defined on {a.Element}"
            }

        Elements.onNumber kernel a.Element

    /// base^exponent with wrap-around; negative exponents truncate to 0 except for bases 1 and −1.
    let private integerPower (x: int64) (y: int64) =
        if y < 0L then
            if x = 1L then 1L
            elif x = -1L then (if y % 2L = 0L then 1L else -1L)
            else 0L
        else
            let mutable result = 1L
            let mutable factor = x
            let mutable rest = y

            while rest > 0L do
                if rest &&& 1L = 1L then
                    result <- result * factor

                factor <- factor * factor
                rest <- rest >>> 1

            result

    /// The result has the base's type; the exponent may have another.
    let private power (a: Tensor) (b: Tensor) =
        if Element.isFloat a.Element || Element.isFloat b.Element then
            let shape, values =
                Strided.map2
                    (fun (x: float) (y: float) -> Math.Pow(x, y))
                    (Elements.cast Element.Float64 a)
                    (Elements.cast Element.Float64 b)

            Elements.ofFloat64s a.Element shape values
        else
            let shape, values =
                Strided.map2 integerPower (Elements.cast Element.Int64 a) (Elements.cast Element.Int64 b)

            Elements.ofInt64s a.Element shape values

    let private logical operation (a: Tensor) (b: Tensor) =
        let run (f: bool -> bool -> bool) = Strided.map2 f a b ||> Tensor.ofBool

        match operation with
        | Binary.And -> run (&&)
        | Binary.Or -> run (||)
        | Binary.Xor -> run (<>)
        | Binary.Equal -> run (=)
        | other -> Elements.fail $"{other} is not defined on {a.Element}"

    /// A shift of 64 bits or more leaves nothing (of a negative number, shifted right: its sign).
    let private shift (element: Element) right (x: int64) (bits: int64) =
        let isUnsigned = element = Element.UInt64

        if not right then
            if bits < 0L || bits > 63L then 0L else x <<< int bits
        elif bits < 0L || bits > 63L then
            (if x < 0L && not isUnsigned then -1L else 0L)
        elif isUnsigned then
            int64 (uint64 x >>> int bits)
        else
            x >>> int bits

    /// Integers of all widths are computed in 64 bits, and wrapped to their own.
    let private bitwise (operation: Binary) (a: Tensor) (b: Tensor) =
        let run (f: int64 -> int64 -> int64) =
            let shape, values =
                Strided.map2 f (Elements.cast Element.Int64 a) (Elements.cast Element.Int64 b)

            Some(Elements.ofInt64s a.Element shape values)

        match operation with
        | Binary.BitAnd -> run (&&&)
        | Binary.BitOr -> run (|||)
        | Binary.BitXor -> run (^^^)
        | Binary.ShiftLeft -> run (shift a.Element false)
        | Binary.ShiftRight -> run (shift a.Element true)
        | Binary.Add
        | Binary.Sub
        | Binary.Mul
        | Binary.Div
        | Binary.Pow
        | Binary.Mod
        | Binary.Fmod
        | Binary.PRelu
        | Binary.Max
        | Binary.Min
        | Binary.Equal
        | Binary.Greater
        | Binary.GreaterOrEqual
        | Binary.Less
        | Binary.LessOrEqual
        | Binary.And
        | Binary.Or
        | Binary.Xor -> None

    /// The element-wise function of two operands of equal type (Pow: of any two numeric types).
    let op (operation: Binary) (a: Tensor) (b: Tensor) : Tensor =
        let run operands =
            match operands with
            | [ a; b ] -> [ arithmetic operation a b ]
            | _ -> Elements.fail "two operands"

        match operation with
        | Binary.Pow -> power a b
        | _ when a.Element <> b.Element -> Elements.fail $"{operation} of {a.Element} and {b.Element}"
        | _ when a.Element = Element.Bool -> logical operation a b
        | _ ->
            match bitwise operation a b with
            | Some result -> result
            | None -> Elements.widened run [ a; b ] |> List.head

    /// min(max(x, low), high): a lower bound above the upper one gives the upper one.
    let clip (low: Tensor option) (high: Tensor option) (x: Tensor) =
        let bounded = low |> Option.map (op Binary.Max x) |> Option.defaultValue x

        high |> Option.map (op Binary.Min bounded) |> Option.defaultValue bounded

    /// Elements of `yes` where the condition holds, of `no` elsewhere.
    let where (condition: Tensor) (yes: Tensor) (no: Tensor) : Tensor =
        if yes.Element <> no.Element then
            Elements.fail $"Where of {yes.Element} and {no.Element}"

        let shape = Strided.commonShape [ condition.Shape; yes.Shape; no.Shape ]
        let flags = condition.Values<bool>()
        let flagAt = Strided.broadcast condition.Shape shape
        let yesAt = Strided.broadcast yes.Shape shape
        let noAt = Strided.broadcast no.Shape shape

        let kernel =
            { new StorageKernel<Tensor> with
                member _.Run<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
                    let taken = yes.Data :?> 'T[]
                    let other = no.Data :?> 'T[]

                    Array.init flagAt.Length (fun at ->
                        if flags[flagAt[at]] then
                            taken[yesAt[at]]
                        else
                            other[noAt[at]])
                    |> Tensor.create yes.Element shape
            }

        Elements.onStorage kernel yes.Element
