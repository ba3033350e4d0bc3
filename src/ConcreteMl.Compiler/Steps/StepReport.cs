namespace ConcreteMl;

/// <summary>What one step of a compilation did.</summary>
public sealed class StepReport
{
    private readonly Func<bool, string> text;

    internal StepReport(int number, string name, Stage stage, double seconds, bool changed, Func<bool, string> text)
    {
        Number = number;
        Name = name;
        Stage = stage;
        Seconds = seconds;
        Changed = changed;
        this.text = text;
    }

    /// <summary>Its place among the steps that run, from 1 on.</summary>
    public int Number { get; }

    /// <summary>The step's name.</summary>
    public string Name { get; }

    /// <summary>The stage that it left.</summary>
    public Stage Stage { get; }

    /// <summary>How long it took, without verification and dumps.</summary>
    public double Seconds { get; }

    /// <summary>Whether it changed anything.</summary>
    public bool Changed { get; }

    /// <summary>The text of what it left; its first line names the step, so that a compilation can go on from there.</summary>
    /// <param name="elide">Large constants as size and hash only; such a text cannot be read back.</param>
    public string Text(bool elide = false) => text(elide);
}
