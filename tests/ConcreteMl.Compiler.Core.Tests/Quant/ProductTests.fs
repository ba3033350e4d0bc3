/// Products of encrypted values: factors that are read often become codes, so that their squares need no rounding.
module ConcreteMl.Compiler.Core.Tests.Quant.ProductTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private samples seed count = uniform seed count [| 1; 3; 4 |]

let private numbers seed =
    let random = Random(seed: int)

    Array.init 16 (fun _ -> (2.0 * random.NextDouble() - 1.0).ToString("F3", Globalization.CultureInfo.InvariantCulture))
    |> String.concat ", "

/// Each of three positions against each, by products of two projections.
let private scores =
    $"""<ir_version: 8, opset_import: ["" : 17]>
        scores (float[N,3,4] x) => (float[N,3,3] y)
        <float[4,4] a = {{{numbers 1}}}, float[4,4] b = {{{numbers 2}}}> {{
          q = MatMul (x, a)
          k = MatMul (x, b)
          t = Transpose <perm = [0, 2, 1]> (k)
          s = MatMul (q, t)
          y = Sigmoid (s)
        }}"""

/// The quotient of two values, one of which is 0 in every sample.
let private quotients =
    """<ir_version: 8, opset_import: ["" : 17]>
       quotients (float[N,3,4] x) => (float[N,1,4] y)
       <int64[3] sizes = {1, 1, 1}, float[1,1,4] mask = {0.0, 1.0, 1.0, 1.0}> {
         a, b, c = Split <axis = 1> (x, sizes)
         d = Mul (b, mask)
         y = Div (a, d)
       }"""

let private made rounding =
    Compiled.text rounding (samples 1 150) scores

let private error (made: Compilation) = Compiled.error made (samples 2 200)

/// Of each lookup of this function: the bits that it reads, and whether a rounding stands before it.
let private lookups (named: string) (graph: Quant.Graph) =
    let producers = Graph.producers graph

    [
        for node in graph.Nodes do
            match node.Op with
            | Op.Lookup table when table.Function = named ->
                let (ValueId operand) = node.Operands[0]

                let isRounded =
                    match producers[operand] with
                    | Some { Op = Op.Round _ } -> true
                    | _ -> false

                (graph.TypeOf node.Operands[0]).Bits, isRounded
            | _ -> ()
    ]

[<Tests>]
let tests =
    testList
        "Quant.Products"
        [
            testCase "squares of codes are read as they are where rounding would be exact"
            <| fun () ->
                let graph = (made (Some(6, RoundingMethod.Exact))).Quant
                let squares = lookups "mul(x, x)" graph @ lookups "neg(mul(x, x))" graph
                Expect.hasLength (lookups "x" graph) 2 "both factors become codes"
                Expect.hasLength squares 2 "squares of sum and difference"
                Expect.all squares (fun (bits, isRounded) -> bits <= 7 && not isRounded) "one bit more than codes, no rounding"

            testCase "factors stay accumulators where rounding costs nothing, or nothing is rounded"
            <| fun () ->
                for rounding in [ None; Some(6, RoundingMethod.Approximate) ] do
                    Expect.isEmpty (lookups "x" (made rounding).Quant) $"{rounding}"

            testCase "codes of factors have no more error than rounded sums"
            <| fun () ->
                let codes = error (made (Some(6, RoundingMethod.Exact)))
                let sums = error (made (Some(6, RoundingMethod.Approximate)))
                Expect.isLessThan codes sums "error over deviation"

            testCase "an infinite quotient decides no scale"
            <| fun () ->
                match Compiled.tryText None (samples 1 150) quotients with
                | Ok _ -> ()
                | Error findings -> Expect.all findings (fun finding -> finding.Code <> "CML6303") $"{findings}"
        ]
