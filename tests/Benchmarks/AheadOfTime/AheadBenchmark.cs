using System.Text.Json.Nodes;
using ConcreteMl;

namespace Benchmarks.AheadOfTime;

/// <summary>
/// The same encrypted inference in applications published in several ways, run in alternation: just in time, trimmed, and compiled
/// ahead of time.
/// </summary>
internal static class AheadBenchmark
{
    private const int DefaultPairs = 5;
    private const int Bits = 6;
    private const string DefaultKinds = "trimmed,native,x86-64-v3";

    /// <summary>Runs with the options --pairs and --kinds.</summary>
    internal static int Run(BenchOptions options)
    {
        int pairs = options.Count("--pairs", DefaultPairs);
        SubjectKind[] kinds = [SubjectKind.Jit, .. (options.Text("--kinds") ?? DefaultKinds).Split(',').Select(SubjectKind.Parse)];
        string folder = Directory.CreateTempSubdirectory("concreteml-aot-").FullName;
        List<PublishedSubject> subjects = [];
        try
        {
            IReadOnlyList<string> arguments = Prepare(folder);
            foreach (SubjectKind kind in kinds)
            {
                Console.Error.WriteLine($"publishing {kind.Name}");
                subjects.Add(PublishedSubject.Start(kind, folder, arguments));
            }
            for (int pair = 0; pair < pairs; pair++)
                subjects.ForEach(subject => subject.Run());
            Console.WriteLine(Result(subjects).ToJsonString());
            return 0;
        }
        finally
        {
            subjects.ForEach(subject => subject.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonObject Result(IReadOnlyList<PublishedSubject> subjects)
    {
        PublishedSubject jit = subjects[0];
        return new JsonObject
        {
            ["model"] = $"digits_mlp, {Bits} bits, rounding {Bits}",
            ["cores"] = Environment.ProcessorCount,
            ["pairs"] = jit.Seconds.Count,
            ["kinds"] = new JsonArray([
                .. subjects.Select(subject => new JsonObject
                {
                    ["kind"] = subject.Kind.Name,
                    ["kernels"] = subject.Kernels,
                    ["run_s"] = subject.Seconds.Median(),
                    ["ratio_to_jit"] = subject.Seconds.Zip(jit.Seconds, (own, just) => own / just).Median(),
                    ["codes_equal_to_jit"] = subject.Codes == jit.Codes,
                }),
            ]),
        };
    }

    /// <summary>Compiles the model and writes the application's project; returns the application's arguments.</summary>
    private static IReadOnlyList<string> Prepare(string folder)
    {
        string model = Path.Combine(SourceRoot(AppContext.BaseDirectory), "tests", "models", "digits_mlp");
        CompileOptions options = new() { Bits = QuantizationBits.Uniform(Bits), Rounding = new Rounding(Bits) };
        Tensor calibration = NpzFile.Load(Path.Combine(model, "calib.npz"))["x0"];
        string client = Path.Combine(folder, "digits.client");
        string server = Path.Combine(folder, "digits.server");
        using (QuantizedModule module = ModelCompiler.Compile(OnnxModel.Load(Path.Combine(model, "model.onnx")), [calibration], options))
        {
            module.SaveClient(client);
            module.SaveServer(server);
        }
        File.Copy(Source("InferenceSubject.cs"), Path.Combine(folder, "InferenceSubject.cs"));
        File.WriteAllText(
            Path.Combine(folder, "Program.cs"),
            "return await Benchmarks.AheadOfTime.InferenceSubject.RunAsync(args[0], args[1], args[2]);\n"
        );
        File.WriteAllText(Path.Combine(folder, "subject.csproj"), Project());
        return [client, server, Path.Combine(model, "test.npz")];
    }

    /// <summary>A project on the assemblies that this program itself was built with.</summary>
    private static string Project()
    {
        string[] assemblies = ["ConcreteMl.Tfhe", "ConcreteMl.Client", "ConcreteMl.Server", "Google.Protobuf"];
        IEnumerable<string> references = assemblies.Select(name =>
            $"<Reference Include=\"{name}\"><HintPath>{Path.Combine(AppContext.BaseDirectory, name)}.dll</HintPath></Reference>"
        );
        // gcc links where the SDK's own choice, clang, is not installed
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <AssemblyName>subject</AssemblyName>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
                <NuGetAudit>false</NuGetAudit>
                <CppCompilerAndLinker Condition="$([MSBuild]::IsOSPlatform('Linux'))">gcc</CppCompilerAndLinker>
                <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="Program.cs;InferenceSubject.cs" />
                {string.Join("\n    ", references)}
              </ItemGroup>
            </Project>
            """;
    }

    private static string Source(string file) =>
        Path.Combine(SourceRoot(AppContext.BaseDirectory), "tests", "Benchmarks", "AheadOfTime", file);

    private static string SourceRoot(string directory) =>
        File.Exists(Path.Combine(directory, "ConcreteMl.Compiler.sln"))
            ? directory
            : SourceRoot(
                Path.GetDirectoryName(directory)
                    ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} does not lie in the source tree")
            );
}
