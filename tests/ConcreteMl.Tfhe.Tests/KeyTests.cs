using System.Runtime.Versioning;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Keys, encryption and their files.</summary>
[TestFixture]
internal sealed class KeyTests
{
    private static readonly ParameterSet Parameters = TestParameters.Secure(1, 512, 460, new(4, 3), new(18, 1));
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("tfhe-keys-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Encryption_then_decryption_yields_the_message_and_a_little_noise()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        ulong[] messages = [.. Enumerable.Range(0, 16).Select(i => Torus.Encode(i, 4))];
        ulong[] phases = Decrypt(client, client.EncryptSeeded(messages));
        Assert.That(phases.Select(x => Torus.DecodeUnsigned(x, 4)), Is.EqualTo(Enumerable.Range(0, 16)));
        Assert.That(phases, Is.Not.EqualTo(messages));
    }

    [Test]
    public void Two_encryptions_of_one_message_differ_in_seed_and_body()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        SeededLweCiphertexts first = client.EncryptSeeded([0]);
        SeededLweCiphertexts second = client.EncryptSeeded([0]);
        Assert.That(first.Seed.ToArray(), Is.Not.EqualTo(second.Seed.ToArray()));
        Assert.That(first.Bodies.ToArray(), Is.Not.EqualTo(second.Bodies.ToArray()));
    }

    [Test]
    public void Another_key_decrypts_to_nothing_but_noise()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using ClientKey stranger = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        ulong[] phases = Decrypt(stranger, client.EncryptSeeded(new ulong[64]));
        // about half of the uniform phases lie in the upper half of the torus
        Assert.That(phases.Count(x => x >> 63 == 1), Is.InRange(10, 54));
    }

    [Test]
    public void Evaluation_keys_do_not_depend_on_the_number_of_cores()
    {
        using ClientKey client = ClientKey.Generate(Parameters, new SeedSource.Repeatable(1));
        using SeededEvaluationKey one = Create(client, 1);
        using SeededEvaluationKey four = Create(client, 4);
        Assert.That(Bytes(four), Is.EqualTo(Bytes(one)));
    }

    [Test]
    public void Progress_reaches_one_and_cancellation_stops_key_generation()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        LastReport progress = new();
        KeyGenerator.CreateEvaluationKey(client, progress).Dispose();
        Assert.That(progress.Value, Is.EqualTo(1.0).Within(1e-9));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.That(() => KeyGenerator.CreateEvaluationKey(client, null, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Client_keys_survive_their_file_which_only_the_owner_can_read()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        string path = Path.Combine(_folder, "client.key");
        ClientKeyFile.Save(client, path);
        if (!OperatingSystem.IsWindows())
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        using ClientKey loaded = ClientKeyFile.Load(path);
        Assert.That(loaded.Id, Is.EqualTo(client.Id));
        Assert.That(loaded.Parameters, Is.EqualTo(client.Parameters));
        Assert.That(loaded.Big.Masks.ToArray(), Is.EqualTo(client.Big.Masks.ToArray()));
        Assert.That(loaded.Small[0].Masks.ToArray(), Is.EqualTo(client.Small[0].Masks.ToArray()));
        Assert.That(() => ClientKeyFile.Save(client, path), Throws.InstanceOf<IOException>());
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void A_client_key_that_others_can_read_is_refused()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        string path = Path.Combine(_folder, "client.key");
        ClientKeyFile.Save(client, path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.That(() => ClientKeyFile.Load(path), Throws.TypeOf<TfheFormatException>());
    }

    [Test]
    public void Evaluation_keys_survive_their_file_byte_for_byte()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey key = Create(client, 2);
        string path = Path.Combine(_folder, "evaluation.key");
        EvaluationKeyFile.Save(key, path);
        using SeededEvaluationKey loaded = EvaluationKeyFile.Load(path);
        Assert.That(loaded.KeyId, Is.EqualTo(client.Id));
        Assert.That(Bytes(loaded), Is.EqualTo(Bytes(key)));
    }

    [Test]
    public void Every_damaged_or_shortened_file_is_refused()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        string path = Path.Combine(_folder, "client.key");
        ClientKeyFile.Save(client, path);
        byte[] good = File.ReadAllBytes(path);
        Random random = new(1);
        for (int trial = 0; trial < 200; trial++)
        {
            byte[] bad = good.ToArray();
            bad[trial < good.Length ? trial : random.Next(good.Length)] ^= (byte)(1 << random.Next(8));
            CheckRefused(path, trial % 3 == 0 ? good[..random.Next(good.Length)] : bad);
        }
        CheckRefused(path, [.. good, 0]);
        CheckRefused(path, []);
    }

    [Test]
    public void Damaged_evaluation_keys_are_refused()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey key = Create(client, 2);
        byte[] bytes = Bytes(key);
        bytes[bytes.Length / 2] ^= 4;
        Assert.That(() => Read(bytes), Throws.TypeOf<TfheFormatException>());
        Assert.That(() => Read(bytes[..^40]), Throws.TypeOf<TfheFormatException>());
    }

    [Test]
    public void Noise_below_the_curve_is_refused()
    {
        double weak = SecurityCurve.Bits128.StandardDeviation(2048) * 0.99;
        Assert.That(() => new ParameterSet(SecurityCurve.Bits128, new BigKeyParameters(1, 2048, weak), []), Throws.ArgumentException);
        Assert.That(SecurityCurve.FromTag("none-for-tests"), Is.Null);
    }

    [Test]
    public void A_key_made_at_once_is_the_expanded_seeded_one()
    {
        using ClientKey client = ClientKey.Generate(Parameters, SeedSource.OperatingSystem);
        using SeededEvaluationKey seeded = Create(client, 2);
        using EvaluationKey expanded = EvaluationKey.Expand(seeded);
        using EvaluationKey made = KeyGenerator.CreateEvaluationKey(client, new SeedSource.Repeatable(2), null, CancellationToken.None);
        for (int index = 0; index < Parameters.Classes.Length; index++)
        {
            LookupClassKey one = made.Classes[index];
            LookupClassKey other = expanded.Classes[index];
            Assert.That(BootstrapBytes(one).SequenceEqual(BootstrapBytes(other)), Is.True);
            Assert.That(KeySwitchBytes(one).SequenceEqual(KeySwitchBytes(other)), Is.True);
        }
    }

    private static unsafe ReadOnlySpan<byte> BootstrapBytes(LookupClassKey key) =>
        new(key.Element(0), checked((int)(key.Lookup.SmallDimension * key.Rotator.GgswLength * sizeof(double))));

    private static unsafe ReadOnlySpan<byte> KeySwitchBytes(LookupClassKey key) =>
        new(((KeySwitchKey)key.KeySwitch).Tile(0), checked((int)key.KeySwitch.ByteCount));

    private static void CheckRefused(string path, byte[] content)
    {
        File.WriteAllBytes(path, content);
        Assert.That(() => ClientKeyFile.Load(path), Throws.TypeOf<TfheFormatException>());
    }

    private static SeededEvaluationKey Create(ClientKey client, int threads) =>
        KeyGenerator.CreateSeeded(client, new SeedSource.Repeatable(2), threads, null, CancellationToken.None);

    private static byte[] Bytes(SeededEvaluationKey key)
    {
        using MemoryStream stream = new();
        EvaluationKeyFile.WriteAsync(key, stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private static SeededEvaluationKey Read(byte[] bytes) => EvaluationKeyFile.ReadAsync(new MemoryStream(bytes)).GetAwaiter().GetResult();

    private static ulong[] Decrypt(ClientKey client, SeededLweCiphertexts ciphertexts)
    {
        ulong[] words = new ulong[ciphertexts.ExpandedLength];
        ciphertexts.Expand(words);
        ulong[] phases = new ulong[ciphertexts.Count];
        client.DecryptPhases(words, phases);
        return phases;
    }

    private sealed class LastReport : IProgress<double>
    {
        private readonly Lock _lock = new();

        internal double Value { get; private set; }

        public void Report(double value)
        {
            lock (_lock)
                Value = Math.Max(Value, value);
        }
    }
}
