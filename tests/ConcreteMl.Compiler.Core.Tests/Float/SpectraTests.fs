/// Fourier transforms, windows and causal convolutions, written out in products with constants.
module ConcreteMl.Compiler.Core.Tests.Float.SpectraTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

let private run opset (graph: string) inputs =
    let text = $"<ir_version: 13, opset_import: [\"\" : {opset}]> g {graph}"

    match
        Compile.decode "g" None (Text.Encoding.UTF8.GetBytes text)
        |> Result.bind (fun (model, _) -> Compile.toFloat Context.quiet model)
    with
    | Ok graph -> Eval.graph graph inputs |> List.map Tensor.toFloat64s
    | Error findings -> failtest (findings |> List.map Diagnostic.render |> String.concat "\n")

let private signal = [| 1.0f; -2.0f; 0.5f; 3.0f; -1.5f; 0.25f |]
let private input = Tensor.ofFloat32 [| 1; 6; 1 |] signal

/// Σ x[n] e^(−2πikn/N), term by term.
let private sum (length: int) k =
    let term part n =
        if n < signal.Length then
            float signal[n] * part (-2.0 * Math.PI * float (k * n) / float length)
        else
            0.0

    [
        Seq.sumBy (term cos) [ 0 .. length - 1 ]
        Seq.sumBy (term sin) [ 0 .. length - 1 ]
    ]

let private isNear (expected: float seq) (actual: float seq) what =
    Expect.equal (Seq.length actual) (Seq.length expected) what
    Seq.iter2 (fun a e -> Expect.isLessThan (abs (a - e)) 1e-4 what) actual expected

[<Tests>]
let tests =
    testList
        "Spectra"
        [
            testCase "a transform is its sum, whole, one-sided and with another length"
            <| fun () ->
                let dft attributes length =
                    run
                        17
                        $"(float[1,6,1] x) => (float[a,b,c] y) <int64 n = {{{length}}}> {{ y = DFT <axis = 1{attributes}> (x, n) }}"
                        [ input ]
                    |> List.head

                isNear (List.collect (sum 6) [ 0..5 ]) (dft "" 6) "whole"
                isNear (List.collect (sum 6) [ 0..3 ]) (dft ", onesided = 1" 6) "one-sided"
                isNear (List.collect (sum 8) [ 0..7 ]) (dft "" 8) "longer, with zeros behind"

            testCase "what is transformed comes back, from a half too"
            <| fun () ->
                let back opset attributes =
                    let axis = if opset < 20 then "<axis = 1" else "<"
                    let last = if opset < 20 then "" else ", \"\", one"

                    let join (a: string) =
                        if a = "" then ">"
                        elif axis.EndsWith "<" then a + ">"
                        else ", " + a + ">"

                    run
                        opset
                        $"(float[1,6,1] x) => (float[a,b,c] y) <int64 one = {{1}}> {{ s = DFT {axis}{join (fst attributes)} (x{last}) y = DFT {axis}{join (snd attributes)} (s{last}) }}"
                        [ input ]
                    |> List.head

                let complex = signal |> Seq.collect (fun x -> [ float x; 0.0 ])
                isNear complex (back 17 ("inverse = 0", "inverse = 1")) "complex"
                isNear (Seq.map float signal) (back 20 ("onesided = 1", "inverse = 1, onesided = 1")) "real, from a half"

            testCase "frames are cut, weighed and transformed"
            <| fun () ->
                let result =
                    run
                        17
                        "(float[1,6,1] x) => (float[a,b,c,d] y) <int64 step = {2}, float[4] w = {1, 0.5, 0.5, 1}> { y = STFT(x, step, w) }"
                        [ input ]
                    |> List.head

                // two frames of three complex values; the first of each is the sum of the weighed frame
                Expect.equal result.Length 12 "two frames, three cells"
                isNear [ 1.0 - 1.0 + 0.25 + 3.0; 0.0 ] result[0..1] "the first frame"
                isNear [ 0.5 + 1.5 - 0.75 + 0.25; 0.0 ] result[6..7] "the second frame"

            testCase "windows have the values of their formulas"
            <| fun () ->
                let window name attributes =
                    run
                        17
                        $"(float[4] x) => (float[4] y) <int64 n = {{4}}> {{ w = {name} <periodic = {attributes}> (n) y = Add(x, w) }}"
                        [ Tensor.ofFloat32 [| 4 |] [| 0.0f; 0.0f; 0.0f; 0.0f |] ]
                    |> List.head

                isNear [ 0.0; 0.5; 1.0; 0.5 ] (window "HannWindow" 1) "Hann"
                isNear [ 0.0; 0.75; 0.75; 0.0 ] (window "HannWindow" 0) "Hann, symmetric"
                isNear [ 4.0 / 46.0; 25.0 / 46.0; 1.0; 25.0 / 46.0 ] (window "HammingWindow" 1) "Hamming"
                isNear [ 0.0; 0.34; 1.0; 0.34 ] (window "BlackmanWindow" 1) "Blackman"

            testCase "a causal convolution sees what was, and hands on what the next call needs"
            <| fun () ->
                let graph =
                    "(float[1,1,3] x, float[1,1,2] past) => (float[a,b,c] y, float[d,e,f] s, float[g,h,i] z) <float[1,1,3] w = {1, 10, 100}, float[1] b = {0.5}> { y, s = CausalConvWithState(x, w, b, past) z, t = CausalConvWithState <activation = \"silu\"> (x, w) }"

                let results =
                    run
                        27
                        graph
                        [
                            Tensor.ofFloat32 [| 1; 1; 3 |] [| 1.0f; 2.0f; 3.0f |]
                            Tensor.ofFloat32 [| 1; 1; 2 |] [| 7.0f; 8.0f |]
                        ]

                isNear [ 187.5; 218.5; 321.5 ] results[0] "with a past"
                isNear [ 2.0; 3.0 ] results[1] "the last two cells"
                isNear [ 100.0; 210.0; 321.0 ] results[2] "zeros before; the sigmoid of large sums is 1"
        ]
