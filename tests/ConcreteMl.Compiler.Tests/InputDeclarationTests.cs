using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Ranges and shapes of inputs, as they are written on a command line.</summary>
public sealed class InputDeclarationTests
{
    [TestCase("x=-1:2.5", "x", -1, 2.5)]
    [TestCase("a=b=0:1e3", "a=b", 0, 1000)]
    public void Ranges_are_read_with_the_names_of_their_inputs(string text, string input, double low, double high)
    {
        Assert.That(InputRange.TryParse(text, out InputRange? range), Is.True);
        Assert.That(range, Is.EqualTo(new InputRange(input, low, high)));
        Assert.That(InputRange.TryParse(range!.ToString(), out InputRange? again) ? again : null, Is.EqualTo(range));
    }

    [TestCase("x=1")]
    [TestCase("x=2:1")]
    [TestCase("x=0:NaN")]
    [TestCase("=0:1")]
    [TestCase("x=0:1:2")]
    public void Ranges_without_two_ends_in_order_are_refused(string text) => Assert.That(InputRange.TryParse(text, out _), Is.False);

    [Test]
    public void Shapes_are_read_with_a_size_for_every_axis()
    {
        Assert.That(InputShape.TryParse("x=1,3,32,32", out InputShape? shape), Is.True);
        Assert.That(shape!.Sizes, Is.EqualTo(new[] { 1, 3, 32, 32 }));
        Assert.That(shape.ToString(), Is.EqualTo("x=1,3,32,32"));
    }

    [TestCase("x=")]
    [TestCase("x=1,0")]
    [TestCase("1,2")]
    [TestCase("x=1,-2")]
    public void Shapes_with_a_size_below_one_or_none_are_refused(string text) => Assert.That(InputShape.TryParse(text, out _), Is.False);
}
