namespace ConcreteMl.Tfhe.Tests.KernelSource;

/// <summary>
/// Writes the top pass of one radix: between coefficients, or an accumulator, and sub-blocks. The many streams lie constant
/// distances apart that a type argument gives, so that they take displacements instead of registers.
/// </summary>
internal static class TopKernels
{
    private const int Double = sizeof(double);
    private const string Size = "TBlock";
    private static readonly TypeConstant BlockSize = new(Size, nameof(IBlockSize));

    /// <summary>Real coefficients in natural order to sub-blocks.</summary>
    internal static string Forward(SourceIsa isa, int radix)
    {
        KernelWriter writer = new(
            isa,
            $"Splits N coefficients in natural order into {radix} sub-blocks.",
            $"TopForward{radix}",
            BlockSize,
            "coefficients",
            "spectrum",
            "twiddles"
        );
        Strides(writer, "segment", "block");
        Func<int, ComplexVariable> twiddle = Twiddles(writer, radix);
        Variable[] constants = Butterfly.Constants(writer, radix);
        writer.Loop(
            "0",
            "segment",
            $"{writer.VectorBytes}",
            offset =>
            {
                Place At(int t) => new(new("coefficients"), offset, 0, "segment", t);
                ComplexVariable[] z =
                [
                    .. Enumerable.Range(0, radix).Select(k => new ComplexVariable(writer.Load(At(k)), writer.Load(At(k + radix)))),
                ];
                StoreBlocks(writer, "spectrum", Butterfly.Forward(writer, z, twiddle, constants));
                writer.Line($"spectrum += {2 * writer.VectorBytes};");
            }
        );
        return writer.Finish();
    }

    /// <summary>Sub-blocks back to real coefficients.</summary>
    internal static string Inverse(SourceIsa isa, int radix)
    {
        KernelWriter writer = new(
            isa,
            $"Joins {radix} sub-blocks to N coefficients in natural order, divided by N / 2.",
            $"TopInverse{radix}",
            BlockSize,
            "spectrum",
            "coefficients",
            "twiddles"
        );
        Strides(writer, "segment", "block");
        Func<int, ComplexVariable> twiddle = Twiddles(writer, radix);
        Variable[] constants = Butterfly.Constants(writer, radix);
        Variable scale = writer.FillExpression($"1.0 / ({radix} * {Size}.Points)");
        writer.Loop(
            "0",
            "segment",
            $"{writer.VectorBytes}",
            offset =>
            {
                ComplexVariable[] z = Butterfly.Inverse(writer, LoadBlocks(writer, "spectrum", radix), twiddle, constants);
                for (int k = 0; k < radix; k++)
                {
                    Place At(int t) => new(new("coefficients"), offset, 0, "segment", t);
                    writer.Store(At(k), writer.Multiply(z[k].Re, scale));
                    writer.Store(At(k + radix), writer.Multiply(z[k].Im, scale));
                }
                writer.Line($"spectrum += {2 * writer.VectorBytes};");
            }
        );
        return writer.Finish();
    }

    /// <summary>
    /// A rotated accumulator polynomial minus its own to sub-blocks of digits. One level has a kernel of its own: words that no later
    /// level reads free their registers at once.
    /// </summary>
    internal static string ForwardDigits(SourceIsa isa, int radix, bool oneLevel)
    {
        KernelWriter writer = new(
            isa,
            "Subtracts own from the rotated source between byte offsets begin and end of every segment, decomposes, and makes the top "
                + $"split of {(oneLevel ? "the one level's digits" : "each level's digits, one spectrum after the other")}. The table "
                + "holds for each segment the byte offset of its rotated counterpart, then for each segment the sign as a mask.",
            $"TopForward{(oneLevel ? "Digit" : "Digits")}{radix}",
            BlockSize,
            "table",
            "source",
            "own",
            "digits",
            "begin",
            "end",
            "gadget",
            "twiddles"
        );
        Strides(writer, "padded", "block");
        int segments = 2 * radix;
        Variable[] streams = [.. Range(segments).Select(t => writer.Address($"source + *(nint*)(table + {t * Double})"))];
        Variable[] signs = [.. Range(segments).Select(t => writer.BroadcastInteger(new(new("table"), null, (segments + t) * Double)))];
        Digits(writer, radix, oneLevel, "begin", "end", (offset, t) => Difference(writer, streams[t], signs[t], offset, t));
        return writer.Finish();
    }

    /// <summary>An accumulator polynomial as it is to sub-blocks of digits.</summary>
    internal static string ForwardOwnDigits(SourceIsa isa, int radix, bool oneLevel)
    {
        KernelWriter writer = new(
            isa,
            $"Decomposes an accumulator polynomial and makes the top split of "
                + $"{(oneLevel ? "the one level's digits" : "each level's digits, one spectrum after the other")}.",
            $"TopForwardOwnDigit{(oneLevel ? "" : "s")}{radix}",
            BlockSize,
            "own",
            "digits",
            "gadget",
            "twiddles"
        );
        Strides(writer, "segment", "padded", "block");
        Digits(writer, radix, oneLevel, "0", "segment", (offset, t) => writer.LoadInteger(new(new("own"), offset, 0, "padded", t)));
        return writer.Finish();
    }

