using ConcreteMl.Tfhe.Programs;
using ConcreteMl.Tfhe.Programs.Wire;

namespace ConcreteMl.Tfhe;

/// <summary>Parameters in headers, compared with what the reader expects.</summary>
internal static class WireParameters
{
    /// <exception cref="TfheFormatException">There are none, they are refused, or others are expected.</exception>
    internal static ParameterSet Read(ParametersMessage? message, WireExpectation expectation)
    {
        ParameterSet met = ProgramReader.Parameters(message ?? throw new TfheFormatException("the header has no parameters"));
        if (expectation.Parameters is { } expected && !met.Equals(expected))
            throw new TfheFormatException(TfheFormatProblem.Foreign, "the key was made for other parameters than the circuit's");
        return met;
    }
}
