using ConcreteMl.Data;
using ConcreteMl.Steps;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>The client's side of a program on whole arrays: samples in, samples out.</summary>
internal sealed class ModuleClient
{
    private readonly int[][] inputShapes;
    private readonly int[][] outputShapes;
    private readonly ClientSteps before;
    private readonly ClientSteps after;

    internal ModuleClient(ProgramInterface program)
        : this(new ClientHalf(program, [], [], [], [])) { }

    /// <exception cref="InvalidDataException">The half's steps are unknown, or do not fit its ports.</exception>
    internal ModuleClient(ClientHalf half)
    {
        ProgramInterface program = half.Circuit;
        Program = new ProgramClient(program);
        inputShapes = [.. program.Inputs.Select(port => port.Shape)];
        outputShapes = [.. program.Outputs.Select(port => port.Shape)];
        CircuitInputs = [.. program.Inputs.Select(Port)];
        CircuitOutputs = [.. program.Outputs.Select(Port)];
        before = new ClientSteps(half.Before, ClientSteps.Known, half.Inputs.Count, program.Inputs.Count);
        after = new ClientSteps(half.After, ClientSteps.Known, program.Outputs.Count, half.Outputs.Count);
        Inputs =
        [
            .. (before.IsEmpty ? CircuitInputs : half.Inputs).Select(
                (port, index) => port with { Texts = index < half.InputTexts.Count ? half.InputTexts[index] : [] }
            ),
        ];
        Outputs = after.IsEmpty ? CircuitOutputs : half.Outputs;
        OutputLabels = [.. Outputs.Select((_, index) => index < half.Labels.Count ? half.Labels[index] : [])];
        before.RequireFit(Inputs.Select(port => (port.Element, Sample(port))), inputShapes);
        after.RequireFit(CircuitOutputs.Select((port, index) => (port.Element, outputShapes[index])), Outputs.Select(Sample));
    }

    /// <summary>Codes, encryption and decryption of single samples.</summary>
    internal ProgramClient Program { get; }

    /// <summary>The inputs as users give them: a leading dimension of 1 takes any number of samples.</summary>
    internal IReadOnlyList<ModelPort> Inputs { get; }

    /// <summary>The outputs as users get them.</summary>
    internal IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>For each output the texts that its numbers from 0 on stand for; empty where it is numbers.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> OutputLabels { get; }

    /// <summary>What is encrypted: the inputs behind the client's own steps.</summary>
    internal IReadOnlyList<ModelPort> CircuitInputs { get; }

    /// <summary>What is decrypted.</summary>
    internal IReadOnlyList<ModelPort> CircuitOutputs { get; }

    /// <summary>Users' samples as the circuit takes them: through the client's steps, and finite.</summary>
    /// <exception cref="CompilationException">A sample has another size (CML6013). A value that would have to be quantized is NaN or infinite (CML6018).</exception>
    internal Samples Enter(Samples samples)
    {
        Samples entered = samples with { Items = [.. samples.Items.Select(Entered)] };
        Finite.Require(CircuitInputs, entered, "inputs");
        return entered;
    }

    /// <summary>Per sample that has been through the client's steps, one array of codes per input; real values outside the calibrated range clip.</summary>
    internal long[][][] Quantize(Samples entered, ClipCount? clips = null) => [.. entered.Items.Select(sample => Quantize(sample, clips))];

    /// <summary>The same of one sample.</summary>
    internal long[][] Quantize(IReadOnlyList<Tensor> entered, ClipCount? clips = null) =>
        [
            .. entered.Select(
                (tensor, index) =>
                {
                    QuantizedCodes codes = Program.Inputs[index].Quantize(tensor.ToDoubles());
                    clips?.Add(index, codes);
                    return codes.Codes;
                }
            ),
        ];

    /// <summary>Real outputs, samples first.</summary>
    internal IReadOnlyList<Tensor> Dequantize(IReadOnlyList<long[][]> codes, SampleLayout layout) =>
        Samples.Join([.. codes.Select(Dequantize)], layout);

    /// <summary>Codes of inputs as tensors, samples first.</summary>
    internal IReadOnlyList<IntegerTensor> JoinInputs(IReadOnlyList<long[][]> codes, SampleLayout layout) =>
        Join(codes, inputShapes, layout);

