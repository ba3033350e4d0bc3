using ConcreteMl.Tfhe;

namespace ConcreteMl.AspNetCore;

/// <summary>An evaluation key on disk.</summary>
/// <param name="Path">Its file.</param>
/// <param name="KeyId">Public name of the secret key behind it.</param>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record StoredKey(string Path, KeyId KeyId, long Bytes);
