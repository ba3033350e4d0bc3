/// An own rounding of weights at the quantized stage: weight codes 1 and -1 become 0, matrix by matrix, as long as few
/// sums leave their width on the calibration samples. Run it with the folder of a model: model.onnx, calib.npz and test.npz.
module ResearchQuantizer

open System.IO
open ConcreteMl
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

let private rounded weights =
    Tensor.toInt64s weights
    |> Array.map (fun code -> if abs code <= 1L then 0L else code)
    |> Tensor.ofIntegers weights.Shape

let private run (samples: Base.Tensor list list) (graph: Graph) =
    let overflows graph =
        (Eval.graph graph (Client.quantizeInputs graph samples)).Overflows

    let step (best: Graph) (product: Node<Op>) =
        let rule (builder: GraphBuilder<_, _>) rename (node: Node<Op>) =
            match node.Op with
            | Op.Linear(Linear.MatMul weights) when node.Results = product.Results ->
                let op = Op.Linear(Linear.MatMul(rounded weights))
                Some(builder.Node(op, Array.map rename node.Operands, Array.map best.TypeOf node.Results, node.Origin))
            | _ -> None

        let next = Rewrite.rewrite rule best

        if overflows next <= int64 samples.Length then
            next
        else
            best

    Array.fold step graph graph.Nodes

/// What `--before lower=ResearchQuantizer.dll:ResearchQuantizer` finds.
let step =
    Step.quant
        "before widths are settled: what is left of the weights decides the noise"
        {
            Name = "drop-small-codes"
            Summary = "Make weight codes of magnitude 1 become 0."
            Options = []
            Run = fun context graph -> Ok(run (List.truncate 100 context.Samples) graph)
        }
    |> Step.lossy

[<EntryPoint>]
let main arguments =
    let array file name =
        NpzFile.Load(Path.Combine(arguments[0], file))[name]

    let model = OnnxModel.Load(Path.Combine(arguments[0], "model.onnx"))

    let options =
        CompileOptions(Bits = QuantizationBits.Uniform 4, Rounding = Rounding 6)

    let compile change =
        Interop.Research.Compile(model, [| array "calib.npz" "x0" |], options, change)

    let outputs (made: QuantizedModule) (inputs: ConcreteMl.Tensor) mode =
        (Seq.head (made.Forward([| inputs |], mode))).ToDoubles()

    let test, wanted = array "test.npz" "x0", (array "test.npz" "y0").ToDoubles()
    use plain = compile id
    use mine = compile (Pipeline.before "lower" step)

    for name, made in [ "as it is", plain; "with small codes dropped", mine ] do
        let errors = Array.map2 (-) (outputs made test FheMode.Disable) wanted
        printfn $"{name}: mean error {Array.averageBy abs errors:F4}"

    mine.Save "dropped.cml"

    let same =
        outputs mine (test.Sample 0) FheMode.Execute = outputs mine (test.Sample 0) FheMode.Disable

    printfn $"encrypted equals clear: {same}"
    if same then 0 else 1
