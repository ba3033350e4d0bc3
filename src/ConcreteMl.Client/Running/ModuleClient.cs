using ConcreteMl.Data;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>The client's side of a program on whole arrays: samples in, samples out.</summary>
internal sealed class ModuleClient
{
    private readonly int[][] inputShapes;
    private readonly int[][] outputShapes;

    internal ModuleClient(ProgramInterface program)
    {
        Program = new ProgramClient(program);
        inputShapes = [.. program.Inputs.Select(port => port.Shape)];
        outputShapes = [.. program.Outputs.Select(port => port.Shape)];
        Inputs = [.. program.Inputs.Select(Port)];
        Outputs = [.. program.Outputs.Select(Port)];
    }

    /// <summary>Codes, encryption and decryption of single samples.</summary>
    internal ProgramClient Program { get; }

    /// <summary>The inputs as users give them: a leading dimension of 1 takes any number of samples.</summary>
    internal IReadOnlyList<ModelPort> Inputs { get; }

    internal IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>Per sample, one array of codes per input; real values outside the calibrated range clip.</summary>
    internal long[][][] Quantize(Samples samples, ClipCount? clips = null) => [.. samples.Items.Select(sample => Quantize(sample, clips))];

    /// <summary>The same of one sample.</summary>
    internal long[][] Quantize(IReadOnlyList<Tensor> sample, ClipCount? clips = null) =>
        [
            .. sample.Select(
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
    internal (long[][][] Codes, SampleLayout Layout) SplitInputs(IReadOnlyList<IntegerTensor> tensors) => Split(tensors, Inputs);

    /// <summary>The same of outputs.</summary>
    internal (long[][][] Codes, SampleLayout Layout) SplitOutputs(IReadOnlyList<IntegerTensor> tensors) => Split(tensors, Outputs);

    /// <summary>Real outputs of one sample.</summary>
    internal IReadOnlyList<Tensor> Dequantize(long[][] codes) =>
        [
            .. codes.Select(
                (output, index) =>
                    Elements.FromDoubles(Outputs[index].Element, outputShapes[index], Program.Outputs[index].Dequantize(output))
            ),
        ];

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
