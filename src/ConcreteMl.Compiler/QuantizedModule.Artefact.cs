using ConcreteMl.Artefacts;
using ConcreteMl.Data;
using ConcreteMl.Interop;
using ConcreteMl.Steps;
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
        Artefact artefact = ArtefactReader.Read(Files.Read(path), path);
        ModelSource source;
        TfheProgram program;
        CircuitReport? report;
        ClientHalf half;
        try
        {
            source = ModelSource.Read(artefact.Source, artefact.SourceIsText, artefact.Manifest.Model);
            program = ProgramFormat.Read(new MemoryStream(artefact.Program, writable: false));
            report = CircuitAgreement.Report(artefact.Circuit, program);
            half = CoreClientParts.Half(program, CoreText.Parse(Artefact.CircuitName, artefact.Circuit).Stage);
        }
        catch (Exception problem) when (problem is TfheFormatException or CompilationException)
        {
            throw Artefact.Damaged(path, problem.Message);
        }

        if (report is null)
        {
            throw Artefact.Damaged(path, "its program is not the one of its circuit");
        }

        if (source.Hash != artefact.Manifest.ModelHash)
        {
            throw Artefact.Damaged(path, "its model is not the one that the manifest names");
        }

        if (program.IsExecutable != artefact.Manifest.Executable)
        {
            throw Artefact.Damaged(
                path,
                artefact.Manifest.Executable
                    ? "the manifest says that it runs encrypted, and its program has no parameters"
                    : "the manifest says that it does not run encrypted, and its program has parameters"
            );
        }

        return new QuantizedModule(
            source,
            StageTexts.OfTexts(source, artefact.Quant, artefact.Circuit),
            program,
            report with
            {
                Rounding = artefact.Manifest.Rounding,
            },
            artefact.Manifest.Options,
            artefact.Calibration,
            artefact.Manifest.Diagnostics,
            half
        );
    }

    /// <summary>Writes the client's half: codings, shapes, parameters and client parts; no weight and no table.</summary>
    /// <exception cref="CompilationException">The module is not executable, or the file cannot be written.</exception>
    public void SaveClient(string path)
    {
        Parameters();
        SaveHalf(path, stream => half.WriteAsync(stream, CancellationToken.None));
    }

    /// <summary>Writes the server's half: the circuit, without the codings of inputs and outputs.</summary>
    /// <exception cref="CompilationException">The module is not executable, or the file cannot be written.</exception>
    public void SaveServer(string path)
    {
        Parameters();
        SaveHalf(path, stream => CircuitFormat.WriteAsync(program, stream));
    }

    private static void SaveHalf(string path, Func<Stream, Task> write)
    {
        using MemoryStream stream = new();
        write(stream).GetAwaiter().GetResult();
        Files.Write(path, stream.ToArray());
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
            Rounding = Report.Rounding,
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
