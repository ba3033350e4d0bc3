using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ConcreteMl.Data;

/// <summary>The header of a .npy array: element type, bytes of an element and of the words that byte order is about, byte order, memory order and shape.</summary>
internal sealed partial record NpyHeader(
    ElementType Element,
    int ItemBytes,
    int WordBytes,
    bool BigEndian,
    bool FortranOrder,
    int[] Shape,
    int DataOffset
)
{
    private const int MagicLength = 6;
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    internal static bool HasMagic(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <exception cref="InvalidDataException">The header is damaged.</exception>
    /// <exception cref="NotSupportedException">The header is well-formed, but of an element type that has no meaning here.</exception>
    internal static NpyHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (!HasMagic(bytes) || bytes.Length < 10)
        {
            throw new InvalidDataException("it is not in NumPy's array format");
        }

        bool wide = bytes[MagicLength] >= 2;
        int start = wide ? 12 : 10;
        if (bytes.Length < start)
        {
            throw new InvalidDataException("its header is cut off");
        }

        long length = wide ? BitConverter.ToUInt32(bytes[8..12]) : BitConverter.ToUInt16(bytes[8..10]);
        if (length > bytes.Length - start)
        {
            throw new InvalidDataException("its header is cut off");
        }

        string text = Encoding.UTF8.GetString(bytes.Slice(start, (int)length));
        Match descr = DescrPattern().Match(text);
        Match order = OrderPattern().Match(text);
        Match shape = ShapePattern().Match(text);
        if (!order.Success || !shape.Success || !text.Contains("descr", StringComparison.Ordinal))
        {
            throw new InvalidDataException("its header does not say type, order and shape");
        }

        // Structured types are lists, which the pattern for plain types does not match.
        string type = descr.Success ? descr.Groups[1].Value : "a record";
        int[] dimensions = Dimensions(shape);
        bool bigEndian = type[0] == '>';
        bool fortran = order.Groups[1].Value == "True";
        int offset = start + (int)length;
        if (NpyTexts.TryWidth(type) is int width)
        {
            int word = type.Contains('U') ? NpyTexts.CharacterBytes : 1;
            return new NpyHeader(ElementType.String, width, word, bigEndian, fortran, dimensions, offset);
        }

        ElementType element = ElementOf(type) ?? throw new NotSupportedException($"its elements are of NumPy's type {type}");
        int size = Elements.Size(element);
        return new NpyHeader(element, size, size, bigEndian, fortran, dimensions, offset);
    }

    /// <summary>The bytes of a version 1 header, padded so that the data starts at a multiple of 64.</summary>
    internal static byte[] Write(Tensor tensor)
    {
        ReadOnlySpan<int> shape = tensor.Dimensions;
        string type = tensor.Element == ElementType.String ? NpyTexts.TypeOf((string[])tensor.Data) : NameOf(tensor.Element);
        string dimensions = string.Join(", ", shape.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)));
        string tuple = shape.Length == 1 ? $"({dimensions},)" : $"({dimensions})";
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {tuple}, }}";
        int padded = (10 + text.Length + 1 + 63) / 64 * 64;
        text = text.PadRight(padded - 11) + "\n";
        return [.. Magic, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    private static int[] Dimensions(Match shape)
    {
        string[] parts = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] dimensions = new int[parts.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            if (!int.TryParse(parts[axis].TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out dimensions[axis]))
            {
                throw new InvalidDataException($"its shape ({shape.Groups[1].Value}) is not one");
            }
        }

        return dimensions;
    }

    private static ElementType? ElementOf(string type) =>
        type.TrimStart('<', '>', '|', '=') switch
        {
            "b1" => ElementType.Bool,
            "i1" => ElementType.Int8,
            "i2" => ElementType.Int16,
            "i4" => ElementType.Int32,
            "i8" => ElementType.Int64,
            "u1" => ElementType.UInt8,
            "u2" => ElementType.UInt16,
            "u4" => ElementType.UInt32,
            "u8" => ElementType.UInt64,
            "f2" => ElementType.Float16,
            "f4" => ElementType.Float32,
            "f8" => ElementType.Float64,
            _ => null,
        };

    private static string NameOf(ElementType element) =>
        element switch
        {
            ElementType.Bool => "|b1",
            ElementType.Int8 => "|i1",
            ElementType.Int16 => "<i2",
            ElementType.Int32 => "<i4",
            ElementType.Int64 => "<i8",
            ElementType.UInt8 => "|u1",
            ElementType.UInt16 => "<u2",
            ElementType.UInt32 => "<u4",
            ElementType.UInt64 => "<u8",
            ElementType.Float16 => "<f2",
            ElementType.Float32 => "<f4",
            ElementType.Float64 => "<f8",
            _ => throw new ArgumentException($"NumPy has no {element} arrays; write float32", nameof(element)),
        };

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]+)['"]""")]
    private static partial Regex DescrPattern();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([0-9L,\s]*)\)""")]
    private static partial Regex ShapePattern();
}
