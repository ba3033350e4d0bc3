using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using ConcreteMl;

[assembly: SupportedOSPlatform("browser")]

/// <summary>What the worker's script calls: keys, encryption and decryption, in the browser. Memory streams complete at once.</summary>
internal static partial class Owner
{
    private static FheClient? client;
    private static SecretKey? secret;

    private static FheClient Client => client ?? throw new InvalidOperationException("the client half is not loaded");

    private static SecretKey Secret => secret ?? throw new InvalidOperationException("there is no key");

    private static void Main() { }

    /// <summary>Takes the client's half, as the server hands it out.</summary>
    /// <returns>Hash of the circuit: the browser keeps its keys under this name.</returns>
    [JSExport]
    internal static string Load(byte[] half)
    {
        client = FheClient.LoadAsync(new MemoryStream(half)).GetAwaiter().GetResult();
        return client.CircuitHash;
    }

    /// <summary>Makes a secret key.</summary>
    /// <returns>Its bytes, for the browser's own database.</returns>
    [JSExport]
    internal static byte[] MakeSecret()
    {
        secret = Client.GenerateKey();
        return secret.Export();
    }

    /// <summary>Takes the secret key that an earlier visit made.</summary>
    [JSExport]
    internal static void TakeSecret(byte[] bytes) => secret = SecretKey.Import(bytes);

    /// <summary>Makes the evaluation key, which goes to the server.</summary>
    [JSExport]
    internal static byte[] MakeEvaluation([JSMarshalAs<JSType.Function<JSType.Number>>] Action<double> progress)
    {
        using EvaluationKey made = Client.CreateEvaluationKey(Secret, new Steps(progress));
        using MemoryStream stream = new();
        made.WriteToAsync(stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    /// <summary>Encrypts one sample.</summary>
    [JSExport]
    internal static byte[] Encrypt(double[] values)
    {
        Tensor x = Tensor.Create([.. values.Select(value => (float)value)], 1, values.Length);
        using MemoryStream stream = new();
        Client.Encrypt(Secret, [x]).WriteToAsync(stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    /// <summary>Opens the server's answer.</summary>
    [JSExport]
    internal static double[] Decrypt(byte[] outputs)
    {
        EncryptedOutputs opened = Client.ReadOutputsAsync(new MemoryStream(outputs)).GetAwaiter().GetResult();
        return Client.Decrypt(Secret, opened)[0].ToDoubles();
    }

    private sealed class Steps(Action<double> progress) : IProgress<double>
    {
        private double last;

        public void Report(double value)
        {
            if (value - last < 0.01)
                return;
            last = value;
            progress(value);
        }
    }
}
