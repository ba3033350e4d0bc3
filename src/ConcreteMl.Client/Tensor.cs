using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>A dense row-major tensor of numbers or texts: a shape, outermost dimension first, and its elements. Immutable.</summary>
public sealed class Tensor
{
    private readonly Array data;
    private readonly int[] shape;

    internal Tensor(ElementType element, int[] shape, Array data)
    {
        Elements.RequireFit(element, shape, data);
        Element = element;
        this.shape = shape;
        this.data = data;
    }

    /// <summary>The type of the elements.</summary>
    public ElementType Element { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape => shape;

    /// <summary>The number of elements.</summary>
    public int Count => data.Length;

    internal int[] Dimensions => shape;

    internal Array Data => data;

    /// <summary>A tensor that holds a copy of the values; the element type follows from <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">The values do not fill the shape, or no tensor has elements of type T.</exception>
    public static Tensor Create<T>(ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged => new(Elements.Of<T>(), shape.ToArray(), values.ToArray());

    /// <summary>A bfloat16 tensor that holds a copy of the values' 16 bits.</summary>
    /// <exception cref="ArgumentException">The values do not fill the shape.</exception>
    public static Tensor CreateBFloat16(ReadOnlySpan<ushort> bits, params ReadOnlySpan<int> shape) =>
        new(ElementType.BFloat16, shape.ToArray(), bits.ToArray());

    /// <summary>A tensor of texts that holds a copy of the list.</summary>
    /// <exception cref="ArgumentException">The texts do not fill the shape, or one is null.</exception>
    public static Tensor CreateTexts(IReadOnlyList<string> texts, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] copy = [.. texts];
        return Array.IndexOf(copy, null) < 0
            ? new Tensor(ElementType.String, shape.ToArray(), copy)
            : throw new ArgumentException("a text is null", nameof(texts));
    }

    /// <summary>The texts in row-major order.</summary>
    /// <exception cref="InvalidCastException">The elements are numbers.</exception>
    public IReadOnlyList<string> ToTexts() =>
        data is string[] texts ? [.. texts] : throw new InvalidCastException($"the elements are {Element}, no texts");

    /// <summary>The stored elements in row-major order.</summary>
    /// <exception cref="InvalidCastException">The elements are of another type than T.</exception>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged =>
        Elements.Storage(Element) == typeof(T)
            ? (T[])data
            : throw new InvalidCastException($"the elements are {Element}, not {typeof(T).Name}");

    /// <summary>Every element as float64: exact but for 64-bit integers beyond 2^53.</summary>
    /// <exception cref="InvalidCastException">The elements are texts.</exception>
    public double[] ToDoubles() => Elements.ToDoubles(Element, data);

    /// <summary>The same elements under another shape of equal count.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> other) => new(Element, other.ToArray(), data);

    /// <summary>The part at one index of the first axis, as a tensor whose first dimension is 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor is a scalar or has fewer entries.</exception>
    public Tensor Sample(int index)
    {
        ArgumentOutOfRangeException.ThrowIfZero(shape.Length, nameof(Shape));
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, shape[0]);
        int size = data.Length / shape[0];
        Array part = Array.CreateInstance(data.GetType().GetElementType()!, size);
        Array.Copy(data, (long)index * size, part, 0, size);
        return new Tensor(Element, [1, .. shape.AsSpan(1)], part);
    }

    /// <summary>Joins tensors of equal type and equal inner dimensions along their first axis.</summary>
    /// <exception cref="ArgumentException">There are none, or they do not fit together.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count, nameof(parts));
        Tensor first = parts[0];
        foreach (Tensor part in parts)
        {
            bool fits = part.Element == first.Element && part.shape.Length > 0 && part.shape.AsSpan(1).SequenceEqual(first.shape.AsSpan(1));
            if (!fits)
            {
                throw new ArgumentException($"{part} does not continue {first} along the first axis", nameof(parts));
            }
        }

        Array joined = Array.CreateInstance(first.data.GetType().GetElementType()!, parts.Sum(part => part.Count));
        int offset = 0;
        foreach (Tensor part in parts)
        {
            Array.Copy(part.data, 0, joined, offset, part.Count);
            offset += part.Count;
        }

        return new Tensor(first.Element, [parts.Sum(part => part.shape[0]), .. first.shape.AsSpan(1)], joined);
    }

    /// <summary>Type and shape, never the elements: "Float32 1x64".</summary>
    public override string ToString() => $"{Element} {ShapeText.Print(shape)}";
}
