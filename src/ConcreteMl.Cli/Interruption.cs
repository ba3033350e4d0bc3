using System.Runtime.InteropServices;

namespace ConcreteMl.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP: asks the command to stop, and ends the process where it has not stopped by itself in a moment.
/// Files are written as wholes, so that ending at any time leaves none cut off.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // A user notices a second; steps that look at the token take less, a few passes do not look.
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // A server finishes what it runs, within its host's limit of 30 seconds; a second signal ends it at once.
    internal static readonly TimeSpan PatienceOfServers = TimeSpan.FromSeconds(40);

    private readonly TimeSpan patience;
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private Timer? timer;

    internal Interruption(TimeSpan patience)
    {
        this.patience = patience;
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            registrations.Add(PosixSignalRegistration.Create(signal, Interrupt));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    internal CancellationToken Token => source.Token;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        timer?.Dispose();
        source.Dispose();
    }

    private void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        if (source.IsCancellationRequested)
        {
            End();
        }

        timer = new Timer(_ => End(), null, patience, Timeout.InfiniteTimeSpan);
        source.Cancel();
    }

    private static void End()
    {
        try
        {
            // the bar of a command that did not get to clear it hides the cursor
            Console.Error.Write(Console.IsErrorRedirected ? "Stopped.\n" : "\r\u001b[K\u001b[?25hStopped.\n");
        }
        catch (IOException)
        {
            // nobody listens
        }

        Environment.Exit(ExitCode.Cancelled);
    }
}
