/// How many bits lookups read is decided value by value, and the decisions are kept.
module ConcreteMl.Compiler.Core.Tests.Quant.PlanRoundingsTests

open System
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Text
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Planned
open ConcreteMl.Compiler.Core.Planned.Passes
open ConcreteMl.Compiler.Core.Tests.Quant.Networks

let private numbers seed count =
    let random = Random(seed: int)

    Array.init count (fun _ -> (1.6 * random.NextDouble() - 0.8).ToString("F3", Globalization.CultureInfo.InvariantCulture))
    |> String.concat ", "

/// Two hidden layers of eight neurons.
let private network =
    $"""<ir_version: 8, opset_import: ["" : 17]>
        layers (float[N,6] x) => (float[N,2] y)
        <float[6,8] a = {{{numbers 3 48}}}, float[8,8] b = {{{numbers 4 64}}}, float[8,2] c = {{{numbers 5 16}}}> {{
          s = MatMul (x, a)
          r = Relu (s)
          t = MatMul (r, b)
          u = Sigmoid (t)
          y = MatMul (u, c)
        }}"""

let private samples = uniform 1 100 [| 1; 6 |]

/// The planned graph with its roundings and the integers that follow from it.
let private compiled options =
    let settings =
        { Settings.defaults with
            Quant = options
            Calibration = samples
        }

    let mutable planned, quant = None, None

    let observe (record: StepRecord) =
        match record.Result with
        | Stage.Planned graph when record.Name = PlanRoundings.Name -> planned <- Some graph
        | Stage.Quant graph -> quant <- Some graph
        | _ -> ()

    match
        Onnx.Text.parse network
        |> Result.bind (Compile.run observe settings Context.quiet)
    with
    | Ok _ -> Option.get planned, Option.get quant
    | Error findings -> failwith (findings |> List.map Diagnostic.render |> String.concat "\n")

/// The widths that lookups read, in order.
let private widths (quant: Quant.Graph) =
    quant.Nodes
    |> Array.choose (fun node ->
        match node.Op with
        | Quant.Op.Lookup _ -> Some (quant.TypeOf node.Operands[0]).Bits
        | Quant.Op.Linear _
        | Quant.Op.Round _
        | Quant.Op.Constant _ -> None)
    |> List.ofArray

let private rounded bits exceptions =
    { QuantOptions.uniform 6 with
        Rounding = Some(bits, RoundingMethod.Approximate)
        Exceptions = exceptions
    }

[<Tests>]
let tests =
    testList
        "Quant.PlanRoundings"
        [
            testCase "one rounding holds for all values but the exceptions"
            <| fun () ->
                let plain, quant = compiled (rounded 6 [])
                let sites = PlanRoundings.sites plain
                Expect.equal sites.Length 2 "two layers are looked up"
                Expect.equal (widths quant) [ 6; 6 ] "one rounding for all"

                let mixed, quant =
                    compiled (rounded 6 [ sites[1], Some(4, RoundingMethod.Approximate) ])

                Expect.equal
                    mixed.Types[sites[1]].Reading
                    (Some(Reading.Rounded(4, RoundingMethod.Approximate, QuantOptions.standardBinLoss)))
                    "it is in the text"

                Expect.equal (widths quant) [ 6; 4 ] "the second layer reads less"

            testCase "a loss of bins is in the text, and coarser bins leave fewer bits to drop"
            <| fun () ->
                let withLoss loss =
                    { QuantOptions.uniform 6 with
                        Rounding = Some(6, RoundingMethod.Exact)
                        BinLoss = loss
                    }

                let dropped (quant: Quant.Graph) =
                    quant.Nodes
                    |> Array.sumBy (fun node ->
                        match node.Op with
                        | Quant.Op.Round(drop, _) -> drop
                        | Quant.Op.Lookup _
                        | Quant.Op.Linear _
                        | Quant.Op.Constant _ -> 0)

                let fine, coarse = compiled (withLoss 1.05), compiled (withLoss 4.0)
                Expect.isGreaterThan (dropped (snd fine)) (dropped (snd coarse)) "finer bins take larger multipliers"
                let text = Mlir.print Syntax.syntax PrintOptions.full (fst fine)
                Expect.stringContains text "read = \"6:exact:1.05\"" "the loss"

                match Mlir.parse Syntax.syntax text with
                | Ok again -> Expect.equal (again.Types |> Array.map _.Reading) ((fst fine).Types |> Array.map _.Reading) "it is read back"
                | Error findings -> failtest $"{findings}"

            testCase "an exception may leave a value unrounded"
            <| fun () ->
                let plain, _ = compiled (rounded 5 [])
                let sites = PlanRoundings.sites plain
                let mixed, quant = compiled (rounded 5 [ sites[0], None ])
                Expect.equal mixed.Types[sites[0]].Reading (Some Reading.Unrounded) "it is in the text"
                Expect.isGreaterThan (widths quant).Head 6 "all bits are read"
                Expect.equal (List.last (widths quant)) 5 "of the other, five"

            testCase "lookups that only rescale are rounded as the options say"
            <| fun () ->
                let options = rounded 5 []
                let plain, _ = compiled options
                let sites = PlanRoundings.sites plain
                let conversion = Conversion.create plain options 0.0 1 (fun _ -> None)

                for value in 0 .. plain.Types.Length - 1 do
                    if not (Array.contains value sites) then
                        Expect.isNone plain.Types[value].Reading "no lookup of the plan reads it"
                        Expect.equal conversion.Roundings[value] options.Rounding "a lookup that rescales it is rounded"

            testCase "graphs that only decide other roundings have the same reals, other samples and nodes their own"
            <| fun () ->
                let plain, _ = compiled (rounded 6 [])
                let own = Array.ofList samples
                let found = Calibration.references Context.quiet plain own

                let undecided =
                    { plain with
                        Types = plain.Types |> Array.map (fun planned -> { planned with Reading = None }: Type)
                    }

                let other = PlanRoundings.run (rounded 3 []) undecided
                Expect.isTrue (obj.ReferenceEquals(Calibration.references Context.quiet other own, found)) "not computed again"

                let copied =
                    { plain with
                        Nodes = Array.copy plain.Nodes
                    }

                Expect.equal (Calibration.references Context.quiet copied own) found "what was kept is what the whole evaluation gives"
                let half = Calibration.references Context.quiet plain own[..49]
                Expect.equal half[0].[..49] found[0].[..49] "the first element, of fewer samples"
                Expect.equal half[0].Length (found[0].Length / 2) "half as many values"

            testCase "what a text says is stronger than the options"
            <| fun () ->
                let plain, _ = compiled (rounded 6 [])

                let again =
                    PlanRoundings.run (rounded 3 [ (PlanRoundings.sites plain)[0], None ]) plain

                Expect.isTrue (obj.ReferenceEquals(again, plain)) "nothing is decided twice"
        ]
