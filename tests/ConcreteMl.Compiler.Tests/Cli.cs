using System.Text.Json;
using ConcreteMl.Cli;

namespace ConcreteMl.Compiler.Tests;

/// <summary>One run of the command line, in this process.</summary>
internal sealed record Cli(int ExitCode, string Output, string Error)
{
    internal static Cli Run(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = CommandLine.Run(arguments, output, error);
        return new Cli(code, output.ToString(), error.ToString());
    }

    /// <summary>The one JSON object on standard output.</summary>
    internal JsonElement Json() => JsonDocument.Parse(Output).RootElement;

    /// <summary>The codes of the diagnostics in a JSON answer.</summary>
    internal string[] Codes() =>
        [.. Json().GetProperty("diagnostics").EnumerateArray().Select(entry => entry.GetProperty("code").GetString()!)];
}
