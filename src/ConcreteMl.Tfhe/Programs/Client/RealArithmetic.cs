namespace ConcreteMl.Tfhe.Programs;

/// <summary>Affine quantization in the element types of real tensors; integer and bool ports compute in binary64.</summary>
public static class RealArithmetic
{
    /// <summary>The code of a real value, an integer or infinite: round(value / scale) + zero, or round(value / scale + zero) when zero is no integer.</summary>
    public static double Quantize(double value, double scale, double zero, RealElement element, RealRounding rounding)
    {
        if (element == RealElement.Float32 && rounding == RealRounding.HalfEven)
            return Quantize((float)value, (float)scale, zero);
        double quotient = Rounded(Rounded(value, element) / Rounded(scale, element), element);
        return double.IsInteger(zero)
            ? Whole(quotient, rounding) + zero
            : Whole(Rounded(quotient + Rounded(zero, element), element), rounding);
    }

    /// <summary>scale · (code − zero) in the element type; integers round half to even and saturate, bools are nonzero.</summary>
    public static double Dequantize(long code, double scale, double zero, RealElement element)
    {
        if (element is RealElement.Float32 or RealElement.Float16 or RealElement.BFloat16)
            return Rounded(Rounded(code - zero, element) * Rounded(scale, element), element);
        double real = (code - zero) * scale;
        return element switch
        {
            RealElement.Float64 => real,
            RealElement.Bool => real == 0.0 ? 0.0 : 1.0,
            RealElement.Int8 => Saturated(real, sbyte.MinValue, sbyte.MaxValue),
            RealElement.Int16 => Saturated(real, short.MinValue, short.MaxValue),
            RealElement.Int32 => Saturated(real, int.MinValue, int.MaxValue),
            RealElement.Int64 => Saturated(real, long.MinValue, long.MaxValue),
            RealElement.UInt8 => Saturated(real, 0.0, byte.MaxValue),
            RealElement.UInt16 => Saturated(real, 0.0, ushort.MaxValue),
            RealElement.UInt32 => Saturated(real, 0.0, uint.MaxValue),
            _ => Saturated(real, 0.0, ulong.MaxValue),
        };
    }

    private static double Whole(double value, RealRounding rounding) =>
        rounding switch
        {
            RealRounding.Floor => Math.Floor(value),
            RealRounding.Ceiling => Math.Ceiling(value),
            RealRounding.TowardZero => Math.Truncate(value),
            RealRounding.AwayFromZero => value < 0.0 ? Math.Floor(value) : Math.Ceiling(value),
            RealRounding.HalfAwayFromZero => Math.Round(value, MidpointRounding.AwayFromZero),
            RealRounding.HalfTowardZero => Math.CopySign(Math.Ceiling(Math.Abs(value) - 0.5), value),
            _ => Math.Round(value, MidpointRounding.ToEven),
        };

    private static double Quantize(float value, float scale, double zero)
    {
        float quotient = value / scale;
        return double.IsInteger(zero)
            ? MathF.Round(quotient, MidpointRounding.ToEven) + zero
            : MathF.Round(quotient + (float)zero, MidpointRounding.ToEven);
    }

    private static double Rounded(double value, RealElement element) =>
        element switch
        {
            RealElement.Float32 => (float)value,
            RealElement.Float16 => (double)(Half)value,
            RealElement.BFloat16 => BFloat16((float)value),
            _ => value,
        };

    private static float BFloat16(float value)
    {
        if (!float.IsFinite(value))
            return value;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        bits += 0x7FFF + ((bits >> 16) & 1);
        return BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
    }

    private static double Saturated(double value, double low, double high) =>
        Math.Clamp(Math.Round(value, MidpointRounding.ToEven), low, high);
}
