namespace ConcreteMl.Artefacts;

/// <summary>One part of an artefact in its manifest.</summary>
/// <param name="Name">Name in the archive.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its checksum, lower-case hex.</param>
internal sealed record PartRecord(string Name, long Bytes, string Sha256);
