using System.Collections.Immutable;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Tfhe;

/// <summary>The secret key of a client: the big key and the small key of every lookup class. Never printed, wiped on dispose.</summary>
public sealed class ClientKey : IDisposable
{
    private readonly Lifetime _lifetime;

    private ClientKey(ParameterSet parameters, KeyId id, IReadOnlyList<BinarySecret> secrets)
    {
        Parameters = parameters;
        Id = id;
        Secrets = [.. secrets];
        Small = [.. secrets.Skip(1).Take(parameters.Classes.Length)];
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The parameters that the key was made for.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Public name of the key.</summary>
    public KeyId Id { get; }

    /// <summary>All keys: the big one, the small one of each class, and the one of outputs where there is one.</summary>
    internal ImmutableArray<BinarySecret> Secrets { get; }

    /// <summary>Key of all circulating ciphertexts, kN bits, polynomial by polynomial.</summary>
    internal BinarySecret Big => Secrets[0];

    /// <summary>Key of compressed outputs, k'N' bits, polynomial by polynomial; null where outputs are not compressed.</summary>
    internal BinarySecret? Output => Parameters.Compression is null ? null : Secrets[^1];

    /// <summary>Small key of each class.</summary>
    internal ImmutableArray<BinarySecret> Small { get; }

    /// <summary>Draws a fresh key; <see cref="SeedSource.OperatingSystem"/> is the source outside tests.</summary>
    public static ClientKey Generate(ParameterSet parameters, SeedSource source)
    {
        KeyId id = KeyId.Create(source);
        using AesCounterGenerator generator = SecretGenerator.Create(source);
        List<BinarySecret> secrets = [];
        foreach (int dimension in parameters.SecretDimensions)
        {
            int? owner = parameters.KeyOf(secrets.Count);
            secrets.Add(
                owner is null ? BinarySecret.Generate(dimension, generator, (ulong)secrets.Count) : secrets[owner.Value].Start(dimension)
            );
        }
        return new ClientKey(parameters, id, secrets);
    }

    /// <summary>Encrypts torus words; masks come from one fresh public seed, noise from a fresh secret one.</summary>
    public SeededLweCiphertexts EncryptSeeded(ReadOnlySpan<ulong> phases) => EncryptSeeded(phases, SeedSource.OperatingSystem);

    /// <summary>
    /// Phases b - &lt;a, s&gt; of ciphertexts of kN + 1 words each, one word per ciphertext: message plus noise.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public void DecryptPhases(ReadOnlySpan<ulong> ciphertexts, Span<ulong> phases)
    {
        using Lifetime.Use use = Use();
        DecryptHeld(ciphertexts, phases);
    }

    /// <summary>The same for a caller that keeps the key's memory.</summary>
    internal void DecryptHeld(ReadOnlySpan<ulong> ciphertexts, Span<ulong> phases)
    {
        int dimension = Parameters.BigKey.LweDimension;
        int size = Parameters.BigKey.LweSize;
        if ((long)phases.Length * size != ciphertexts.Length)
            throw new ArgumentException(
                $"{ciphertexts.Length} words are not {phases.Length} ciphertexts of {size} words",
                nameof(ciphertexts)
            );
        for (int i = 0; i < phases.Length; i++)
        {
            ReadOnlySpan<ulong> one = ciphertexts.Slice(i * size, size);
            phases[i] = one[dimension] - Big.InnerProduct(one[..dimension]);
        }
    }

    /// <summary>Phases of packed ciphertexts, under the big key, the small key of a lookup class or the key of outputs.</summary>
    /// <exception cref="ProgramInputException">The ciphertexts have another dimension than the key that they name, or name none.</exception>
    internal void DecryptPhases(PackedCiphertexts ciphertexts, Span<ulong> phases)
    {
        using Lifetime.Use use = Use();
        if (ciphertexts.SmallKey >= Secrets.Length)
            throw new ProgramInputException($"ciphertexts under key {ciphertexts.SmallKey} of {Secrets.Length}");
        BinarySecret secret = Secrets[ciphertexts.SmallKey];
        if (ciphertexts.Dimension != secret.Dimension)
            throw new ProgramInputException($"ciphertexts of dimension {ciphertexts.Dimension}, expected {secret.Dimension}");
        ulong[] words = new ulong[secret.Dimension + 1];
        for (int index = 0; index < phases.Length; index++)
        {
            ciphertexts.Unpack(index, words);
            phases[index] = words[^1] - secret.InnerProduct(words.AsSpan(0, secret.Dimension));
        }
    }

    /// <summary>Wipes every key, at once or when the last running call ends; later calls meet an ObjectDisposedException.</summary>
    public void Dispose() => _lifetime.Close();

    /// <summary>Keeps the key's memory until the use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    internal Lifetime.Use Use() => _lifetime.Begin();

    private void Free()
    {
        foreach (BinarySecret secret in Secrets)
            secret.Dispose();
    }

    /// <summary>Names the key without showing it.</summary>
    public override string ToString() => $"ClientKey {Id}";

    internal static ClientKey FromSecrets(ParameterSet parameters, KeyId id, IReadOnlyList<BinarySecret> secrets) =>
        new(parameters, id, secrets);

    internal SeededLweCiphertexts EncryptSeeded(ReadOnlySpan<ulong> phases, SeedSource source)
    {
        using Lifetime.Use use = Use();
        int dimension = Parameters.BigKey.LweDimension;
        byte[] seed = new byte[AesCounterGenerator.SeedBytes];
        source.Fill(seed);
        ulong[] bodies = phases.ToArray();
        using AesCounterGenerator noise = SecretGenerator.Create(source);
        GaussianSampler.Add(noise, 0, Parameters.BigKey.StandardDeviation, bodies);
        using AesCounterGenerator masks = new(seed);
        ulong[] mask = new ulong[dimension];
        for (int i = 0; i < bodies.Length; i++)
        {
            masks.Fill((ulong)i, 0, mask);
            bodies[i] += Big.InnerProduct(mask);
        }
        return new SeededLweCiphertexts(Id, dimension, seed, bodies);
    }
}
