namespace ConcreteMl.Artefacts;

/// <summary>The options that decide what an artefact holds; threads and dump folders do not.</summary>
internal sealed record RecordedOptions(
    QuantizationBits Bits,
    bool ImportQat,
    Rounding? Rounding,
    double? PError,
    double? GlobalPError,
    int Security,
    ClientParts ClientParts = ClientParts.None, // what releases before this option did
    KeySwitchKind KeySwitch = KeySwitchKind.Lwe // likewise
)
{
    internal static RecordedOptions Of(CompileOptions options) =>
        new(
            options.Bits,
            options.ImportQat,
            options.Rounding,
            options.LookupBound,
            options.GlobalPError,
            options.Security,
            options.ClientParts,
            options.KeySwitch
        );
}
