module ConcreteMl.Compiler.Core.Tests.Circuit.ParameterTests

open System
open NUnit.Framework
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit
open ConcreteMl.Compiler.Core.Circuit.Passes
open ConcreteMl.Tfhe

type private QuantOp = ConcreteMl.Compiler.Core.Quant.Op
type private QuantType = ConcreteMl.Compiler.Core.Quant.ValueType

let private lower graph =
    match Lower.run Context.quiet graph with
    | Ok circuit -> circuit
    | Error findings -> failwithf "%A" findings

[<Test>]
let ``chosen parameters meet every decision of random circuits`` () =
    let mutable found = 0

    for seed in 1..25 do
        let chosen =
            lower (RandomGraphs.graph seed)
            |> JoinLookups.run
            |> Chosen.run ParameterOptions.standard

        Assert.That(Verify.graph chosen.Graph, Is.Empty)

        if chosen.Parameters.IsSome then
            found <- found + 1
            Recheck.decisions chosen
            Assert.That(chosen.WorstPError, Is.LessThanOrEqualTo(ParameterOptions.defaultPError * 1.0001))
        else
            Assert.That(chosen.Findings, Is.Not.Empty)

    Assert.That(found, Is.GreaterThan 15)

let private typed shape bits : QuantType =
    {
        Shape = shape
        Bits = bits
        Range = -(1L <<< (bits - 1)), (1L <<< (bits - 1)) - 1L
        Uniform = None
    }

let private zeroTable bits outBits : Table =
    {
        Entries = Tensor.ofIntegers [| 1; 1 <<< bits |] (Array.init (1 <<< bits) (fun i -> int64 (i % (1 <<< (outBits - 1)))))
        Index = Tensor.ofIntegers [||] [| 0L |]
        Function = "relu"
    }

/// Dense layers with relu: widths of the layers, bits of codes and weights, accumulators of `wide` bits, rounded when asked.
let private network (sizes: int list) codes weights wide (rounding: (int * RoundingMethod) option) =
    let random = Random 7
    let builder = GraphBuilder<QuantOp, QuantType>("network")

    let mutable x =
        builder.Input("x", typed [| 1; sizes.Head |] codes, RandomGraphs.coding 0L 1L)

    for inner, outer in List.pairwise sizes do
        let limit = (1 <<< (weights - 1)) - 1

        let product =
            builder.Value(
                QuantOp.Linear(Linear.MatMul(RandomGraphs.integers random [| inner; outer |] limit)),
                [ x ],
                typed [| 1; outer |] wide,
                [ $"/fc{outer}/Gemm" ]
            )

        let operand, bits =
            match rounding with
            | Some(bits, way) when bits < wide ->
                builder.Value(QuantOp.Round(wide - bits, way), [ product ], typed [| 1; outer |] bits, [ $"/fc{outer}/Gemm" ]), bits
            | _ -> product, wide

        x <- builder.Value(QuantOp.Lookup(zeroTable bits codes), [ operand ], typed [| 1; outer |] codes, [ $"/relu{outer}/Relu" ])

    builder.Build
        [
            {
                Name = "y"
                Value = x
                Coding = Some(RandomGraphs.coding -100L 100L)
            }
        ]
    |> lower

let private show (chosen: Chosen.Chosen) =
    match chosen.Assignment with
    | None -> TestContext.Out.WriteLine(sprintf "none: %A" (chosen.Findings |> List.map Diagnostic.render))
    | Some a ->
        TestContext.Out.WriteLine $"k={a.Key.Rank} N={a.Key.Size} seconds(1 core)={a.Seconds:F3} run p={chosen.RunPError:G3}"

        for c in a.Classes do
            TestContext.Out.WriteLine
                $"  n={c.SmallDimension} ks=({c.KeySwitch.LogBase},{c.KeySwitch.Levels}) br=({c.Bootstrap.LogBase},{c.Bootstrap.Levels}) nu={c.Extension} ms={1000.0 * c.Seconds:F2} MB={c.KeyBytes / 1e6:F0}"

