using System.Text;

namespace ConcreteMl.Cli.Output;

/// <summary>
/// Standard output or error where it may be a full disk, a closed descriptor or a pipe without a reader: what cannot be written
/// is dropped, and the first reason kept. A terminal is written to directly.
/// </summary>
internal sealed class GuardedWriter : TextWriter
{
    private readonly TextWriter? terminal;
    private readonly StreamWriter? target;

    private GuardedWriter(bool redirected, Func<TextWriter> console, Func<Stream> open)
    {
        try
        {
            if (redirected)
            {
                target = new StreamWriter(open(), Encoding, bufferSize: 4096) { AutoFlush = true };
            }
            else
            {
                terminal = console();
            }
        }
        catch (Exception problem) when (IsLost(problem))
        {
            Failure = Reason(problem);
        }
    }

    /// <summary>Why something could not be written; null while all could.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Where to write: the terminal itself, or this.</summary>
    internal TextWriter Writer => terminal ?? this;

    public override Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    internal static GuardedWriter Output() => new(Console.IsOutputRedirected, () => Console.Out, Console.OpenStandardOutput);

    internal static GuardedWriter Error() => new(Console.IsErrorRedirected, () => Console.Error, Console.OpenStandardError);

    /// <summary>A guard around any stream, for tests.</summary>
    internal static GuardedWriter Of(Stream stream) => new(redirected: true, () => Null, () => stream);

    public override void Write(char value) => Guard(writer => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Guard(writer => writer.Write(buffer, index, count));

    public override void Write(string? value) => Guard(writer => writer.Write(value));

    public override void WriteLine(string? value) => Guard(writer => writer.Write(value + "\n"));

    public override void Flush() => Guard(writer => writer.Flush());

    // Disposing the stream writer would try to write what is left once more.
    protected override void Dispose(bool disposing) => Guard(writer => writer.Flush());

    private void Guard(Action<StreamWriter> write)
    {
        if (target is null || Failure is not null)
        {
            return;
        }

        lock (target)
        {
            try
            {
                write(target);
            }
            catch (Exception problem) when (IsLost(problem))
            {
                Failure = Reason(problem);
            }
        }
    }

    private static bool IsLost(Exception problem) =>
        problem is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException;

    private static string Reason(Exception problem) => problem.Message.TrimEnd('.');
}
