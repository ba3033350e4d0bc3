/// Networks that change between real types: a cast adds nothing to a plan, and what stands behind it computes in the new type.
module ConcreteMl.Compiler.Core.Tests.Quant.RealTypeTests

open Expecto
open ConcreteMl.Compiler.Core.Tests.Quant
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private samples seed count = uniform seed count [| 1; 4 |]

/// What may stand first behind a cast `c` to a real type.
let private bodies =
    [
        "joined", "d = Abs (c) y = Concat <axis = 1> (c, d)"
        "normalized", "y = Softmax <axis = 1> (c)"
        "centred", "m = ReduceMean (c, last) d = Sub (c, m) y = Relu (d)"
        "padded", "y = Pad (c, pads, half)"
        "shifted", "g = Gather <axis = 1> (c, picks) a = Add (g, half) y = Abs (a)"
        "multiplied", "m = MatMul (c, w) y = Mul (m, c)"
    ]

let private model (element: string) (code: int) body =
    let numbers (values: float list) =
        values |> List.map (sprintf "%.2f") |> String.concat ", "

    $"""<ir_version: 8, opset_import: ["" : 18]>
        cast (float[N,4] x) => ({element}[N,M] y)
        <int64[1] last = {{1}}, int64[4] pads = {{0, 1, 0, 2}}, int64[2] picks = {{3, 0}}, float halfSingle = {{0.5}},
         float[4,4] wSingle = {{{numbers [ for i in 1..16 -> sin (float i) ]}}}> {{
          half = Cast <to = {code}> (halfSingle)
          w = Cast <to = {code}> (wSingle)
          c = Cast <to = {code}> (x)
          {body}
        }}"""

[<Tests>]
let tests =
    testList
        "RealTypes"
        [
            for element, code in [ "float16", 10; "double", 11 ] do
                for name, body in bodies do
                    testCase $"{name} in {element} behind a cast"
                    <| fun () ->
                        let made = Compiled.text None (samples 1 100) (model element code body)
                        // Codes of 6 bits have errors of a hundredth to a twentieth of the deviation here.
                        Expect.isLessThan (Compiled.error made (samples 2 50)) 0.1 name
        ]