[<TestCase(6, 4, 4, 0)>]
[<TestCase(8, 4, 4, 0)>]
[<TestCase(9, 4, 4, 0)>]
[<TestCase(10, 4, 4, 0)>]
[<TestCase(11, 4, 4, 5)>]
[<TestCase(14, 6, 6, 6)>]
let ``dense networks get parameters`` (wide: int) (codes: int) (weights: int) (rounded: int) =
    let ways =
        if rounded = 0 then
            [ None ]
        else
            [
                Some(rounded, RoundingMethod.Exact)
                Some(rounded, RoundingMethod.Approximate)
            ]

    for rounding in ways do
        let clock = Diagnostics.Stopwatch.StartNew()

        let chosen =
            Chosen.run ParameterOptions.standard (network [ 64; 32; 32; 10 ] codes weights wide rounding)

        TestContext.Out.WriteLine $"{wide} bits {rounding}: {clock.ElapsedMilliseconds} ms"
        show chosen
        Assert.That(chosen.Parameters.IsSome)
        Recheck.decisions chosen

[<Test>]
let ``a lookup that is too wide is named with a setting that works`` () =
    let chosen =
        Chosen.run ParameterOptions.standard (network [ 64; 32; 10 ] 6 6 15 None)

    Assert.That(chosen.Parameters.IsNone)
    let nodes = chosen.Findings |> List.choose _.Node
    Assert.That((nodes = [ "/relu32/Relu"; "/relu10/Relu" ]), $"{nodes}")
    let first = chosen.Findings.Head
    Assert.That(first.Code, Is.EqualTo "CML5001")
    Assert.That(Diagnostic.isError first, Is.False)
    Assert.That(first.Message, Does.Contain "15 bits")
    let prefix = "compile with `--rounding "
    Assert.That(first.Cure, Does.StartWith prefix)
    let bits = int (first.Cure.Substring(prefix.Length, 1))

    let rounded = network [ 64; 32; 10 ] 6 6 15 (Some(bits, RoundingMethod.Approximate))

    Assert.That((Chosen.run ParameterOptions.standard rounded).Parameters.IsSome)

[<Test>]
let ``a circuit without lookups gets a big key alone`` () =
    let builder = GraphBuilder<QuantOp, QuantType>("linear")
    let x = builder.Input("x", typed [| 1; 30 |] 5, RandomGraphs.coding -16L 15L)
    let weights = RandomGraphs.integers (Random 1) [| 30; 3 |] 15

    let y =
        builder.Value(QuantOp.Linear(Linear.MatMul weights), [ x ], typed [| 1; 3 |] 13, [ "/fc" ])

    let output =
        {
            Name = "y"
            Value = y
            Coding = Some(RandomGraphs.coding -5000L 5000L)
        }

    let chosen = Chosen.run ParameterOptions.standard (lower (builder.Build [ output ]))

    Assert.That(chosen.Parameters.IsSome)
    Assert.That(chosen.Parameters.Value.Classes.Length, Is.Zero)
    Recheck.decisions chosen

[<Test>]
let ``a bound for the whole run holds for all lookups together`` () =
    let circuit = network [ 16; 16; 8 ] 3 3 6 None

    let options =
        { ParameterOptions.standard with
            GlobalPError = Some 1e-6
        }

    let chosen = Chosen.run options circuit
    Assert.That(chosen.Parameters.IsSome)
    Assert.That(chosen.RunPError, Is.LessThanOrEqualTo 1e-6)
    Assert.That(chosen.RunPError, Is.GreaterThan 1e-12)

    let both =
        Chosen.run
            { options with
                PError = Some(Math.Pow(2.0, -64.0))
            }
            circuit

    Assert.That(both.WorstPError, Is.LessThanOrEqualTo(Math.Pow(2.0, -64.0)))

[<Test>]
let ``more security never costs less`` () =
    let circuit = network [ 16; 16; 8 ] 3 3 6 None

    let seconds curve =
        let chosen =
            Chosen.run
                { ParameterOptions.standard with
                    Curve = curve
                }
                circuit

        Recheck.decisions chosen
        chosen.Assignment.Value.Seconds

    Assert.That(seconds SecurityCurve.bits132, Is.GreaterThanOrEqualTo(seconds SecurityCurve.bits128))

