using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>Tells texts of stages from models and artefacts.</summary>
internal static class StageFile
{
    /// <summary>The first bytes of a file.</summary>
    internal static byte[] Start(string path)
    {
        byte[] bytes = Files.Read(path);
        return bytes[..Math.Min(bytes.Length, 64)];
    }

    /// <summary>By the file's ending, or by its first bytes: models and artefacts hold bytes that no text has.</summary>
    internal static bool IsText(string path, ReadOnlySpan<byte> bytes)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension switch
        {
            ".mlir" or ".txt" or ".onnxtxt" => true,
            ".onnx" or ".cml" => false,
            _ => bytes.Length > 0 && !bytes[..Math.Min(bytes.Length, 64)].ContainsAnyInRange((byte)0, (byte)8),
        };
    }
}
