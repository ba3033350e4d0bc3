using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using ConcreteMl.Running;

namespace ConcreteMl.Remote;

/// <summary>A model on a server that speaks the open inference protocol v2 with keys and jobs (docs/serving.md).</summary>
/// <param name="http">
/// The connection; its default headers carry the client's bearer token, and its Timeout (100 s where nothing else is said) bounds the whole wait for an
/// answer, which for <see cref="InferAsync"/> is the run. Stays the caller's.
/// </param>
/// <param name="address">The model's address: http://host/v2/models/NAME.</param>
public sealed class RemoteModel(HttpClient http, Uri address)
{
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    // a server that is replaced is back within a minute or two
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // a result, or a caller's cancellation, is not held up longer by a server that does not answer any more
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);
    private readonly string model = address.AbsoluteUri.TrimEnd('/');

    /// <summary>The name by which servers know an evaluation key: the SHA-256 of its bytes, in hexadecimal digits. Reads to the end.</summary>
    public static async Task<string> NameOfAsync(Stream evaluationKey, CancellationToken cancellation = default) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(evaluationKey, cancellation).ConfigureAwait(false));

    /// <summary>Fetches the client's half.</summary>
    /// <exception cref="CompilationException">The server is not reached, refuses, or does not serve the half.</exception>
    public Task<FheClient> LoadClientAsync(CancellationToken cancellation = default) =>
        ReachAsync(async () =>
        {
            using HttpResponseMessage answer = await SendAsync(() => new(HttpMethod.Get, $"{model}/client"), cancellation)
                .ConfigureAwait(false);
            await RequireAsync(answer, cancellation).ConfigureAwait(false);
            return await BodyAsync(answer, body => FheClient.LoadAsync(body, cancellation), cancellation).ConfigureAwait(false);
        });

    /// <summary>Sends an evaluation key, unless the server has it.</summary>
    /// <param name="name">Its name (<see cref="NameOfAsync"/>).</param>
    /// <param name="open">Opens the key's bytes; called when they are sent.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>True if the key was sent.</returns>
    /// <exception cref="CompilationException">The server is not reached, or refuses.</exception>
    public Task<bool> RegisterAsync(string name, Func<Stream> open, CancellationToken cancellation = default) =>
        ReachAsync(() => SendKeyAsync(name, open, cancellation));

    private async Task<bool> SendKeyAsync(string name, Func<Stream> open, CancellationToken cancellation)
    {
        string key = $"{model}/keys/{name}";
        using (HttpResponseMessage known = await SendAsync(() => new(HttpMethod.Head, key), cancellation).ConfigureAwait(false))
        {
            if (known.IsSuccessStatusCode)
                return false;
            if (known.StatusCode != HttpStatusCode.NotFound)
            {
                // an answer to HEAD has no body that says what is wrong
                using HttpResponseMessage why = await SendAsync(() => new(HttpMethod.Get, key), cancellation).ConfigureAwait(false);
                await RequireAsync(why, cancellation).ConfigureAwait(false);
            }
        }

        using HttpResponseMessage stored = await SendAsync(Put, cancellation).ConfigureAwait(false);
        await RequireAsync(stored, cancellation).ConfigureAwait(false);
        return true;

        // a server that refuses says so before the key is sent
        HttpRequestMessage Put() =>
            new(HttpMethod.Put, key) { Content = new StreamContent(open(), 1 << 18), Headers = { ExpectContinue = true } };
    }

    /// <summary>Runs the model on encrypted inputs, and waits for the outputs on one connection.</summary>
    /// <param name="client">The client's half.</param>
    /// <param name="key">Name of the registered evaluation key.</param>
    /// <param name="inputs">The encrypted inputs.</param>
    /// <param name="cancellation">Ends the work, also the server's.</param>
    /// <exception cref="CompilationException">The server is not reached, or refuses.</exception>
    public async Task<EncryptedOutputs> InferAsync(
        FheClient client,
        string key,
        EncryptedInputs inputs,
        CancellationToken cancellation = default
    )
    {
        byte[] body = await BytesAsync(inputs, cancellation).ConfigureAwait(false);
        return await ReachAsync(() => ReadOutputsAsync(client, () => Request(key, body), cancellation)).ConfigureAwait(false);
    }

    /// <summary>The same as a job, which goes on when the connection or the server breaks; a job that is not wanted any more is taken back.</summary>
    /// <param name="client">The client's half.</param>
    /// <param name="key">Name of the registered evaluation key.</param>
    /// <param name="inputs">The encrypted inputs.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Ends the work, also the server's.</param>
    /// <exception cref="CompilationException">The server is not reached, or refuses.</exception>
    public async Task<EncryptedOutputs> InferAsJobAsync(
        FheClient client,
        string key,
        EncryptedInputs inputs,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default
    )
    {
        byte[] body = await BytesAsync(inputs, cancellation).ConfigureAwait(false);
        // where the connection breaks before the answer, the job is sent again: by its name the server knows it
        string name = Guid.NewGuid().ToString("N");
        Uri job = await PatientAsync(() => AcceptAsync(key, body, name, cancellation), cancellation).ConfigureAwait(false);
        try
        {
            Uri result = await FollowAsync(job, progress, cancellation).ConfigureAwait(false);
            return await PatientAsync(() => ReadOutputsAsync(client, () => new(HttpMethod.Get, result), cancellation), cancellation)
                .ConfigureAwait(false);
        }
        finally
        {
            await ForgetAsync(job).ConfigureAwait(false);
        }
    }

    private async Task<Uri> AcceptAsync(string key, byte[] body, string name, CancellationToken cancellation)
    {
        using HttpResponseMessage accepted = await SendAsync(() => Request(key, body, name), cancellation).ConfigureAwait(false);
        await RequireAsync(accepted, cancellation).ConfigureAwait(false);
        return new Uri(address, accepted.Headers.Location ?? throw Unexpected("an accepted job has no address"));
    }

    private async Task<EncryptedOutputs> ReadOutputsAsync(
        FheClient client,
        Func<HttpRequestMessage> request,
        CancellationToken cancellation
    )
    {
        using HttpResponseMessage answer = await SendAsync(request, cancellation).ConfigureAwait(false);
        await RequireAsync(answer, cancellation).ConfigureAwait(false);
        return await BodyAsync(answer, body => client.ReadOutputsAsync(body, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads a body. A connection that is reset meanwhile shows as a fault of the socket, not of HTTP: it is made one.</summary>
    private static async Task<T> BodyAsync<T>(HttpResponseMessage answer, Func<Stream, Task<T>> read, CancellationToken cancellation)
    {
        using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await read(body).ConfigureAwait(false);
        }
        catch (IOException problem) when (problem is not HttpIOException)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, problem.Message.TrimEnd('.'), problem);
        }
    }

    private async Task<Uri> FollowAsync(Uri job, IProgress<double>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            (JsonDocument state, TimeSpan wait) = await PatientAsync(() => StateAsync(job, cancellation), cancellation)
                .ConfigureAwait(false);
            using (state)
            {
                JsonElement fields = state.RootElement;
                progress?.Report(fields.GetProperty("progress").GetDouble());
                switch (fields.GetProperty("state").GetString())
                {
                    case "done":
                        return new Uri(address, fields.GetProperty("result").GetString());
                    case "queued" or "running":
                        await Task.Delay(wait, cancellation).ConfigureAwait(false);
                        break;
                    default:
                        throw ServerRefusals.Of(HttpStatusCode.Conflict, fields, job.AbsoluteUri);
                }
            }
        }
    }

    private async Task<(JsonDocument State, TimeSpan Wait)> StateAsync(Uri job, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await SendAsync(() => new(HttpMethod.Get, job), cancellation).ConfigureAwait(false);
        await RequireAsync(answer, cancellation).ConfigureAwait(false);
        return (JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)), Wait(answer));
    }

    /// <summary>Takes a job back, or removes it; where the server is away, it does so itself when the job's time is over.</summary>
    private async Task ForgetAsync(Uri job)
    {
        using CancellationTokenSource soon = new(Farewell);
        try
        {
            using HttpResponseMessage removed = await http.SendAsync(new HttpRequestMessage(HttpMethod.Delete, job), soon.Token)
                .ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException) { }
    }

    private HttpRequestMessage Request(string key, byte[] body, string? job = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, $"{model}/infer") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add("X-Key-Id", key);
        if (job is not null)
        {
            request.Headers.Add("Prefer", "respond-async");
            request.Headers.Add("Idempotency-Key", job);
        }

        return request;
    }

    private static async Task<byte[]> BytesAsync(EncryptedInputs inputs, CancellationToken cancellation)
    {
        using MemoryStream bytes = new();
        await inputs.WriteToAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>Sends a request, and again while the server says that it is full.</summary>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        while (true)
        {
            using HttpRequestMessage request = make();
            HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
                .ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests)
                return answer;
            TimeSpan wait = Wait(answer);
            answer.Dispose();
            await Task.Delay(wait, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Does work, and again while the server is away: not reached, gone in the middle of an answer, or stopping.</summary>
    private Task<T> PatientAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        return ReachAsync(async () =>
        {
            while (true)
            {
                try
                {
                    return await work().ConfigureAwait(false);
                }
                catch (Exception problem) when (IsAway(problem) && Stopwatch.GetElapsedTime(start) < Patience)
                {
                    await Task.Delay(LeastWait * 5, cancellation).ConfigureAwait(false);
                }
            }
        });
    }

    /// <summary>Does work; that the server was not reached becomes a coded refusal.</summary>
    private async Task<T> ReachAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or HttpIOException)
        {
            throw Unexpected(problem.Message.TrimEnd('.'));
        }
    }

    private static bool IsAway(Exception problem) =>
        problem is HttpRequestException or HttpIOException
        || (problem is CompilationException refusal && refusal.Diagnostics.Any(one => one.Code == ServerRefusals.Stopping));

    private static TimeSpan Wait(HttpResponseMessage answer)
    {
        TimeSpan asked = answer.Headers.RetryAfter?.Delta ?? LeastWait;
        return asked < LeastWait ? LeastWait
            : asked > MostWait ? MostWait
            : asked;
    }

    private async Task RequireAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode)
            return;
        string place = answer.RequestMessage?.RequestUri?.AbsoluteUri ?? model;
        string body = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            throw ServerRefusals.Of(answer.StatusCode, document.RootElement, place);
        }
        catch (JsonException)
        {
            int status = (int)answer.StatusCode;
            string message = $"the server answered {status.ToString(CultureInfo.InvariantCulture)} {answer.ReasonPhrase}";
            // a gateway in front of a server that is away, for example while it is replaced
            throw answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? new HttpRequestException(message, null, answer.StatusCode)
                : Unexpected(message);
        }
    }

    private CompilationException Unexpected(string message) => ServerRefusals.Unexpected(message, model);
}
