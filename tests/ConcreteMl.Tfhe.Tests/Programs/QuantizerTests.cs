using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

public sealed class QuantizerTests
{
    [Test]
    public void Ties_round_half_to_even_and_what_lies_outside_is_clipped_and_counted()
    {
        Quantizer quantizer = Of(new ProgramCoding([0.5], [0.0], [], -4, 3, RealElement.Float32), 8);
        double[] values = [0.25, 0.75, -0.25, -0.75, 1.6, 10.0, double.NegativeInfinity, -2.0];
        QuantizedCodes result = quantizer.Quantize(values);
        Assert.That(result.Codes, Is.EqualTo(new long[] { 0, 2, 0, -2, 3, 3, -4, -4 }));
        Assert.That(result.Clipped, Is.EqualTo(2));
    }

    [Test]
    public void Arithmetic_happens_in_the_real_element_type()
    {
        // 0.35f / 0.1f is 3.4999998 or 3.5 depending on the type that divides
        long single = Of(new ProgramCoding([0.1], [0.0], [], -8, 7, RealElement.Float32), 1).Quantize([0.35f]).Codes[0];
        Assert.That(single, Is.EqualTo((long)MathF.Round(0.35f / 0.1f, MidpointRounding.ToEven)));
        long wide = Of(new ProgramCoding([0.1], [0.0], [], -8, 7, RealElement.Float64), 1).Quantize([0.35f]).Codes[0];
        Assert.That(wide, Is.EqualTo((long)Math.Round((double)0.35f / 0.1, MidpointRounding.ToEven)));
        double half = Of(new ProgramCoding([0.1], [0.25], [], -8, 7, RealElement.Float16), 1).Dequantize([7])[0];
        Assert.That(half, Is.EqualTo((double)((Half)6.75 * (Half)0.1)));
    }

    [Test]
    public void Scales_and_zeros_broadcast_per_channel()
    {
        ProgramCoding coding = new([1.0, 0.5], [0.0, -1.5], [2, 1], -8, 7, RealElement.Float64);
        Quantizer quantizer = Of(coding, 2, 3);
        Assert.That(quantizer.Quantize([1, 2, 3, 1, 2, 3]).Codes, Is.EqualTo(new long[] { 1, 2, 3, 0, 2, 4 }));
        Assert.That(quantizer.Dequantize([1, 2, 3, 0, 2, 4]), Is.EqualTo(new[] { 1, 2, 3, 0.75, 1.75, 2.75 }));
    }

    [Test]
    public void What_calibration_met_beyond_the_ends_is_clipped_and_not_counted()
    {
        Quantizer quantizer = Of(new ProgramCoding([1.0, 1.0], [0.0, 0.0], [2], -4, 3, RealElement.Float32, Beyond: [2, 0]), 2);
        Assert.That(quantizer.Quantize([5, 3]).Clipped, Is.Zero);
        Assert.That(quantizer.Quantize([-6, -4]).Codes, Is.EqualTo(new long[] { -4, -4 }));
        Assert.That(quantizer.Quantize([6, 4]).Clipped, Is.EqualTo(2));
        Assert.That(quantizer.Quantize([-7, -5]).Clipped, Is.EqualTo(2));
    }

    [Test]
    public void Integer_outputs_round_and_saturate()
    {
        ProgramCoding bytes = new([1.5], [0.0], [], -8, 7, RealElement.UInt8);
        Assert.That(Of(bytes, 3).Dequantize([-3, 1, 400]), Is.EqualTo(new[] { 0.0, 2.0, 255.0 }));
        ProgramCoding truth = new([1.0], [0.0], [], 0, 1, RealElement.Bool);
        Assert.That(Of(truth, 2).Dequantize([0, 1]), Is.EqualTo(new[] { 0.0, 1.0 }));
    }

    [Test]
    public void A_code_read_back_and_quantized_again_stays([Range(0, 12)] int element)
    {
        RealElement type = (RealElement)element;
        bool isWhole = type >= RealElement.Bool;
        long low = type is RealElement.Bool or >= RealElement.UInt8 ? 0 : -8;
        long high = type == RealElement.Bool ? 1 : 7;
        Quantizer quantizer = Of(new ProgramCoding([isWhole ? 1.0 : 0.3], [0.0], [], low, high, type), 1);
        for (long code = low; code <= high; code++)
            Assert.That(quantizer.Quantize(quantizer.Dequantize([code])).Codes[0], Is.EqualTo(code));
    }

    [Test]
    public void Nan_and_wrong_sizes_are_refused_with_name_and_position()
    {
        Quantizer quantizer = Of(new ProgramCoding([1.0], [0.0], [], -8, 7, RealElement.Float32), 2, 3);
        double[] values = [0, 0, 0, 0, double.NaN, 0];
        string message = Assert.Throws<ProgramInputException>(() => quantizer.Quantize(values))!.Message;
        Assert.That(message, Does.Contain("'x0'").And.Contain("(1, 1)"));
        Assert.Throws<ProgramInputException>(() => quantizer.Quantize([1.0]));
        Assert.Throws<ProgramInputException>(() => quantizer.Dequantize([1]));
    }

    private static Quantizer Of(ProgramCoding coding, params int[] shape)
    {
        ProgramBuilder builder = new();
        builder.Output(builder.Input(coding, 5, shape));
        TfheProgram program = builder.Build();
        return new Quantizer(program, program.Inputs[0]);
    }
}
