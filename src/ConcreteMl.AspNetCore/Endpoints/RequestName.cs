using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ConcreteMl.AspNetCore;

/// <summary>The name that a client gives to its request for a job, so that sending it twice makes one job.</summary>
internal static class RequestName
{
    internal const string Header = "Idempotency-Key";

    // a UUID has 36 characters, a hash 64
    private const int Longest = 128;

    /// <summary>The name, or null where the client gives none.</summary>
    /// <exception cref="RefusalException">The header is there and names nothing.</exception>
    internal static string? Of(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(Header, out StringValues values))
            return null;
        return values is [{ Length: > 0 and <= Longest } name] && name.All(one => one is > ' ' and <= '~')
            ? name
            : throw RefusalException.Request(
                $"{Header} is no name",
                $"{Header}: 1 to {Longest} visible ASCII characters, once",
                "Choose a random name for every job, for example a UUID"
            );
    }
}