    /// <summary>The words at an offset of every segment to sub-blocks of digits, from <paramref name="begin"/> to <paramref name="end"/>.</summary>
    private static void Digits(KernelWriter writer, int radix, bool oneLevel, string begin, string end, Func<Variable, int, Variable> word)
    {
        SourceIsa isa = writer.Isa;
        int segments = 2 * radix;
        Func<int, ComplexVariable> twiddle = Twiddles(writer, radix);
        Variable[] constants = Butterfly.Constants(writer, radix);
        Place gadget = new(new("gadget"));
        Variable rounding = writer.BroadcastInteger(gadget);
        Variable[] digitConstants = isa.DigitConstants(writer, gadget);
        writer.Loop(
            begin,
            end,
            $"{writer.VectorBytes}",
            offset =>
            {
                Variable[] lifted = [.. Range(segments).Select(t => writer.Add(word(offset, t), rounding))];
                void Split(string place, Func<Variable, Variable> digit)
                {
                    ComplexVariable[] z = [.. Range(radix).Select(k => new ComplexVariable(digit(lifted[k]), digit(lifted[k + radix])))];
                    StoreBlocks(writer, place, Butterfly.Forward(writer, z, twiddle, constants));
                }
                writer.Block(() => Split("digits", one => isa.FirstDigit(writer, one, digitConstants)));
                if (!oneLevel)
                    LaterLevels(
                        writer,
                        radix,
                        (spectrum, ofLevel) => Split(spectrum, one => isa.LaterDigit(writer, one, digitConstants, ofLevel))
                    );
                writer.Line($"digits += {2 * writer.VectorBytes};");
            }
        );
    }

    private static void LaterLevels(KernelWriter writer, int radix, Action<string, Variable[]> split)
    {
        Variable spectrum = writer.Address("digits");
        Variable levels = writer.Address($"gadget + {GadgetConstants.LevelsPlace}");
        Variable end = writer.Address($"{levels.Name} + *(nint*)(gadget + {GadgetConstants.LevelBytesPlace})");
        writer.Loop(
            levels.Name,
            end.Name,
            $"{GadgetConstants.LevelLength}",
            level =>
            {
                writer.Line($"{spectrum.Name} += {radix} * block;");
                split(spectrum.Name, writer.Isa.LevelConstants(writer, new(level)));
            }
        );
    }

    /// <summary>Sub-blocks of sums to torus words, added to an accumulator polynomial.</summary>
    internal static string InverseTorus(SourceIsa isa, int radix)
    {
        KernelWriter writer = new(
            isa,
            $"Joins {radix} sub-blocks, rounds to torus words and adds them to an accumulator polynomial.",
            $"TopInverseTorus{radix}",
            BlockSize,
            "sums",
            "accumulator",
            "twiddles"
        );
        Strides(writer, "segment", "padded", "block");
        Func<int, ComplexVariable> twiddle = Twiddles(writer, radix);
        Variable[] constants = Butterfly.Constants(writer, radix);
        Variable[] torusConstants = isa.TorusConstants(writer);
        writer.Loop(
            "0",
            "segment",
            $"{writer.VectorBytes}",
            offset =>
            {
                void AddTo(int t, Variable turns)
                {
                    Place place = new(new("accumulator"), offset, 0, "padded", t);
                    Variable word = isa.TorusWord(writer, turns, torusConstants);
                    writer.StoreInteger(place, writer.Add(writer.LoadInteger(place), word));
                }
                ComplexVariable[] z = Butterfly.Inverse(writer, LoadBlocks(writer, "sums", radix), twiddle, constants);
                for (int k = 0; k < radix; k++)
                {
                    AddTo(k, z[k].Re);
                    AddTo(k + radix, z[k].Im);
                }
                writer.Line($"sums += {2 * writer.VectorBytes};");
            }
        );
        return writer.Finish();
    }

    private static IEnumerable<int> Range(int count) => Enumerable.Range(0, count);

    private static void Strides(KernelWriter writer, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            writer.Line(
                name switch
                {
                    "segment" => $"nint segment = {Double} * {Size}.Points;",
                    "padded" => $"nint padded = {Double} * {Size}.Points + {TransformPlan.PaddingBytes};",
                    _ => $"nint block = {2 * Double} * {Size}.Points + {TransformPlan.PaddingBytes};",
                }
            );
    }

    private static Func<int, ComplexVariable> Twiddles(KernelWriter writer, int radix)
    {
        ComplexVariable[] kept = [.. Range(radix - 1).Select(k => writer.BroadcastComplex(new(new("twiddles"), null, k * 2 * Double)))];
        return k => kept[k - 1];
    }

    private static Variable Difference(KernelWriter writer, Variable stream, Variable sign, Variable offset, int segment)
    {
        // a sign mask negates up to one unit in the last place, far below the digits
        Variable rotated = writer.Xor(writer.LoadInteger(new(stream, offset)), sign);
        return writer.Subtract(rotated, writer.LoadInteger(new(new("own"), offset, 0, "padded", segment)));
    }

    private static ComplexVariable[] LoadBlocks(KernelWriter writer, string spectrum, int radix) =>
        [.. Range(radix).Select(k => writer.LoadComplex(new(new(spectrum), null, 0, "block", k)))];

    private static void StoreBlocks(KernelWriter writer, string spectrum, ComplexVariable[] z)
    {
        for (int k = 0; k < z.Length; k++)
            writer.StoreComplex(new(new(spectrum), null, 0, "block", k), z[k]);
    }
}
