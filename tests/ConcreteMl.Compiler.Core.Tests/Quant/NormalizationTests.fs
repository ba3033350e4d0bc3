/// Layer normalizations between residual connections: what arrives in codes that are coarse for it.
module ConcreteMl.Compiler.Core.Tests.Quant.NormalizationTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Tests
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private file = Text.Models.file "residual_norms"

let private calibration =
    let x = (Float.Npz.read (file "calib.npz"))["x0"]
    List.init x.Shape[0] (fun sample -> [ Float.Npz.sample x sample ])

[<Tests>]
let tests =
    testList
        "Quant.Normalizations"
        [
            // the codes that arrive at one of the sums span more than the reals that they stand for: by these alone a lookup read 17 bits
            testCase "widest lookups hold what the codes that arrive give" (fun () ->
                let settings =
                    { Settings.defaults with
                        Quant = QuantOptions.uniform 8
                        Calibration = calibration
                    }

                match
                    Onnx.Decode.file (file "model.onnx")
                    |> Result.bind (Compile.run ignore settings Context.quiet)
                with
                | Ok made -> Expect.isGreaterThan (lookups made.Quant) 0 "lookups"
                | Error findings -> failtestf "%A" findings)
        ]
