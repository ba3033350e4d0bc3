using ConcreteMl.Tfhe.Tests.KernelSource;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>The checked-in kernels are what their generator writes.</summary>
[TestFixture]
internal sealed class KernelSourceTests
{
    private static readonly string Folder = Tree.At("src", "ConcreteMl.Tfhe", "Kernels", "Generated");

    [Test]
    public void Checked_in_kernels_are_what_the_generator_writes()
    {
        (string Name, string Text)[] files = [.. KernelFiles.All()];
        if (Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null)
        {
            foreach (string old in Directory.EnumerateFiles(Folder))
                File.Delete(old);
            foreach ((string name, string text) in files)
                File.WriteAllText(Path.Combine(Folder, name), text);
        }
        Assert.That(Directory.EnumerateFiles(Folder).Select(Path.GetFileName), Is.EquivalentTo(files.Select(file => file.Name)));
        foreach ((string name, string text) in files)
            Assert.That(File.ReadAllText(Path.Combine(Folder, name)), Is.EqualTo(text), $"{name}: CML_BLESS=1 writes it again");
    }
}
