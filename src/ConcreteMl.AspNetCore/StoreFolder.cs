using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>The folder of keys, jobs and results; held by one process at a time.</summary>
internal sealed class StoreFolder(IOptions<ConcreteMlOptions> options, IHostEnvironment environment) : IDisposable
{
    private FileStream? held;

    /// <summary>The folder's full path.</summary>
    internal string Path { get; } = System.IO.Path.Combine(environment.ContentRootPath, options.Value.Store);

    internal string At(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="ServingException">Another process has the folder, or it cannot be written.</exception>
    internal void Open()
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(Path);
            else
                Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // the system lets go of it when the process ends, however it ends
            held = new FileStream(At("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            string cure = "Stop the other server, or give this one a folder of its own";
            throw new ServingException("CML6414", $"{Path}: {problem.Message.TrimEnd('.')}", "a folder that no other server uses", cure);
        }
    }

    public void Dispose() => held?.Dispose();
}
