using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ConcreteMl.AspNetCore;

/// <summary>Sizes of bodies, before anything is read.</summary>
internal static class RequestLimits
{
    /// <summary>Lets the connection read no more than this of the body.</summary>
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
            limit.MaxRequestBodySize = most;
    }

    /// <summary>A part of the address.</summary>
    internal static string Route(this HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";
}
