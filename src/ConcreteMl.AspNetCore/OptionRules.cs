using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>What settings have to fulfil; all findings at once, when the application starts.</summary>
internal sealed class OptionRules : IValidateOptions<ConcreteMlOptions>
{
    private const string Code = "CML6413";

    public ValidateOptionsResult Validate(string? name, ConcreteMlOptions options)
    {
        List<string> findings = [];
        void Least(string setting, long value, long least)
        {
            if (value < least)
                findings.Add($"{Code}: {setting} is {value}, at least {least} is expected");
        }

        Least(nameof(options.Workers), options.Workers, 1);
        Least(nameof(options.Threads), options.Threads, 0);
        Least(nameof(options.KeyMemoryBytes), options.KeyMemoryBytes, 1);
        Least(nameof(options.KeyStoreBytes), options.KeyStoreBytes, 1);
        Least(nameof(options.KeysPerClient), options.KeysPerClient, 1);
        Least(nameof(options.Uploads), options.Uploads, 1);
        Least(nameof(options.QueueLength), options.QueueLength, 1);
        Least(nameof(options.QueueLengthPerClient), options.QueueLengthPerClient, 1);
        Least(nameof(options.SamplesPerRequest), options.SamplesPerRequest, 1);
        Least(nameof(options.JobsPerClient), options.JobsPerClient, 1);
        if (options.JobRetention <= TimeSpan.Zero)
            findings.Add($"{Code}: {nameof(options.JobRetention)} is {options.JobRetention}, more than nothing is expected");
        if (string.IsNullOrWhiteSpace(options.Store))
            findings.Add($"{Code}: {nameof(options.Store)} names no folder");
        if (options.Models.Count == 0)
            findings.Add($"{Code}: there is no model to serve; add one: options.Models.Add(\"digits\", \"digits.server\")");
        foreach (ServedModelFiles model in options.Models.Where(model => !IsName(model.Name)))
            findings.Add($"{Code}: '{model.Name}' is no name of a model: letters, digits, '.', '_' and '-' are expected");
        foreach (IGrouping<string, ServedModelFiles> same in options.Models.GroupBy(model => model.Name).Where(same => same.Count() > 1))
            findings.Add($"{Code}: {same.Count()} models have the name '{same.Key}'");
        return findings.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(findings);
    }

    /// <summary>Refuses a bound of memory in which not every worker can hold a key: runs would wait for each other without end.</summary>
    /// <exception cref="ServingException">The bound is too small.</exception>
    internal static void RequireKeyMemory(ConcreteMlOptions options, IEnumerable<ServedModel> models)
    {
        if (models.MaxBy(model => model.Server.KeyMemoryBytes) is not { } largest)
            return;
        long needed = largest.Server.KeyMemoryBytes * options.Workers;
        if (needed > options.KeyMemoryBytes)
            throw new ServingException(
                Code,
                $"{options.Workers} workers with keys of '{largest.Name}' take {needed} bytes, {nameof(options.KeyMemoryBytes)} is {options.KeyMemoryBytes}",
                "",
                "Raise it, or take fewer workers"
            );
    }

    private static bool IsName(string name) =>
        name.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '-') && name.Trim('.') != "";
}
