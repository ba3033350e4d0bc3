using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ConcreteMl.Data;

namespace ConcreteMl.Artefacts;

/// <summary>
/// Reads artefacts: the manifest first, then the parts that it lists and this release knows, and nothing else of the archive. Each
/// part is held to the size and checksum that the manifest says.
/// </summary>
internal sealed class ArtefactReader
{
    private static readonly string[] Known =
    [
        Artefact.ModelName,
        Artefact.TextName,
        Artefact.QuantName,
        Artefact.CircuitName,
        Artefact.ProgramName,
        Artefact.CalibrationName,
    ];

    private readonly string path;
    private readonly Manifest manifest;
    private readonly Dictionary<string, byte[]> parts = [];

    private ArtefactReader(byte[] bytes, string path)
    {
        this.path = path;
        if (!ZipParts.HasMagic(bytes))
        {
            throw NotOne("this is no zip archive");
        }

        byte[] text =
            Unzip(bytes, name => name == Artefact.ManifestName).FirstOrDefault().Content
            ?? throw NotOne($"the archive has no {Artefact.ManifestName}");
        RequireVersion(text);
        manifest = Json(text, Artefact.ManifestName, ArtefactJson.Default.Manifest);
        RequireNoNulls(manifest.Parts, "parts");
        RequireNoNulls(manifest.Diagnostics, "diagnostics");
        HashSet<string> listed = [.. manifest.Parts.Select(record => record.Name).Intersect(Known)];
        foreach ((string name, byte[] content) in Unzip(bytes, listed.Contains))
        {
            parts[name] = content;
        }

        foreach (PartRecord record in manifest.Parts.Where(record => listed.Contains(record.Name)))
        {
            byte[] content = parts.GetValueOrDefault(record.Name) ?? throw Damaged($"the part '{record.Name}' is missing");
            if (content.LongLength != record.Bytes || Convert.ToHexStringLower(SHA256.HashData(content)) != record.Sha256)
            {
                throw Damaged($"the size or the checksum of the part '{record.Name}' does not match");
            }
        }
    }

    /// <exception cref="CompilationException">CML6101, CML6102 or CML6103, depending on what is wrong.</exception>
    internal static Artefact Read(byte[] bytes, string path) => new ArtefactReader(bytes, path).Read();

    private Artefact Read()
    {
        bool isText = !parts.ContainsKey(Artefact.ModelName) && parts.ContainsKey(Artefact.TextName);
        CalibrationFigures calibration = Json(
            Part(Artefact.CalibrationName),
            Artefact.CalibrationName,
            ArtefactJson.Default.CalibrationFigures
        );
        RequireNoNulls(calibration.Inputs, "inputs");
        return new Artefact(
            manifest,
            Part(isText ? Artefact.TextName : Artefact.ModelName),
            isText,
            isText && !parts.ContainsKey(Artefact.QuantName) ? null : Encoding.UTF8.GetString(Part(Artefact.QuantName)),
            Encoding.UTF8.GetString(Part(Artefact.CircuitName)),
            Part(Artefact.ProgramName),
            calibration,
            null
        );
    }

    private byte[] Part(string name) => parts.GetValueOrDefault(name) ?? throw Damaged($"the manifest lists no '{name}'");

    private IReadOnlyList<(string Name, byte[] Content)> Unzip(byte[] bytes, Func<string, bool> wanted)
    {
        try
        {
            return ZipParts.Read(bytes, wanted);
        }
        catch (Exception problem) when (Files.IsDamage(problem))
        {
            throw Damaged(problem.Message);
        }
    }

    // Before the rest is read: later formats may have another manifest.
    private void RequireVersion(byte[] text)
    {
        string? format;
        string? version;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            format = document.RootElement.TryGetProperty("format", out JsonElement kind) ? kind.GetString() : null;
            version = document.RootElement.TryGetProperty("format_version", out JsonElement made) ? made.GetString() : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw Damaged($"its manifest cannot be read ({problem.Message})");
        }

        if (format != Manifest.Kind || version is null)
        {
            throw NotOne("its manifest does not say that it is one");
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

    private T Json<T>(byte[] text, string part, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw Damaged($"the part '{part}' is empty");
        }
        catch (Exception problem) when (problem is JsonException or NotSupportedException)
        {
            throw Damaged($"the part '{part}' cannot be read ({problem.Message})");
        }
    }

    private void RequireNoNulls<T>(IReadOnlyList<T?> items, string what)
        where T : class
    {
        if (items.Any(item => item is null))
        {
            throw Damaged($"'{what}' holds a null");
        }
    }

    private CompilationException Damaged(string message) => Artefact.Damaged(path, message);

    private CompilationException NotOne(string message) =>
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
