using ConcreteMl.Data;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests.Data;

public sealed class ModelScoreTests
{
    private static readonly Tensor Logits = Tensor.Create<float>([1, 3, 2, 9, 0, 0], 2, 3);

    [Test]
    public void Accuracy_is_the_arg_max_of_the_last_axis()
    {
        ModelScore score = Score([Logits], ("label", Tensor.Create<long>([1, 2], 2)));
        Assert.That(score.Accuracy, Is.EqualTo(0.5));
        Assert.That(score.ErrorOverStd, Is.Null);
    }

    [Test]
    public void An_integer_output_is_the_label_itself()
    {
        ModelScore score = Score([Tensor.Create<long>([4, 7], 2)], ("label", Tensor.Create<long>([4, 6], 2)));
        Assert.That(score.Accuracy, Is.EqualTo(0.5));
    }

    [Test]
    public void The_error_is_the_mean_absolute_one_and_the_same_over_the_standard_deviation()
    {
        Tensor expected = Tensor.Create<float>([0, 2, 4, 6], 4, 1);
        ModelScore score = Score([Tensor.Create<float>([0, 2, 4, 8], 4, 1)], ("y0", expected));
        Assert.That(score.MeanAbsError, Is.EqualTo(0.5));
        Assert.That(score.ErrorOverStd, Is.EqualTo(0.5 / Math.Sqrt(5)).Within(1e-12));
    }

    [Test]
    public void The_worst_output_is_the_headline()
    {
        Tensor exact = Tensor.Create<float>([0, 2], 2, 1);
        ModelScore score = Score([exact, Tensor.Create<float>([1, 3], 2, 1)], ("y0", exact), ("y1", exact));
        Assert.That(score.Outputs.Select(output => output.ErrorOverStd), Is.EqualTo(new double[] { 0, 1 }));
        Assert.That(score.ErrorOverStd, Is.EqualTo(1));
    }

    [Test]
    public void Fewer_samples_than_the_file_holds_are_compared_with_its_first()
    {
        Tensor expected = Tensor.Create<float>([0, 2, 4, 6], 4, 1);
        ModelScore score = Score([Tensor.Create<float>([0, 2], 2, 1)], ("y0", expected), ("label", Tensor.Create<long>([0, 0, 0, 0], 4)));
        Assert.That(score.MeanAbsError, Is.Zero);
        Assert.That(score.Accuracy, Is.EqualTo(1));
    }

    [Test]
    public void A_file_without_labels_and_outputs_is_refused()
    {
        CompilationException refusal = Assert.Throws<CompilationException>(() => Score([Logits]))!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6019"));
    }

    private static ModelScore Score(Tensor[] outputs, params (string Name, Tensor Tensor)[] arrays) =>
        ModelScore.Of(outputs, [], arrays.ToDictionary(array => array.Name, array => array.Tensor), outputs[0].Shape[0], "test.npz");
}
