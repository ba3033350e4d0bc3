namespace ConcreteMl.Artefacts;

/// <summary>The first part of an artefact: what it is, what it was made from, and the checksum of every other part.</summary>
internal sealed record Manifest
{
    /// <summary>The major version changes when old readers would misread a part; the minor when they would miss one.</summary>
    internal const int Major = 2;

    internal const int Minor = 0;

    internal const string Kind = "concreteml-artefact";

    /// <summary>Constant text by which the format is known.</summary>
    public required string Format { get; init; }

    /// <summary>"major.minor".</summary>
    public required string FormatVersion { get; init; }

    /// <summary>The release that made the artefact.</summary>
    public required string ProductVersion { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of the model or text that the artefact holds, lower-case hex.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The program runs on encrypted data.</summary>
    public required bool Executable { get; init; }

    /// <summary>What it was compiled with.</summary>
    public required RecordedOptions Options { get; init; }

    /// <summary>What the compiler chose where the rounding was left to it; null where it was not.</summary>
    public RoundingChoice? Rounding { get; init; }

    /// <summary>Warnings and notes of the compilation, among them why it is not executable.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>Every other part.</summary>
    public required IReadOnlyList<PartRecord> Parts { get; init; }
}
