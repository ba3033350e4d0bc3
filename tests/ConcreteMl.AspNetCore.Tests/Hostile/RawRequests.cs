using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>
/// Bytes that are hardly HTTP: heads, lengths and pieces that are wrong, and bodies that do not come. What is no request at all is
/// refused by the connection, before the server sees it: with a 4xx, 501 or 505 without a body, or by hanging up.
/// </summary>
internal sealed class RawRequests(Uri address, Owner owner)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // a refusal takes milliseconds, also on a busy machine
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private readonly byte[] inputs = owner.Encrypted(TinyHalves.Samples(1, 2));
    private readonly ConcurrentDictionary<string, int> tally = new();

    /// <summary>Which answers came how often.</summary>
    internal IEnumerable<string> Tally => tally.Select(one => $"  {one.Key}: {one.Value}");

    /// <summary>One request of any kind.</summary>
    internal async Task AttackAsync(Random random)
    {
        (string kind, byte[] bytes) = random.Next(6) switch
        {
            0 => ("mutated head", MutatedHead(random)),
            1 => ("length that lies", [.. Head($"Content-Length: {OddLength(random)}"), .. inputs]),
            2 => ("two lengths", [.. Head($"Content-Length: {inputs.Length}", $"Content-Length: {OddLength(random)}"), .. inputs]),
            3 => ("bad pieces", [.. Head("Transfer-Encoding: chunked"), .. BadPieces(random)]),
            4 => ("odd headers", [.. Head($"Content-Length: {inputs.Length}", OddHeader(random)), .. inputs]),
            _ => ("too much head", Head([.. Enumerable.Range(0, random.Next(101, 400)).Select(number => $"X-{number}: {number}")])),
        };
        string answer = await ExchangeAsync(bytes);
        string status = answer.Length < 12 ? "hung up" : answer[9..12];
        bool isCoded = answer.Contains("\"code\":\"CML6", StringComparison.Ordinal);
        tally.AddOrUpdate($"raw {kind}: {status}{(isCoded ? " coded" : "")}", 1, (_, count) => count + 1);
        Assert.That(status, Is.EqualTo("hung up").Or.Match("^4..$|^20[012]$|^50[15]$"), $"{kind}: {answer}");
        Assert.That(answer, Does.Not.Contain("HTTP/1.1 500").And.Not.Contain("   at "), kind);
    }

    /// <summary>A body that stops after some bytes: the server gives it up.</summary>
    internal async Task SlowBodyAsync(int seed)
    {
        using TcpClient slow = await ConnectAsync();
        NetworkStream stream = slow.GetStream();
        await stream.WriteAsync(Head($"Content-Length: {inputs.Length}"));
        await stream.WriteAsync(inputs.AsMemory(0, new Random(seed).Next(inputs.Length - 1)));
        string answer = await ReadAsync(stream);
        // where all places of the client are taken already, the server says so at once
        Assert.That(answer, Does.StartWith("HTTP/1.1 408").Or.StartWith("HTTP/1.1 429"));
        Assert.That(answer, Does.Contain("\"code\":\"CML64"));
    }

    /// <summary>A head that comes byte by byte and never ends.</summary>
    internal async Task SlowHeadAsync()
    {
        using TcpClient slow = await ConnectAsync();
        NetworkStream stream = slow.GetStream();
        Task<string> answer = ReadAsync(stream);
        try
        {
            foreach (byte one in Head("Content-Length: 1"))
            {
                await stream.WriteAsync(new[] { one });
                if (answer == await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(1))))
                    break;
            }
        }
        catch (IOException) { }

        string met = await answer;
        Assert.That(met, Is.Empty.Or.StartsWith("HTTP/1.1 408"));
        tally.AddOrUpdate($"raw slow head: {(met.Length == 0 ? "hung up" : "408")}", 1, (_, count) => count + 1);
    }

    private byte[] MutatedHead(Random random)
    {
        byte[] head = Head($"Content-Length: {inputs.Length}");
        for (int change = random.Next(1, 4); change > 0; change--)
            head[random.Next(head.Length)] = (byte)random.Next(1, 256);
        return [.. head, .. inputs];
    }

    private string OddLength(Random random) =>
        random.Next(7) switch
        {
            0 => "-1",
            1 => "99999999999999999999999",
            2 => "3000000000",
            3 => "0x10",
            4 => "",
            5 => random.Next(inputs.Length).ToString(CultureInfo.InvariantCulture),
            _ => (inputs.Length + random.Next(1, 1000)).ToString(CultureInfo.InvariantCulture),
        };

    private byte[] BadPieces(Random random)
    {
        string size = random.Next(7) switch
        {
            0 => "-5\r\n",
            1 => "ffffffffffffffff\r\n",
            2 => "7fffffff\r\n",
            3 => "zz\r\n",
            4 => $"{inputs.Length:x};{new string('x', random.Next(1, 100_000))}\r\n",
            5 => $"{inputs.Length:x}\n",
            _ => $"{random.Next(1, inputs.Length):x}\r\n",
        };
        return [.. Encoding.ASCII.GetBytes(size), .. inputs, .. "\r\n0\r\nTrailer: x\r\n\r\n"u8];
    }

    private static string OddHeader(Random random) =>
        random.Next(9) switch
        {
            0 => "X-Key-Id: ../../../../etc/passwd",
            1 => $"Idempotency-Key: {new string('k', random.Next(1, 9000))}",
            2 => "Content-Encoding: gzip",
            3 => "Expect: 200-ok",
            4 => "Authorization: Bearer",
            5 => "Transfer-Encoding: gzip, chunked",
            6 => "Content-Type: application/json; charset=\"\u0001\"",
            7 => $"Prefer: {string.Join(',', Enumerable.Repeat("respond-async", random.Next(1, 500)))}",
            _ => $"Connection: {new string('u', random.Next(1, 30_000))}",
        };

    private byte[] Head(params string[] more) =>
        Encoding.Latin1.GetBytes(
            $"POST /v2/models/tiny/infer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {RunningServer.AliceToken}\r\nConnection: close\r\n"
                + $"X-Key-Id: {owner.KeyName}\r\n{string.Concat(more.Select(line => line + "\r\n"))}\r\n"
        );

    private async Task<TcpClient> ConnectAsync()
    {
        TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port);
        return client;
    }

    /// <summary>Sends bytes and reads what comes back; where the server waits for more, says after a moment that nothing comes.</summary>
    private async Task<string> ExchangeAsync(byte[] bytes)
    {
        using TcpClient client = await ConnectAsync();
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (Exception problem) when (problem is IOException or SocketException)
        {
            // refused before all of it was sent; the answer may be there
        }

        Task<string> answer = ReadAsync(stream);
        if (answer != await Task.WhenAny(answer, Task.Delay(Moment)) && client.Connected)
            client.Client.Shutdown(SocketShutdown.Send);
        return await answer;
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        using CancellationTokenSource limit = new(Patience);
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, limit.Token)) > 0)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // reset: what came before counts
        }

        return text.ToString();
    }
}
