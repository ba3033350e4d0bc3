using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace ConcreteMl.AspNetCore.Tests;

/// <summary>Expectations of answers.</summary>
internal static class Answers
{
    internal static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> sent, HttpStatusCode expected)
    {
        using HttpResponseMessage answer = await sent;
        string body = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(expected), body);
        return JsonDocument.Parse(body).RootElement;
    }

    internal static async Task<byte[]> BytesAsync(this Task<HttpResponseMessage> sent)
    {
        using HttpResponseMessage answer = await sent;
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), System.Text.Encoding.UTF8.GetString(body));
        return body;
    }

    /// <summary>The answer has this status and a coded body.</summary>
    internal static async Task RefusesAsync(this Task<HttpResponseMessage> sent, HttpStatusCode status, string code)
    {
        JsonElement body = await sent.JsonAsync(status);
        Assert.That(body.GetProperty("diagnostics")[0].GetProperty("code").GetString(), Is.EqualTo(code), body.ToString());
        Assert.That(body.GetProperty("error").GetString(), Does.StartWith(code));
    }

    /// <summary>Asks for a job until it is in one of some states.</summary>
    internal static async Task<JsonElement> FollowAsync(HttpClient http, string job, params string[] states)
    {
        for (int round = 0; round < 1200; round++)
        {
            JsonElement state = await http.GetAsync(job).JsonAsync(HttpStatusCode.OK);
            if (states.Contains(state.GetProperty("state").GetString()))
                return state;
            await Task.Delay(50);
        }

        throw new TimeoutException($"{job} is in none of the states {string.Join(", ", states)}");
    }
}
