using System.Globalization;

namespace Benchmarks;

/// <summary>The words after a verb: plain arguments, and options of the form "--name value".</summary>
internal sealed class BenchOptions
{
    private readonly Dictionary<string, string> _values = [];
    private readonly List<string> _plain = [];

    /// <summary>Reads <paramref name="words"/>, of which options must be among <paramref name="names"/>.</summary>
    /// <exception cref="ArgumentException">An option is unknown, lacks its value or is given twice.</exception>
    internal BenchOptions(IReadOnlyList<string> words, IReadOnlyList<string> names)
    {
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (!word.StartsWith("--", StringComparison.Ordinal))
            {
                _plain.Add(word);
                continue;
            }
            if (!names.Contains(word))
                throw new ArgumentException($"unknown option '{word}'");
            if (++i == words.Count || !_values.TryAdd(word, words[i]))
                throw new ArgumentException($"'{word}' takes one value and is given once");
        }
    }

    /// <summary>Arguments that are no options, in order.</summary>
    internal IReadOnlyList<string> Plain => _plain;

    /// <summary>The option's value, or null.</summary>
    internal string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A whole number of at least 1.</summary>
    internal int Count(string name, int standard) =>
        Text(name) is not { } text ? standard
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
        : throw new ArgumentException($"{name} takes a whole number from 1, met '{text}'");

    /// <summary>The peer's program, when its path is given.</summary>
    internal Yardstick? Yardstick(string name) =>
        Text(name) is not { } path ? null
        : File.Exists(path) ? new Yardstick(path)
        : throw new ArgumentException($"there is no program '{path}'");

    /// <summary>Bits of security, those of the compiler's default unless told.</summary>
    internal int Security(string name) =>
        Text(name) switch
        {
            null => new ConcreteMl.CompileOptions().Security,
            "128" => 128,
            "132" => 132,
            var text => throw new ArgumentException($"{name} takes 128 or 132, met '{text}'"),
        };

    /// <summary>Whether keys are switched in the Fourier domain, as the compiler does unless told.</summary>
    internal bool Fourier(string name) =>
        Text(name) switch
        {
            null => new ConcreteMl.CompileOptions().KeySwitch == ConcreteMl.KeySwitchKind.Fourier,
            "fourier" => true,
            "lwe" => false,
            var text => throw new ArgumentException($"{name} takes fourier or lwe, met '{text}'"),
        };

    /// <summary>A finite number of at least <paramref name="least"/>.</summary>
    internal double Number(string name, double standard, double least) =>
        Text(name) is not { } text ? standard
        : TryNumber(text, out double number) && number >= least ? number
        : throw new ArgumentException($"{name} takes a number of at least {least.ToString(CultureInfo.InvariantCulture)}, met '{text}'");

    /// <summary>A probability between 0 and 1, as a decimal or as a power such as 2^-128.</summary>
    internal double Probability(string name, double standard)
    {
        if (Text(name) is not { } text)
            return standard;
        double value =
            text.StartsWith("2^", StringComparison.Ordinal) && TryNumber(text[2..], out double exponent) ? Math.Pow(2.0, exponent)
            : TryNumber(text, out double number) ? number
            : double.NaN;
        return value is > 0.0 and < 1.0
            ? value
            : throw new ArgumentException($"{name} takes a probability such as 1e-9 or 2^-128, met '{text}'");
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
