using ConcreteMl.Cli.Output;
using ConcreteMl.Data;

namespace ConcreteMl.Cli.Commands;

/// <summary>The arrays x0, x1, … of a file, in the order of the inputs.</summary>
internal static class SampleFile
{
    /// <exception cref="CompilationException">The file cannot be read, or an array is missing or does not fit.</exception>
    internal static IReadOnlyList<Tensor> Load(IReadOnlyList<ModelPort> inputs, string path, Session session)
    {
        IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(path);
        SampleBinder binder = new(inputs, path);
        binder.Bind(arrays, limit: 1);
        session.Report(binder.Notes);
        return [.. inputs.Select((_, index) => arrays[$"x{index}"])];
    }
}
