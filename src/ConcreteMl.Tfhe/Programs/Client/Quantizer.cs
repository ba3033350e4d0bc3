namespace ConcreteMl.Tfhe.Programs;

/// <summary>
/// The client's side of a port: real values to codes and back, computed in the port's element type and rounded as it says.
/// Integer zeros are added after rounding, as ONNX's QuantizeLinear does.
/// </summary>
public sealed class Quantizer
{
    private readonly InterfacePort _port;
    private readonly int _count;
    private readonly int[] _entryOf;

    /// <summary>The quantizer of a port of a legal program.</summary>
    public Quantizer(TfheProgram program, ProgramPort port)
        : this(InterfacePort.Of(program, port)) { }

    /// <summary>The quantizer of a port.</summary>
    public Quantizer(InterfacePort port)
    {
        _port = port;
        _count = port.Count;
        int[] shape = port.Coding.Shape;
        _entryOf = port.Coding.Scales.Length == 1 ? [] : StridedIndices.All(port.Shape, 0, Shapes.BroadcastStrides(shape, port.Shape));
    }

    /// <summary>Codes of one sample's real values, row-major; infinities clip.</summary>
    /// <exception cref="ProgramInputException">The number of values differs from the port's, or one is NaN.</exception>
    public QuantizedCodes Quantize(ReadOnlySpan<double> values)
    {
        if (values.Length != _count)
            throw new ProgramInputException(
                $"'{_port.Name}' takes {_count} values of shape {Shapes.Text(_port.Shape)}, met {values.Length}"
            );
        ProgramCoding coding = _port.Coding;
        long[] codes = new long[values.Length];
        long clipped = 0;
        for (int element = 0; element < codes.Length; element++)
        {
            if (double.IsNaN(values[element]))
                throw new ProgramInputException($"'{_port.Name}' is NaN at position {Position(element)}: NaN has no code");
            int entry = Entry(element);
            double code = RealArithmetic.Quantize(
                values[element],
                coding.Scales[entry],
                coding.Zeros[entry],
                coding.Element,
                coding.Rounding
            );
            double beyond = coding.BeyondOf(entry);
            clipped += code < coding.Low - beyond || code > coding.High + beyond ? 1 : 0;
            codes[element] =
                code <= coding.Low ? coding.Low
                : code >= coding.High ? coding.High
                : (long)code;
        }
        return new QuantizedCodes(codes, clipped);
    }

    /// <summary>Real values of one sample's codes, row-major; each is exact in the port's element type.</summary>
    /// <exception cref="ProgramInputException">The number of codes differs from the port's.</exception>
    public double[] Dequantize(ReadOnlySpan<long> codes)
    {
        if (codes.Length != _count)
            throw new ProgramInputException($"'{_port.Name}' has {_count} elements, met {codes.Length} codes");
        ProgramCoding coding = _port.Coding;
        double[] values = new double[codes.Length];
        for (int element = 0; element < values.Length; element++)
        {
            int entry = Entry(element);
            values[element] = RealArithmetic.Dequantize(codes[element], coding.Scales[entry], coding.Zeros[entry], coding.Element);
        }
        return values;
    }

    private int Entry(int element) => _entryOf.Length == 0 ? 0 : _entryOf[element];

    private string Position(int element)
    {
        int[] at = new int[_port.Shape.Length];
        for (int axis = at.Length - 1; axis >= 0; axis--)
            (element, at[axis]) = (element / _port.Shape[axis], element % _port.Shape[axis]);
        return $"({string.Join(", ", at)})";
    }
}
