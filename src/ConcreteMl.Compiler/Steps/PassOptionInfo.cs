namespace ConcreteMl;

/// <summary>An option of a pass, written <c>pass[name=value]</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Accepts">Which values it takes, in words.</param>
/// <param name="Default">The value where none is given.</param>
public sealed record PassOptionInfo(string Name, string Summary, string Accepts, string Default);
