namespace ConcreteMl.AspNetCore;

/// <summary>A model that is loaded.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Server">The server's half.</param>
/// <param name="ClientHalf">The client's half as its file has it; null where it is not served.</param>
internal sealed record ServedModel(string Name, FheServer Server, byte[]? ClientHalf);
