using System.Reflection;
using NUnit.Framework;
using PublicApiGenerator;

namespace ConcreteMl.Compiler.Tests;

public sealed class PublicApiTests
{
    private static readonly Assembly Api = typeof(ModelCompiler).Assembly;

    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    /// <summary>An assembly of each package whose surface we promise; ConcreteMl.Onnx.Proto is generated.</summary>
    private static IEnumerable<Assembly> Packages() =>
        [
            typeof(Tfhe.TfheRuntime).Assembly,
            typeof(Tensor).Assembly,
            typeof(FheServer).Assembly,
            typeof(AspNetCore.ConcreteMlOptions).Assembly,
            typeof(Orleans.FheCluster).Assembly,
            Api,
            typeof(Core.StageKind).Assembly,
        ];

    [TestCaseSource(nameof(Packages))]
    public void The_public_surface_is_the_checked_in_text(Assembly package)
    {
        string file = Tree.At("tests", "PublicApi", $"{package.GetName().Name}.txt");
        string actual = package.GeneratePublicApi(Options).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("CML_BLESS") == "1" && Environment.GetEnvironmentVariable("CI") is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        Assert.That(actual, Is.EqualTo(File.ReadAllText(file)), "CML_BLESS=1 accepts a change of the public surface");
    }

    [Test]
    public void No_signature_names_a_type_of_FSharp_or_of_the_compiler_but_in_the_interop_namespace()
    {
        string[] foreign =
        [
            .. Signatures
                .Types(Api)
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
