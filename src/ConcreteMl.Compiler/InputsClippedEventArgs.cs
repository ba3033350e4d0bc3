namespace ConcreteMl;

/// <summary>Inputs of one call that left the calibrated range.</summary>
/// <param name="inputs">Those inputs, in the model's order; at least one.</param>
public sealed class InputsClippedEventArgs(IReadOnlyList<ClippedInput> inputs) : EventArgs
{
    /// <summary>The inputs that left their range, in the model's order; at least one.</summary>
    public IReadOnlyList<ClippedInput> Inputs { get; } = inputs;
}
