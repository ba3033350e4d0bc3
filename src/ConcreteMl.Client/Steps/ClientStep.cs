namespace ConcreteMl.Steps;

/// <summary>Work that needs no circuit and is done by the client, before encryption or after decryption, on one sample's tensors.</summary>
/// <param name="Kind">Which work; <see cref="ClientSteps"/> knows the kinds.</param>
/// <param name="Reads">Numbers of the values it reads: the sample's tensors first, then what earlier steps wrote, in order.</param>
/// <param name="Writes">How many values it adds.</param>
/// <param name="Settings">What the kind wants to know, by name.</param>
internal sealed record ClientStep(string Kind, IReadOnlyList<int> Reads, int Writes, IReadOnlyDictionary<string, ClientSetting> Settings);
