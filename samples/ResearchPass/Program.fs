/// A pass of one's own at the float stage: the weights that are nearest to 0 become 0. The model that comes out is scored,
/// saved, and run on encrypted data. Run it with the folder of a model: model.onnx, calib.npz and test.npz.
module ResearchPass

open System.IO
open ConcreteMl
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Interop

/// Written prune-weights[share=0.5] on a command line.
let private share =
    PassOption.real "share" "the part of the weights of each matrix that becomes 0" 0.0 0.9 0.25

let private pruned share (weights: Base.Tensor) =
    let values = Tensor.toFloat64s weights
    let sorted = values |> Array.map abs |> Array.sort
    let least = sorted[int (share * float (values.Length - 1))]

    values
    |> Array.map (fun value -> if abs value <= least then 0.0 else value)
    |> Elements.ofFloat64s weights.Element weights.Shape

let private run share (graph: Graph) =
    let rule (builder: GraphBuilder<_, _>) _ (node: Node<Op>) =
        match node.Op with
        | Op.Constant weights when weights.Rank = 2 && Element.isFloat weights.Element ->
            Some(builder.Node(Op.Constant(pruned share weights), [], Array.map graph.TypeOf node.Results, node.Origin))
        | _ -> None

    Rewrite.rewrite rule graph

/// What `--before STEP=ResearchPass.dll:ResearchPass` finds. It changes on purpose what the model computes, so it is lossy.
let step =
    Step.float
        "before quantization, which then spends its codes on the weights that are left"
        {
            Name = "prune-weights"
            Summary = "Make the smallest weights of every matrix 0."
            Options = [ share.Declaration ]
            Run = fun context graph -> Ok(run (PassOption.read context share) graph)
        }
    |> Step.lossy

[<EntryPoint>]
let main arguments =
    let array file name =
        NpzFile.Load(Path.Combine(arguments[0], file))[name]

    let model = OnnxModel.Load(Path.Combine(arguments[0], "model.onnx"))

    let options =
        CompileOptions(Bits = QuantizationBits.Uniform 3, Rounding = Rounding 6)

    let compile change =
        Research.Compile(model, [| array "calib.npz" "x0" |], options, change)

    let outputs (made: QuantizedModule) (inputs: ConcreteMl.Tensor) mode =
        (Seq.head (made.Forward([| inputs |], mode))).ToDoubles()

    let test, wanted = array "test.npz" "x0", (array "test.npz" "y0").ToDoubles()
    use plain = compile id
    use mine = compile (Pipeline.before "expand-selections" step)

    for name, made in [ "as it is", plain; "pruned", mine ] do
        let errors = Array.map2 (-) (outputs made test FheMode.Disable) wanted
        printfn $"{name}: mean error {Array.averageBy abs errors:F4}"

    mine.Save "pruned.cml"
    let first = test.Sample 0
    let same = outputs mine first FheMode.Execute = outputs mine first FheMode.Disable
    printfn $"encrypted equals clear: {same}"
    if same then 0 else 1