    /// <summary>Codes of outputs as tensors, samples first.</summary>
    internal IReadOnlyList<IntegerTensor> JoinOutputs(IReadOnlyList<long[][]> codes, SampleLayout layout) =>
        Join(codes, outputShapes, layout);

    /// <summary>Codes per sample, from tensors with samples first.</summary>
    internal (long[][][] Codes, SampleLayout Layout) SplitInputs(IReadOnlyList<IntegerTensor> tensors) => Split(tensors, CircuitInputs);

    /// <summary>The same of outputs.</summary>
    internal (long[][][] Codes, SampleLayout Layout) SplitOutputs(IReadOnlyList<IntegerTensor> tensors) => Split(tensors, CircuitOutputs);

    /// <summary>Users' outputs of one sample.</summary>
    internal IReadOnlyList<Tensor> Dequantize(long[][] codes) =>
        Carried(
            after,
            [
                .. codes.Select(
                    (output, index) =>
                        Elements.FromDoubles(CircuitOutputs[index].Element, outputShapes[index], Program.Outputs[index].Dequantize(output))
                ),
            ]
        );

    // Ports that leave a size open take arrays of any; the circuit has one.
    private IReadOnlyList<Tensor> Entered(IReadOnlyList<Tensor> sample)
    {
        IReadOnlyList<Tensor> entered = Carried(before, sample);
        for (int index = 0; index < entered.Count; index++)
        {
            if (!entered[index].Dimensions.AsSpan().SequenceEqual(inputShapes[index]))
            {
                throw new CompilationException(
                    Diagnostic.Error(
                        "CML6013",
                        CircuitInputs[index].Name,
                        $"a sample has shape {ShapeText.Print(entered[index].Dimensions)}",
                        ShapeText.Print(inputShapes[index]),
                        "Reshape the array: its first axis counts samples, the others are the model's"
                    )
                );
            }
        }

        return entered;
    }

    // What the run on zeros cannot see: sizes that ports leave open, and positions that are values.
    private static IReadOnlyList<Tensor> Carried(ClientSteps steps, IReadOnlyList<Tensor> values)
    {
        try
        {
            return steps.Run(values);
        }
        catch (Exception problem) when (ClientSteps.IsMisfit(problem) || problem is InvalidDataException)
        {
            throw Misfit("the client's steps do not fit the values that they read");
        }
    }

    private static CompilationException Misfit(string message) =>
        WireRefusals.Of(new TfheFormatException(message), "client half", WireSubject.Half);

    private static int[] Sample(ModelPort port) => [.. (port.Shape ?? []).Select(dimension => dimension ?? 1)];

    private static (long[][][], SampleLayout) Split(IReadOnlyList<IntegerTensor> tensors, IReadOnlyList<ModelPort> ports)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        IReadOnlyList<ModelPort> integers = [.. ports.Select(port => port with { Element = ElementType.Int64 })];
        SampleBinder binder = new(integers, "codes");
        Samples samples = binder.Bind([.. tensors.Select(tensor => new Tensor(ElementType.Int64, tensor.Dimensions, tensor.Data))]);
        long[][][] codes = [.. samples.Items.Select(sample => sample.Select(tensor => (long[])tensor.Data).ToArray())];
        return (codes, samples.Layout);
    }

    private static IReadOnlyList<IntegerTensor> Join(IReadOnlyList<long[][]> codes, int[][] shapes, SampleLayout layout)
    {
        IEnumerable<IReadOnlyList<Tensor>> samples = codes.Select(sample =>
            (IReadOnlyList<Tensor>)[.. sample.Select((values, index) => new Tensor(ElementType.Int64, shapes[index], values))]
        );
        return [.. Samples.Join([.. samples], layout).Select(tensor => new IntegerTensor(tensor.Dimensions, (long[])tensor.Data))];
    }

    private static ModelPort Port(InterfacePort port) =>
        new(
            port.Name,
            Enum.Parse<ElementType>(port.Coding.Element.ToString()),
            [.. port.Shape.Select((dimension, axis) => axis == 0 && dimension == 1 ? null : (int?)dimension)]
        );
}
