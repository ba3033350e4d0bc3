using System.Reflection;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

public sealed class PublicApiTests
{
    private static readonly Assembly Api = typeof(ModelCompiler).Assembly;

    [Test]
    public void The_public_surface_is_the_checked_in_text()
    {
        string file = Tree.At("tests", "ConcreteMl.Compiler.Tests", "PublicApi.txt");
        string actual = PublicApi.List(Api);
        bool bless = Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null;
        if (bless)
        {
            File.WriteAllText(file, actual);
        }

        Assert.That(actual, Is.EqualTo(File.ReadAllText(file)), "CML_BLESS=1 accepts a change of the public surface");
    }

    [Test]
    public void No_signature_names_a_type_of_FSharp_or_of_the_compiler_but_in_the_interop_namespace()
    {
        string[] foreign =
        [
            .. PublicApi
                .SignatureTypes(Api)
                .Select(type => type.Assembly.GetName().Name!)
                .Where(name => name.StartsWith("FSharp", StringComparison.Ordinal) || name == "ConcreteMl.Compiler.Core")
                .Distinct(),
        ];
        Assert.That(foreign, Is.Empty);
    }

    [Test]
    public void Only_the_interop_folder_names_types_of_the_compiler()
    {
        string source = Tree.At("src", "ConcreteMl.Compiler");
        string[] leaks =
        [
            .. Directory
                .EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.StartsWith(Path.Combine(source, "Interop"), StringComparison.Ordinal))
                .Where(file => !file.StartsWith(Path.Combine(source, "obj"), StringComparison.Ordinal))
                .Where(file => File.ReadAllText(file).Contains("Compiler.Core", StringComparison.Ordinal)),
        ];
        Assert.That(leaks, Is.Empty);
    }
}
