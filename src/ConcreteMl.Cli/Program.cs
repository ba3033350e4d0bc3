using ConcreteMl.Cli.Output;

namespace ConcreteMl.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        using Interruption interruption = new(arguments is ["serve", ..] ? Interruption.PatienceOfServers : Interruption.Patience);
        using GuardedWriter output = GuardedWriter.Output();
        using GuardedWriter error = GuardedWriter.Error();
        int code = CommandLine.Run(arguments, output.Writer, error.Writer, interruption.Token);
        if (output.Failure is string failure && code is ExitCode.Done or ExitCode.Disagreement)
        {
            error.Writer.WriteLine($"error CML6003: standard output: {failure}; choose a place that you may write to");
            return ExitCode.Refused;
        }

        return code;
    }
}
