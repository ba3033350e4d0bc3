using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>Says which client sends a request: by the application's own authentication, or by bearer token.</summary>
internal sealed class ClientAccess(IOptions<ConcreteMlOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>Everybody, where there are no tokens. Names of clients that the options add are prefixed, so none is this one.</summary>
    private const string Anonymous = "anonymous";

    /// <summary>A name that tells clients apart; folders and rows carry its hash.</summary>
    /// <exception cref="RefusalException">The client is not known.</exception>
    internal string Require(HttpContext context)
    {
        if (context.User.Identity is { IsAuthenticated: true } user)
            return Owner("user:" + (context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.Name ?? throw Unknown("has no name")));
        if (Token(context.Request) is { } token)
        {
            if (options.Value.Clients.Find(token) is { } client)
                return Owner("token:" + client);
            throw Unknown("is not known");
        }

        bool open = options.Value.AllowAnonymous || (options.Value.Clients.Count == 0 && IsLocal(context));
        return open ? Owner(Anonymous) : throw Unknown("is missing");
    }

    private static string? Token(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    // In-process test servers have no address. A web page of a stranger in a browser of this machine comes from here too, under a name of the
    // stranger's own that leads here: such a name is none of this machine's.
    private static bool IsLocal(HttpContext context) =>
        (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address)) && IsLocalName(context.Request.Host.Host);

    private static bool IsLocalName(string name) =>
        name is "" or "localhost" || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static string Owner(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    private static RefusalException Unknown(string what) =>
        new(
            StatusCodes.Status401Unauthorized,
            "CML6401",
            $"the client's token {what}",
            "Authorization: Bearer TOKEN",
            "Ask the server's owner"
        );
}
