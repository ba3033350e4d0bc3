using Microsoft.Extensions.Logging;

namespace ConcreteMl.AspNetCore;

/// <summary>What the server logs. Hashes, names and figures alone: no token, no key, no ciphertext.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Serves {Models} models from {Store}; {Jobs} jobs of an earlier run go on")]
    internal static partial void Started(this ILogger logger, int models, string store, int jobs);

    [LoggerMessage(2, LogLevel.Warning, "No client has a token: only requests of this machine are answered")]
    internal static partial void LocalOnly(this ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "Stopped; {Jobs} jobs wait for the next start")]
    internal static partial void Stopped(this ILogger logger, int jobs);

    [LoggerMessage(4, LogLevel.Information, "Ran {Model} on {Samples} samples with key {Key}, job {Job}: {Outcome} after {Seconds:F3} s")]
    internal static partial void Ended(
        this ILogger logger,
        string model,
        int samples,
        string key,
        string job,
        string outcome,
        double seconds
    );

    [LoggerMessage(5, LogLevel.Error, "A run of {Model} failed, job {Job}")]
    internal static partial void Failed(this ILogger logger, Exception problem, string model, string job);

    [LoggerMessage(6, LogLevel.Information, "Loaded key {Key} for {Model} in {Seconds:F3} s, {Bytes} bytes")]
    internal static partial void KeyLoaded(this ILogger logger, string key, string model, double seconds, long bytes);

    [LoggerMessage(7, LogLevel.Information, "Key {Key} for {Model} is stored, {Bytes} bytes")]
    internal static partial void KeyStored(this ILogger logger, string key, string model, long bytes);

    [LoggerMessage(8, LogLevel.Information, "Refused {Method} {Path}: {Status} {Code}")]
    internal static partial void Refused(this ILogger logger, string method, string path, int status, string code);

    [LoggerMessage(9, LogLevel.Error, "{Method} {Path} failed")]
    internal static partial void RequestFailed(this ILogger logger, Exception problem, string method, string path);

    [LoggerMessage(10, LogLevel.Error, "Jobs whose time is over could not be removed")]
    internal static partial void SweepFailed(this ILogger logger, Exception problem);
}
