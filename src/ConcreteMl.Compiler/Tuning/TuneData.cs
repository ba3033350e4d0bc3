using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>Samples on which settings are compared; not those of the calibration.</summary>
/// <param name="Inputs">One array per input of the model; the first axis counts samples.</param>
/// <param name="Labels">The right label of each sample; null: settings are compared by error alone.</param>
/// <param name="Outputs">The expected outputs; null: those of the unquantized model.</param>
public sealed record TuneData(IReadOnlyList<Tensor> Inputs, Tensor? Labels = null, IReadOnlyList<Tensor>? Outputs = null)
{
    /// <summary>One array per input of the model; the first axis counts samples.</summary>
    public IReadOnlyList<Tensor> Inputs
    {
        get;
        init => field = ContentList<Tensor>.Of(value);
    } = ContentList<Tensor>.Of(Inputs);

    /// <summary>The expected outputs; null: those of the unquantized model.</summary>
    public IReadOnlyList<Tensor>? Outputs
    {
        get;
        init => field = value is null ? null : ContentList<Tensor>.Of(value);
    } = Outputs is null ? null : ContentList<Tensor>.Of(Outputs);
}
