using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConcreteMl.Data;

namespace ConcreteMl.Artefacts;

/// <summary>
/// A compiled model as a file: a zip archive of a manifest and the parts that it lists. Equal contents, equal bytes. The report is
/// written for other readers; ours compute it from the circuit, so that it is null here after reading.
/// </summary>
internal sealed record Artefact(
    Manifest Manifest,
    byte[] Source,
    bool SourceIsText,
    string? Quant,
    string Circuit,
    byte[] Program,
    CalibrationFigures Calibration,
    CircuitReport? Report
)
{
    internal const string ManifestName = "manifest.json";
    internal const string ModelName = "model.onnx";
    internal const string TextName = "source.mlir";
    internal const string QuantName = "quant.mlir";
    internal const string CircuitName = "circuit.mlir";
    internal const string ProgramName = "program.pb";
    internal const string CalibrationName = "calibration.json";
    internal const string ReportName = "report.json";

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
}
