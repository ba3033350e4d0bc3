using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConcreteMl.Artefacts;

/// <summary>
/// The JSON of artefacts, generated at build time so that trimmed and ahead-of-time compiled applications read and write it. Nulls
/// and absences that the types do not allow are refused; those inside lists by <see cref="ArtefactReader"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    NewLine = "\n",
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [
        typeof(SnakeCase<DiagnosticSeverity>),
        typeof(SnakeCase<RoundingMethod>),
        typeof(SnakeCase<ClientParts>),
        typeof(SnakeCase<KeySwitchKind>),
    ]
)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(CalibrationFigures))]
[JsonSerializable(typeof(CircuitReport))]
[JsonSerializable(typeof(RoundingChoice))]
internal sealed partial class ArtefactJson : JsonSerializerContext;

/// <summary>Names of an enumeration in lower case with underscores.</summary>
internal sealed class SnakeCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
