using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ConcreteMl.AspNetCore;

/// <summary>Sizes of bodies, before anything is read.</summary>
internal static class RequestLimits
{
    // The connection counts the frames of a body in pieces too: 6 bytes and more a piece, an eighth of pieces of 48 bytes.
    private const int FramesPart = 8;

    /// <summary>Lets the connection read no more than this of the body, and, where it comes in pieces of no stated sum, than these take.</summary>
    /// <exception cref="RefusalException">The body says that it is larger.</exception>
    internal static void Limit(this HttpContext context, long most)
    {
        if (context.Request.ContentLength > most)
            throw new RefusalException(
                StatusCodes.Status413PayloadTooLarge,
                "CML6206",
                $"the body has {context.Request.ContentLength} bytes, at most {most} are read",
                "",
                "Send less at once"
            );
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = context.Request.ContentLength is null ? most + most / FramesPart + ushort.MaxValue : most;
    }

    /// <summary>A part of the address.</summary>
    internal static string Route(this HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";
}
