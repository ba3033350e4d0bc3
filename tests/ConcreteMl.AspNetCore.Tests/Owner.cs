using System.Net.Http.Headers;
using System.Security.Cryptography;
using ConcreteMl.Remote;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>The owner of some data: both keys of a model, and what is sent.</summary>
internal sealed class Owner : IDisposable
{
    private readonly FheClient half;
    private readonly SecretKey secret;

    internal Owner(string clientHalf)
    {
        half = FheClient.Load(clientHalf);
        secret = half.GenerateKey();
        using EvaluationKey evaluation = half.CreateEvaluationKey(secret);
        using MemoryStream stream = new();
        evaluation.WriteToAsync(stream).GetAwaiter().GetResult();
        Key = stream.ToArray();
    }

    /// <summary>The evaluation key's bytes.</summary>
    internal byte[] Key { get; }

    internal string KeyName => Convert.ToHexStringLower(SHA256.HashData(Key));

    internal FheClient Half => half;

    internal EncryptedInputs Encrypt(Tensor x) => half.Encrypt(secret, [x]);

    internal byte[] Encrypted(Tensor x)
    {
        using MemoryStream stream = new();
        Encrypt(x).WriteToAsync(stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    internal double[] Decrypt(byte[] outputs) => Decrypt(half.ReadOutputsAsync(new MemoryStream(outputs)).GetAwaiter().GetResult());

    internal double[] Decrypt(EncryptedOutputs outputs) => half.Decrypt(secret, outputs)[0].ToDoubles();

    internal Task<HttpResponseMessage> PutKeyAsync(HttpClient http, string model = "tiny") => PutAsync(http, model, KeyName, Key);

    /// <summary>Sends a key as clients do: the body comes when the server wants it, so that a refusal is read.</summary>
    internal static Task<HttpResponseMessage> PutAsync(HttpClient http, string model, string name, byte[] key) =>
        http.SendAsync(
            new HttpRequestMessage(HttpMethod.Put, $"/v2/models/{model}/keys/{name}")
            {
                Content = new ByteArrayContent(key),
                Headers = { ExpectContinue = true },
            }
        );

    internal Task<HttpResponseMessage> InferAsync(
        HttpClient http,
        byte[] body,
        bool job = false,
        CancellationToken cancellation = default
    ) => SendAsync(http, "tiny", KeyName, body, job, cancellation);

    internal static Task<HttpResponseMessage> SendAsync(
        HttpClient http,
        string model,
        string? key,
        byte[] body,
        bool job = false,
        CancellationToken cancellation = default
    )
    {
        HttpRequestMessage request = new(HttpMethod.Post, $"/v2/models/{model}/infer") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (key is not null)
            request.Headers.Add("X-Key-Id", key);
        if (job)
            request.Headers.Add("Prefer", "respond-async");
        return http.SendAsync(request, cancellation);
    }

    internal RemoteModel Remote(HttpClient http) => new(http, new Uri(http.BaseAddress!, "/v2/models/tiny"));

    public void Dispose() => secret.Dispose();
}
