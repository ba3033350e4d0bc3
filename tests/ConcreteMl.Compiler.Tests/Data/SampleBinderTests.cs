using ConcreteMl.Data;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests.Data;

public sealed class SampleBinderTests
{
    [Test]
    public void A_batch_axis_is_bound_to_one_sample_at_a_time()
    {
        Samples samples = Bind(Port(ElementType.Float32, null, 2), Tensor.Create<float>([1, 2, 3, 4, 5, 6], 3, 2));
        Assert.That(samples.Items.Select(item => item[0].Shape), Is.All.EqualTo(new[] { 1, 2 }));
        Assert.That(samples.Items[1][0].ToDoubles(), Is.EqualTo(new double[] { 3, 4 }));
    }

    [Test]
    public void A_fixed_batch_of_one_takes_many_samples()
    {
        Samples samples = Bind(Port(ElementType.Float32, 1, 2), Tensor.Create<float>([1, 2, 3, 4], 2, 2));
        Assert.That(samples.Items, Has.Count.EqualTo(2));
        Assert.That(samples.Layout, Is.EqualTo(SampleLayout.Batch));
    }

    [Test]
    public void An_array_of_the_declared_shape_without_batch_axis_is_fed_as_it_is()
    {
        Samples samples = Bind(Port(ElementType.Float32, 3, 2), Tensor.Create<float>([1, 2, 3, 4, 5, 6], 3, 2));
        Assert.That(samples.Items, Has.Count.EqualTo(1));
        Assert.That(samples.Items[0][0].Shape, Is.EqualTo(new[] { 3, 2 }));
        Assert.That(samples.Layout, Is.EqualTo(SampleLayout.Whole));
    }

    [Test]
    public void A_model_without_batch_axis_takes_samples_along_an_axis_before_its_own()
    {
        Samples samples = Bind(Port(ElementType.Float32, 3), Tensor.Create<float>([1, 2, 3, 4, 5, 6], 2, 3));
        Assert.That(samples.Items.Select(item => item[0].Shape), Is.All.EqualTo(new[] { 3 }));
        Assert.That(samples.Layout, Is.EqualTo(SampleLayout.Before));
    }

    [Test]
    public void Widening_is_silent_and_float64_to_float32_gives_a_note()
    {
        Assert.That(Notes(ElementType.Float32, Tensor.Create<short>([1], 1, 1)), Is.Empty);
        Assert.That(Notes(ElementType.Float64, Tensor.Create<float>([1], 1, 1)), Is.Empty);
        Assert.That(Notes(ElementType.Int64, Tensor.Create<uint>([1], 1, 1)), Is.Empty);
        Assert.That(Notes(ElementType.Float32, Tensor.Create<double>([1], 1, 1)), Is.EqualTo(new[] { "CML6015" }));
    }

    [Test]
    public void Every_conversion_that_loses_more_is_refused()
    {
        (ElementType, Tensor)[] lossy =
        [
            (ElementType.Float32, Tensor.Create<int>([1], 1, 1)),
            (ElementType.Float32, Tensor.Create<long>([1], 1, 1)),
            (ElementType.Int64, Tensor.Create<float>([1], 1, 1)),
            (ElementType.Int64, Tensor.Create<ulong>([1], 1, 1)),
            (ElementType.UInt8, Tensor.Create<sbyte>([1], 1, 1)),
            (ElementType.Float16, Tensor.Create<float>([1], 1, 1)),
            (ElementType.Bool, Tensor.Create<byte>([1], 1, 1)),
        ];
        foreach ((ElementType element, Tensor tensor) in lossy)
        {
            CompilationException refusal = Assert.Throws<CompilationException>(() => Bind(Port(element, null, 1), tensor))!;
            Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6014"), $"{tensor} to {element}");
        }
    }

    [Test]
    public void All_misfits_are_reported_at_once_with_the_names_of_the_inputs()
    {
        ModelPort[] ports = [Port(ElementType.Float32, null, 2), new ModelPort("b", ElementType.Int64, [null, 3])];
        SampleBinder binder = new(ports, "x.npz");
        Dictionary<string, Tensor> arrays = new()
        {
            ["x0"] = Tensor.Create<float>([1, 2, 3], 1, 3),
            ["x1"] = Tensor.Create<float>([1, 2, 3], 1, 3),
        };
        CompilationException refusal = Assert.Throws<CompilationException>(() => binder.Bind(arrays, null))!;
        Assert.That(refusal.Diagnostics.Select(finding => finding.Code), Is.EqualTo(new[] { "CML6013", "CML6014" }));
        Assert.That(refusal.Diagnostics[1].Node, Is.EqualTo("x.npz, x1 (input 'b')"));
    }

    [Test]
    public void Missing_arrays_unequal_counts_and_empty_arrays_are_refused()
    {
        ModelPort[] ports = [Port(ElementType.Float32, null, 1), Port(ElementType.Float32, null, 1)];
        Tensor one = Tensor.Create<float>([1], 1, 1);
        Tensor two = Tensor.Create<float>([1, 2], 2, 1);
        Assert.That(Refusal(ports, one), Is.EqualTo("CML6012"));
        Assert.That(Refusal(ports, one, two), Is.EqualTo("CML6016"));
        Assert.That(Refusal(ports, one, Tensor.Create<float>([], 0, 1)), Is.EqualTo("CML6017"));
    }

    [Test]
    public void An_array_beyond_the_inputs_is_a_warning()
    {
        SampleBinder binder = new([Port(ElementType.Float32, null, 1)], "x.npz");
        Tensor tensor = Tensor.Create<float>([1], 1, 1);
        binder.Bind(new Dictionary<string, Tensor> { ["x0"] = tensor, ["x1"] = tensor }, null);
        Assert.That(binder.Notes.Select(note => note.Code), Is.EqualTo(new[] { "CML6020" }));
    }

    [Test]
    public void Outputs_are_joined_where_the_inputs_had_their_samples()
    {
        Tensor one = Tensor.Create<float>([1, 2], 1, 2);
        Tensor two = Tensor.Create<float>([3, 4], 1, 2);
        Assert.That(
            Samples
                .Join(
                    [
                        [one],
                        [two],
                    ],
                    SampleLayout.Batch
                )[0]
                .Shape,
            Is.EqualTo(new[] { 2, 2 })
        );
        Assert.That(
            Samples
                .Join(
                    [
                        [one],
                        [two],
                    ],
                    SampleLayout.Before
                )[0]
                .Shape,
            Is.EqualTo(new[] { 2, 1, 2 })
        );
        Assert.That(
            Samples
                .Join(
                    [
                        [one],
                    ],
                    SampleLayout.Whole
                )[0]
                .Shape,
            Is.EqualTo(new[] { 1, 2 })
        );
    }

    private static ModelPort Port(ElementType element, params int?[] shape) => new("a", element, shape);

    private static Samples Bind(ModelPort port, Tensor tensor) => new SampleBinder([port], "x.npz").Bind([tensor]);

    private static string[] Notes(ElementType element, Tensor tensor)
    {
        SampleBinder binder = new([Port(element, null, 1)], "x.npz");
        binder.Bind([tensor]);
        return [.. binder.Notes.Select(note => note.Code)];
    }

    private static string Refusal(ModelPort[] ports, params Tensor[] tensors) =>
        Assert.Throws<CompilationException>(() => new SampleBinder(ports, "x.npz").Bind(tensors))!.Diagnostics[0].Code;
}
