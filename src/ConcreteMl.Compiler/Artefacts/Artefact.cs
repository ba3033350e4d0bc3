using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ConcreteMl.Data;

namespace ConcreteMl.Artefacts;

/// <summary>A compiled model as a file: a zip archive of a manifest and the parts that it lists. Equal contents, equal bytes.</summary>
internal sealed record Artefact(
    Manifest Manifest,
    byte[] Source,
    bool SourceIsText,
    string? Quant,
    string Circuit,
    byte[] Program,
    CalibrationFigures Calibration,
    CircuitReport Report
)
{
    private const string ManifestName = "manifest.json";
    private const string ModelName = "model.onnx";
    private const string TextName = "source.mlir";
    private const string QuantName = "quant.mlir";
    private const string CircuitName = "circuit.mlir";
    private const string ProgramName = "program.pb";
    private const string CalibrationName = "calibration.json";
    private const string ReportName = "report.json";

    internal byte[] ToBytes()
    {
        List<(string Name, byte[] Content)> parts =
        [
            (SourceIsText ? TextName : ModelName, Source),
            .. Quant is string quant ? [(QuantName, Encoding.UTF8.GetBytes(quant))] : Array.Empty<(string, byte[])>(),
            (CircuitName, Encoding.UTF8.GetBytes(Circuit)),
            (ProgramName, Program),
            (CalibrationName, JsonSerializer.SerializeToUtf8Bytes(Calibration, ArtefactJson.Default.CalibrationFigures)),
            (ReportName, JsonSerializer.SerializeToUtf8Bytes(Report, ArtefactJson.Default.CircuitReport)),
        ];
        Manifest manifest = Manifest with
        {
            Parts =
            [
                .. parts.Select(part => new PartRecord(
                    part.Name,
                    part.Content.Length,
                    Convert.ToHexStringLower(SHA256.HashData(part.Content))
                )),
            ],
        };
        return ZipParts.Write([(ManifestName, JsonSerializer.SerializeToUtf8Bytes(manifest, ArtefactJson.Default.Manifest)), .. parts]);
    }

    /// <exception cref="CompilationException">CML6101, CML6102 or CML6103, depending on what is wrong.</exception>
    internal static Artefact Parse(byte[] bytes, string path)
    {
        IReadOnlyList<(string Name, byte[] Content)> parts = Unzip(bytes, path);
        byte[] text =
            parts.FirstOrDefault(part => part.Name == ManifestName).Content ?? throw NotOne(path, $"the archive has no {ManifestName}");
        RequireVersion(text, path);
        Manifest manifest = Json(text, ArtefactJson.Default.Manifest, ManifestName, path);
        Dictionary<string, byte[]> sound = [];
        foreach (PartRecord record in manifest.Parts)
        {
            byte[] content =
                parts.FirstOrDefault(part => part.Name == record.Name).Content
                ?? throw Damaged(path, $"the part '{record.Name}' is missing");
            if (Convert.ToHexStringLower(SHA256.HashData(content)) != record.Sha256)
            {
                throw Damaged(path, $"the checksum of the part '{record.Name}' does not match");
            }

            sound[record.Name] = content;
        }

        byte[] Part(string name) => sound.GetValueOrDefault(name) ?? throw Damaged(path, $"the manifest lists no '{name}'");

        bool isText = !sound.ContainsKey(ModelName) && sound.ContainsKey(TextName);
        return new Artefact(
            manifest,
            Part(isText ? TextName : ModelName),
            isText,
            isText && !sound.ContainsKey(QuantName) ? null : Encoding.UTF8.GetString(Part(QuantName)),
            Encoding.UTF8.GetString(Part(CircuitName)),
            Part(ProgramName),
            Json(Part(CalibrationName), ArtefactJson.Default.CalibrationFigures, CalibrationName, path),
            Json(Part(ReportName), ArtefactJson.Default.CircuitReport, ReportName, path)
        );
    }

    internal static CompilationException Damaged(string path, string message) =>
        new(
            Diagnostic.Error(
                "CML6102",
                path,
                $"the artefact is damaged: {message.TrimEnd('.')}",
                "an artefact as concreteml compile wrote it",
                "Copy the file again, or compile the model again"
            )
        );

    private static IReadOnlyList<(string Name, byte[] Content)> Unzip(byte[] bytes, string path)
    {
        if (!ZipParts.HasMagic(bytes))
        {
            throw NotOne(path, "this is no zip archive");
        }

        try
        {
            return ZipParts.Read(bytes);
        }
        catch (Exception problem) when (Files.IsDamage(problem))
        {
            throw Damaged(path, problem.Message);
        }
    }

    // Before the rest is read: later formats may have another manifest.
    private static void RequireVersion(byte[] text, string path)
    {
        string? format;
        string? version;
        try
        {
            using JsonDocument manifest = JsonDocument.Parse(text);
            format = manifest.RootElement.TryGetProperty("format", out JsonElement kind) ? kind.GetString() : null;
            version = manifest.RootElement.TryGetProperty("format_version", out JsonElement made) ? made.GetString() : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw Damaged(path, $"its manifest cannot be read ({problem.Message})");
        }

        if (format != Manifest.Kind || version is null)
        {
            throw NotOne(path, "its manifest does not say that it is one");
        }

        if (!int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major) || major != Manifest.Major)
        {
            throw new CompilationException(
                Diagnostic.Error(
                    "CML6103",
                    path,
                    $"the artefact has format version {version}",
                    $"{Manifest.Major}.x",
                    "Compile the model again with this release, or use the release that made it"
                )
            );
        }
    }

    private static T Json<T>(byte[] text, JsonTypeInfo<T> shape, string part, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(text, shape) ?? throw Damaged(path, $"the part '{part}' is empty");
        }
        catch (Exception problem) when (problem is JsonException or NotSupportedException)
        {
            throw Damaged(path, $"the part '{part}' cannot be read ({problem.Message})");
        }
    }

    private static CompilationException NotOne(string path, string message) =>
        new(
            Diagnostic.Error(
                "CML6101",
                path,
                $"this is no artefact: {message}",
                "a .cml file",
                "Compile the model: concreteml compile MODEL.onnx --calibration CALIB.npz -o OUT.cml"
            )
        );
}
