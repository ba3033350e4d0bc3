namespace ConcreteMl.Compiler.Tests;

/// <summary>A folder of a test's own, removed after it.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("concreteml-test-");

    internal string At(string name) => Path.Combine(folder.FullName, name);

    internal string Write(string name, byte[] content)
    {
        File.WriteAllBytes(At(name), content);
        return At(name);
    }

    internal string WriteArrays(string name, params (string Name, Tensor Tensor)[] arrays)
    {
        NpzFile.Save(At(name), arrays.Select(array => new KeyValuePair<string, Tensor>(array.Name, array.Tensor)));
        return At(name);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
