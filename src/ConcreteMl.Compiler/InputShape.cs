using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>The sizes of an input's axes for one sample, where the model leaves some open.</summary>
/// <param name="Input">The name of the model's input.</param>
/// <param name="Sizes">One size for every axis, the batch axis (of size 1) included.</param>
public sealed record InputShape(string Input, IReadOnlyList<int> Sizes)
{
    /// <summary>One size for every axis, the batch axis (of size 1) included.</summary>
    public IReadOnlyList<int> Sizes { get; } = ContentList<int>.Of(Sizes);

    /// <summary>Reads <c>NAME=1,3,32,32</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out InputShape? shape)
    {
        ArgumentNullException.ThrowIfNull(text);
        shape = null;
        int equals = text.LastIndexOf('=');
        List<int> sizes = [];
        foreach (string part in text[(equals + 1)..].Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1)
            {
                return false;
            }

            sizes.Add(size);
        }

        if (equals <= 0)
        {
            return false;
        }

        shape = new InputShape(text[..equals], sizes);
        return true;
    }

    /// <summary>As it is written on a command line.</summary>
    public override string ToString() => $"{Input}={string.Join(',', Sizes)}";
}
