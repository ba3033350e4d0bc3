using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>A step of the compiler as the registry lists it.</summary>
/// <param name="Name">Unique, in kebab-case.</param>
/// <param name="Stage">The stage that it takes.</param>
/// <param name="Result">The stage that it gives: the same for a pass, the next for a conversion.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Reason">Why it stands at its place.</param>
/// <param name="Options">What it may be told.</param>
public sealed record PassInfo(string Name, Stage Stage, Stage Result, string Summary, string Reason, IReadOnlyList<PassOptionInfo> Options)
{
    /// <summary>What it may be told.</summary>
    public IReadOnlyList<PassOptionInfo> Options
    {
        get;
        init => field = ContentList<PassOptionInfo>.Of(value);
    } = ContentList<PassOptionInfo>.Of(Options);
}
