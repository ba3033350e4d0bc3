namespace ConcreteMl.AspNetCore;

/// <summary>A model's name and files.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="ServerHalf">File of the server's half.</param>
/// <param name="ClientHalf">File of the client's half; null where it is looked for beside the server's.</param>
public sealed record ServedModelFiles(string Name, string ServerHalf, string? ClientHalf);
