namespace ConcreteMl.Cli;

/// <summary>What the command line tells its caller.</summary>
internal static class ExitCode
{
    internal const int Done = 0;

    /// <summary>The input was refused; diagnostics say why.</summary>
    internal const int Refused = 1;

    /// <summary>The command line itself is wrong.</summary>
    internal const int Usage = 2;

    /// <summary>Clear, simulated and encrypted runs differ.</summary>
    internal const int Disagreement = 3;

    /// <summary>A defect of ours.</summary>
    internal const int Defect = 70;

    /// <summary>Stopped by the user, as shells count it.</summary>
    internal const int Cancelled = 130;
}
