using System.Globalization;
using ConcreteMl.Compiler.Core.Circuit;
using ConcreteMl.Tfhe;
using NoiseModel = ConcreteMl.Tfhe.NoiseModel;
using SecurityCurve = ConcreteMl.Tfhe.SecurityCurve;

namespace Benchmarks;

/// <summary>
/// A parameter set of the peer library (message_carry name), with Gaussian noise of our 128-bit curve. Its lookups fail with
/// probability 2^-128 at most when their operands are sums of lookup results with weights of 2-norm <paramref name="Norm"/>:
/// (2^(message + carry) - 1) / (2^message - 1), rounded down, which is what fills the carry bits once.
/// </summary>
internal sealed record PeerSet(
    string Name,
    int Bits,
    int SmallDimension,
    int GlweDimension,
    int PolynomialSize,
    int BaseLog,
    int Level,
    int KeySwitchBaseLog,
    int KeySwitchLevel,
    double Norm
)
{
    /// <summary>The sets of the yardstick, in order of size.</summary>
    internal static IReadOnlyList<PeerSet> All { get; } =
    [
        new("1_1", 2, 837, 4, 512, 23, 1, 5, 3, 3),
        new("2_1", 3, 884, 2, 1024, 23, 1, 5, 3, 2),
        new("4_0", 4, 863, 1, 2048, 23, 1, 3, 5, 1),
        new("2_2", 4, 918, 1, 2048, 23, 1, 4, 4, 5),
        new("5_0", 5, 931, 1, 4096, 23, 1, 3, 6, 1),
        new("6_0", 6, 1006, 1, 8192, 15, 2, 3, 7, 1),
        new("7_0", 7, 1055, 1, 16384, 15, 2, 2, 11, 1),
    ];

    /// <summary>The eight numbers by which the yardstick takes a set: n,k,N,baselog,level,ksbaselog,kslevel,bits.</summary>
    internal string YardstickArgument =>
        string.Join(
            ',',
            new[] { SmallDimension, GlweDimension, PolynomialSize, BaseLog, Level, KeySwitchBaseLog, KeySwitchLevel, Bits }.Select(number =>
                number.ToString(CultureInfo.InvariantCulture)
            )
        );

    /// <summary>
    /// log2 of the failure probability by the published noise formulas with the mean-compensated modulus switch, under the
    /// noise that the peer's own sets have: that of the curve for 132 bits.
    /// </summary>
    internal double FailureLog2
    {
        get
        {
            ParameterSet set = Parameters(SecurityCurve.Bits132);
            NoiseModel model = NoiseModel.Golden;
            LookupClassParameters lookup = set.Classes[0];
            double variance =
                Norm * Norm * model.BlindRotationVariance(set.BigKey, lookup)
                + model.KeySwitchVariance(set.BigKey, lookup)
                + model.ModulusSwitchVariance(set.BigKey, lookup);
            return Math.Log2(NoiseFormulas.failure(Bits, variance));
        }
    }

    /// <summary>The same set as our parameters, with the noise that the yardstick gives it.</summary>
    internal ParameterSet Parameters() => Parameters(SecurityCurve.Bits128);

    private ParameterSet Parameters(SecurityCurve curve)
    {
        BigKeyParameters big = new(GlweDimension, PolynomialSize, curve.StandardDeviation(GlweDimension * PolynomialSize));
        LookupClassParameters lookup = new(
            SmallDimension,
            curve.StandardDeviation(SmallDimension),
            new GadgetDecomposition(KeySwitchBaseLog, KeySwitchLevel),
            new GadgetDecomposition(BaseLog, Level),
            Nu: 0
        );
        return new ParameterSet(curve, big, [lookup]);
    }

    /// <summary>The sets named in a comma-separated list; all of them for null.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    internal static IReadOnlyList<PeerSet> Parse(string? names) =>
        [
            .. (names ?? string.Join(',', All.Select(set => set.Name)))
                .Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(name =>
                    All.FirstOrDefault(set => set.Name == name)
                    ?? throw new ArgumentException(
                        $"unknown set '{name}': expected some of {string.Join(',', All.Select(set => set.Name))}"
                    )
                ),
        ];
}