[<Test>]
let ``reports count what programs do`` () =
    let chosen =
        Chosen.run ParameterOptions.standard (network [ 64; 32; 10 ] 4 4 11 (Some(5, RoundingMethod.Exact)))

    let program = Emit.program chosen.Parameters chosen.Graph
    let report = Report.create 2 chosen.Figures program
    Assert.That(report.Lookups, Is.EqualTo 42)
    // at most one bootstrap for each of six dropped bits
    Assert.That(report.Bootstraps, Is.GreaterThan(42).And.LessThanOrEqualTo(42 * 7))
    Assert.That(report.Layers |> List.sumBy _.Bootstraps, Is.EqualTo report.Bootstraps)
    Assert.That((report.Layers |> List.map _.Operation |> List.take 3) = [ "matmul"; "round exact, 6 bits dropped"; "lookup relu" ])
    Assert.That(2.0 * report.PredictedSeconds, Is.EqualTo(report.Layers |> List.sumBy _.Seconds).Within(1.0).Percent)
    Assert.That(report.MaxBits, Is.EqualTo 11)

/// Many kinds of lookups at once: the search has to stay fast.
[<Test>]
let ``lookups of many widths share one big key`` () =
    let random = Random 3
    let builder = GraphBuilder<QuantOp, QuantType>("mixed")
    let mutable x = builder.Input("x", typed [| 1; 24 |] 4, RandomGraphs.coding -8L 7L)

    for layer, wide in List.indexed [ 4; 5; 6; 7; 8; 6; 7; 5; 8; 9 ] do
        let product =
            builder.Value(
                QuantOp.Linear(Linear.MatMul(RandomGraphs.integers random [| 24; 24 |] (1 + layer))),
                [ x ],
                typed [| 1; 24 |] wide,
                [ $"/fc{layer}" ]
            )

        x <- builder.Value(QuantOp.Lookup(zeroTable wide 4), [ product ], typed [| 1; 24 |] 4, [ $"/relu{layer}" ])

    let output =
        {
            Name = "y"
            Value = x
            Coding = Some(RandomGraphs.coding -8L 7L)
        }

    let circuit = lower (builder.Build [ output ])
    let clock = Diagnostics.Stopwatch.StartNew()
    let chosen = Chosen.run ParameterOptions.standard circuit
    TestContext.Out.WriteLine $"mixed: {clock.ElapsedMilliseconds} ms"
    show chosen
    Recheck.decisions chosen
    Assert.That(chosen.Assignment.Value.Classes.Length, Is.GreaterThan 1)

let private reading circuit =
    let read = ReadBitsFromResidues.run circuit
    Assert.That(Verify.graph read, Is.Empty)
    read

[<Test>]
let ``wide accumulators are rounded exactly by reading low bits from residues`` () =
    let circuit = network [ 64; 32; 10 ] 6 6 16 (Some(6, RoundingMethod.Exact))
    let read = reading circuit
    Assert.That(obj.ReferenceEquals(ReadBitsFromResidues.run read, read))
    let chosen = Chosen.run ParameterOptions.standard read
    show chosen
    Assert.That(chosen.Parameters.IsSome)
    Recheck.decisions chosen
    let plain = Chosen.run ParameterOptions.standard circuit
    show plain

    if plain.Parameters.IsSome then
        // less noise allows what was allowed before; the search is coarse
        Assert.That(chosen.Assignment.Value.Seconds, Is.LessThan(1.01 * plain.Assignment.Value.Seconds))

[<Test>]
let ``residues agree with their operand in the bit that is read from them`` () =
    let mutable found = 0

    for seed in 1..300 do
        let circuit = reading (lower (RandomGraphs.graph seed))
        let noiseless = RandomGraphs.inputs seed 4 (RandomGraphs.graph seed)

        let check (node: Node<Op>) =
            match node.Op with
            | Op.Round(_, RoundingMethod.Exact, _) when node.Operands.Length > 1 ->
                found <- found + 1

                let shown =
                    { circuit with
                        Outputs =
                            node.Operands
                            |> Array.map (fun value ->
                                {
                                    Name = $"{value}"
                                    Value = value
                                    Coding = Some(RandomGraphs.coding -1L 1L)
                                })
                    }

                let codes = (Eval.graph shown noiseless).Outputs |> List.map _.Data

                for bit, residue in List.indexed codes.Tail do
                    let low code = code &&& ((2L <<< bit) - 1L)
                    Assert.That((Array.map low residue = Array.map low codes.Head), $"seed {seed} bit {bit}")
            | _ -> ()

        Array.iter check circuit.Nodes

    Assert.That(found, Is.GreaterThan 5)
