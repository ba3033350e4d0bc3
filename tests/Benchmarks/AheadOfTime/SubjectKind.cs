using System.Runtime.InteropServices;

namespace Benchmarks.AheadOfTime;

/// <summary>A way to publish the measured application: its name and what it sets.</summary>
internal sealed record SubjectKind(string Name, IReadOnlyList<string> Properties)
{
    /// <summary>Just in time, as "dotnet build" leaves it: what the others are compared with.</summary>
    internal static SubjectKind Jit { get; } = new("jit", []);

    private static string Here => $"RuntimeIdentifier={RuntimeInformation.RuntimeIdentifier}";

    /// <summary>The kind of a name: trimmed, or an instruction set that an application is compiled ahead of time for.</summary>
    internal static SubjectKind Parse(string name) =>
        name == "trimmed" ? new(name, [Here, "SelfContained=true", "PublishTrimmed=true"])
        : name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
            ? new($"aot-{name}", [Here, "PublishAot=true", $"IlcInstructionSet={name}"])
        : throw new ArgumentException($"--kinds takes 'trimmed' and instruction sets such as native or x86-64-v3, met '{name}'");
}
