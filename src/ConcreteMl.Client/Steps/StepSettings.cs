using ConcreteMl.Data;

namespace ConcreteMl.Steps;

/// <summary>The settings of one client's step, read by name. A step without what it needs is refused when the half is read.</summary>
internal sealed class StepSettings(IReadOnlyDictionary<string, ClientSetting> settings)
{
    // As in the compiler: more elements are no value of a client's.
    private const long MostElements = 1 << 27;

    /// <summary>The type of the value that the step writes.</summary>
    internal ElementType Element =>
        Elements.TryNumeric(Of("element").Texts is [string name] ? name : "")
        ?? throw new InvalidDataException("a client's step has unknown elements");

    /// <summary>The shape of the value that the step writes.</summary>
    internal int[] Shape
    {
        get
        {
            long[] shape = Integers("shape");
            long count = 1;
            foreach (long dimension in shape)
            {
                count = dimension is >= 0 and <= MostElements ? count * dimension : long.MaxValue;
                if (count > MostElements)
                {
                    throw new InvalidDataException("a client's step writes a value of too many elements");
                }
            }

            return Array.ConvertAll(shape, dimension => (int)dimension);
        }
    }

    internal bool Has(string name) => settings.ContainsKey(name);

    internal long[] Integers(string name) => Of(name).Integers;

    internal double[] Reals(string name) => Of(name).Reals;

    internal string[] Texts(string name) => Of(name).Texts;

    internal double Real(string name) =>
        Reals(name) is [double value] ? value : throw new InvalidDataException($"a client's step has no number '{name}'");

    internal int Integer(string name) =>
        Integers(name) is [long value and >= int.MinValue and <= int.MaxValue]
            ? (int)value
            : throw new InvalidDataException($"a client's step has no whole number '{name}'");

    /// <summary>Set, and not to 0.</summary>
    internal bool Flag(string name) => Has(name) && Integer(name) != 0;

    /// <summary>A tensor of the step's type; reals are rounded to it once.</summary>
    internal Tensor Write(double[] values) => StepValues.Round(Element, Shape, values);

    /// <summary>The same of whole numbers, which wrap as the type does.</summary>
    internal Tensor Write(long[] values) => StepValues.Wrap(Element, Shape, values);

    private ClientSetting Of(string name) =>
        settings.TryGetValue(name, out ClientSetting? setting)
            ? setting
            : throw new InvalidDataException($"a client's step has no setting '{name}'");
}
