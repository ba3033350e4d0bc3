using System.Globalization;
using ConcreteMl.Tfhe;

namespace Benchmarks;

/// <summary>A parameter set of the peer library (message_carry name), with Gaussian noise of our 128-bit curve.</summary>
internal sealed record PeerSet(
    string Name,
    int Bits,
    int SmallDimension,
    int GlweDimension,
    int PolynomialSize,
    int BaseLog,
    int Level,
    int KeySwitchBaseLog,
    int KeySwitchLevel
)
{
    /// <summary>The sets of the yardstick, in order of size.</summary>
    internal static IReadOnlyList<PeerSet> All { get; } =
    [
        new("1_1", 2, 837, 4, 512, 23, 1, 5, 3),
        new("2_1", 3, 884, 2, 1024, 23, 1, 5, 3),
        new("4_0", 4, 863, 1, 2048, 23, 1, 3, 5),
        new("2_2", 4, 918, 1, 2048, 23, 1, 4, 4),
        new("5_0", 5, 931, 1, 4096, 23, 1, 3, 6),
        new("6_0", 6, 1006, 1, 8192, 15, 2, 3, 7),
        new("7_0", 7, 1055, 1, 16384, 15, 2, 2, 11),
    ];

    /// <summary>The eight numbers by which the yardstick takes a set: n,k,N,baselog,level,ksbaselog,kslevel,bits.</summary>
    internal string YardstickArgument =>
        string.Join(
            ',',
            new[] { SmallDimension, GlweDimension, PolynomialSize, BaseLog, Level, KeySwitchBaseLog, KeySwitchLevel, Bits }.Select(number =>
                number.ToString(CultureInfo.InvariantCulture)
            )
        );

    /// <summary>The same set as our parameters.</summary>
    internal ParameterSet Parameters()
    {
        SecurityCurve curve = SecurityCurve.Bits128;
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

    /// <summary>The sets named in a comma-separated list.</summary>
    internal static IReadOnlyList<PeerSet> Parse(string names) =>
        [
            .. names
                .Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(name =>
                    All.FirstOrDefault(set => set.Name == name)
                    ?? throw new ArgumentException(
                        $"unknown set '{name}': expected some of {string.Join(',', All.Select(set => set.Name))}"
                    )
                ),
        ];
}
