using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ConcreteMl.Running;

/// <summary>A server's refusals as those of the client.</summary>
internal static class ServerRefusals
{
    /// <summary>Code of a server that stops; another one takes its place.</summary>
    internal const string Stopping = "CML6410";

    /// <summary>The diagnostics of a refusal's body.</summary>
    internal static CompilationException Of(HttpStatusCode status, JsonElement body, string place)
    {
        if (
            body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("diagnostics", out JsonElement list)
            || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() == 0
        )
        {
            return Unexpected($"the server answered {((int)status).ToString(CultureInfo.InvariantCulture)}", place);
        }

        return new CompilationException([
            .. list.EnumerateArray()
                .Select(one => Diagnostic.Error(Text(one, "code"), place, Text(one, "message"), Text(one, "expected"), Text(one, "cure"))),
        ]);
    }

    /// <summary>The server was not reached, or did not answer as one.</summary>
    internal static CompilationException Unexpected(string message, string place) =>
        new(
            Diagnostic.Error(
                "CML6412",
                place,
                message,
                "the address of a model on a server: http://HOST/v2/models/NAME",
                "Check the address, and GET /v2/health/ready"
            )
        );

    private static string Text(JsonElement one, string name) =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : "";
}
