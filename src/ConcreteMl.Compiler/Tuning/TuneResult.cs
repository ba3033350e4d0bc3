using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>What a tuning found.</summary>
/// <param name="Target">What was asked for, or took its place.</param>
/// <param name="Front">From fast to slow, the simulated settings that no other one beats in time, error and accuracy together.</param>
/// <param name="Chosen">The fastest setting that meets the target; of a target in seconds, the one of the least error.</param>
/// <param name="Module">The module of the choice, compiled as <see cref="ModelCompiler"/> compiles with its setting.</param>
/// <param name="Cores">Cores that times are predicted for.</param>
/// <param name="Quantized">How many quantizations were run in clear.</param>
/// <param name="Priced">How many circuits parameters were searched for.</param>
/// <param name="Simulated">How many of them were simulated.</param>
/// <param name="IsComplete">Whether the search ended by itself, within its budget.</param>
public sealed record TuneResult(
    TuneTarget Target,
    IReadOnlyList<TunedSetting> Front,
    TunedSetting Chosen,
    QuantizedModule Module,
    int Cores,
    int Quantized,
    int Priced,
    int Simulated,
    bool IsComplete
) : IDisposable
{
    /// <summary>From fast to slow, the simulated settings that no other one beats in time, error and accuracy together.</summary>
    public IReadOnlyList<TunedSetting> Front
    {
        get;
        init => field = ContentList<TunedSetting>.Of(value);
    } = ContentList<TunedSetting>.Of(Front);

    /// <summary>Disposes the module.</summary>
    public void Dispose() => Module.Dispose();
}
