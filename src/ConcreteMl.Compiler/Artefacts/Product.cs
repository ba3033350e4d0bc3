using System.Reflection;

namespace ConcreteMl.Artefacts;

/// <summary>The release that runs.</summary>
internal static class Product
{
    /// <summary>Without build metadata: equal sources make equal artefacts.</summary>
    internal static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}
