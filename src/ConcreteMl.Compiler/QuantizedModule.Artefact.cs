using ConcreteMl.Artefacts;
using ConcreteMl.Data;
using ConcreteMl.Interop;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl;

/// <content>Artefacts: the module as a file.</content>
public sealed partial class QuantizedModule
{
    /// <summary>Writes the artefact; equal models, calibration data and options give equal bytes. Holds no secret.</summary>
    /// <exception cref="CompilationException">The file cannot be written.</exception>
    public void Save(string path) => Files.Write(path, ToArtefact().ToBytes());

    /// <summary>Reads an artefact.</summary>
    /// <exception cref="CompilationException">The file is missing, damaged, no artefact, or of another format version.</exception>
    public static QuantizedModule Load(string path)
    {
        Artefact artefact = Artefact.Parse(Files.Read(path), path);
        ModelSource source;
        TfheProgram program;
        try
        {
            source = ModelSource.Read(artefact.Source, artefact.SourceIsText, artefact.Manifest.Model);
            program = ProgramFormat.Read(new MemoryStream(artefact.Program, writable: false));
        }
        catch (Exception problem) when (problem is TfheFormatException or CompilationException)
        {
            throw Artefact.Damaged(path, problem.Message);
        }

        return new QuantizedModule(
            source,
            StageTexts.OfTexts(source, artefact.Quant, artefact.Circuit),
            program,
            artefact.Report,
            artefact.Manifest.Options,
            artefact.Calibration,
            artefact.Manifest.Diagnostics
        );
    }

    private Artefact ToArtefact()
    {
        using MemoryStream stream = new();
        ProgramFormat.Write(program, stream);
        Manifest manifest = new()
        {
            Format = Manifest.Kind,
            FormatVersion = $"{Manifest.Major}.{Manifest.Minor}",
            ProductVersion = Product.Version,
            Model = Source.Name,
            ModelHash = Source.Hash,
            Executable = IsExecutable,
            Options = Options,
            Diagnostics = Diagnostics,
            Parts = [],
        };
        return new Artefact(
            manifest,
            Source.Bytes,
            Source.Text is not null,
            texts.HasQuant ? texts.Quant(elide: false) : null,
            texts.Circuit(elide: false),
            stream.ToArray(),
            Calibration,
            Report
        );
    }
}
