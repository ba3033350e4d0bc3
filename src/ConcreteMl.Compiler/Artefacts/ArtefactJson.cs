using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConcreteMl.Artefacts;

/// <summary>The JSON parts of an artefact, by generated code: applications may be trimmed or compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    NewLine = "\n",
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(SeverityName), typeof(RoundingMethodName)]
)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(CalibrationFigures))]
[JsonSerializable(typeof(CircuitReport))]
internal sealed partial class ArtefactJson : JsonSerializerContext
{
    private sealed class SeverityName() : JsonStringEnumConverter<DiagnosticSeverity>(JsonNamingPolicy.SnakeCaseLower);

    private sealed class RoundingMethodName() : JsonStringEnumConverter<RoundingMethod>(JsonNamingPolicy.SnakeCaseLower);
}
