namespace ConcreteMl.Compiler.Core.Circuit

open System

/// The complementary error function and its inverse, accurate in relative terms far into the tail (2^-128 and below):
/// failure probabilities are tails of Gaussians.
[<RequireQualifiedAccess>]
module Erfc =

    /// 1 − erf x by erf's Maclaurin series with positive terms only: erf x = 2/√π · e^(−x²) · Σ 2^n x^(2n+1) / (2n+1)!!.
    let private bySeries x =
        let mutable term = x
        let mutable sum = x
        let mutable n = 0

        while term > sum * 1e-18 do
            n <- n + 1
            term <- term * 2.0 * x * x / float (2 * n + 1)
            sum <- sum + term

        1.0 - 2.0 / sqrt Math.PI * exp (-x * x) * sum

    /// The factor g of erfc x = e^(−x²) / √π · g, by Lentz's evaluation of 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))).
    let private continuedFraction x =
        let tiny = 1e-300
        let mutable f = x
        let mutable c = x
        let mutable d = 0.0
        let mutable step = 2.0
        let mutable n = 1

        while abs (step - 1.0) > 1e-16 && n < 500 do
            let a = float n / 2.0
            d <- 1.0 / max tiny (x + a * d)
            c <- max tiny (x + a / c)
            step <- c * d
            f <- f * step
            n <- n + 1

        1.0 / f

    /// erfc x = 2/√π ∫_x^∞ e^(−t²) dt.
    let rec value (x: float) =
        if x < 0.0 then 2.0 - value -x
        elif x < 2.0 then bySeries x
        else exp (-x * x) / sqrt Math.PI * continuedFraction x

    /// log2 (erfc x) for x ≥ 0, also where erfc itself underflows.
    let log2 (x: float) =
        if x < 2.0 then
            Math.Log2(value x)
        else
            (-x * x + log (continuedFraction x / sqrt Math.PI)) / log 2.0

    /// The x ≥ 0 with erfc x = p, for p in (0, 1], by bisection on the logarithm.
    let inverse (p: float) =
        let target = Math.Log2 p
        let mutable low = 0.0
        let mutable high = 40.0

        for _ in 1..100 do
            let middle = (low + high) / 2.0

            if log2 middle > target then
                low <- middle
            else
                high <- middle

        low

    /// κ: how many standard deviations a Gaussian exceeds in absolute value with probability p.
    let deviations p = sqrt 2.0 * inverse p
