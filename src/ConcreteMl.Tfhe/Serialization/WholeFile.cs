using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ConcreteMl.Tfhe;

/// <summary>
/// Writes files as wholes: the content goes to a file beside, reaches the disk, and takes the name at last. What had the name
/// before stays whole until then, whether the disk fills, the process is killed or the machine stops. What a killed process left
/// beside goes when the same file is written again.
/// </summary>
public static partial class WholeFile
{
    private const int BufferBytes = 1 << 20;
    private const string Temporary = ".tmp";

    // Whoever still writes a file writes to it more often, and between the last write and the rename lie milliseconds.
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Creates or replaces a file. A symbolic link stays one, and its target is replaced; an existing file's permissions stay.
    /// Devices and pipes, which have no content to lose, are written as they are.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The disk is full, or the folder is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Replace(string path, Action<Stream> write) => ReplaceAsync(path, Waiting(write)).GetAwaiter().GetResult();

    /// <summary>The same for content that waits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellation">Stops before the file takes the name.</param>
    /// <exception cref="IOException">The disk is full, or the folder is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static async Task ReplaceAsync(string path, Func<Stream, Task> write, CancellationToken cancellation = default)
    {
        if (!IsOrdinary(path))
        {
            await using FileStream device = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            await write(device).ConfigureAwait(false);
            return;
        }

        string target = Target(path);
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
        Sweep(target);
        await BesideAsync(target, mode, Named(target, write), overwrite: true, cancellation).ConfigureAwait(false);
    }

    /// <summary>Creates a file whose name follows from its content; one that has the name is not replaced.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="write">Writes the content and returns the file's name.</param>
    /// <param name="cancellation">Stops before the file takes the name.</param>
    /// <returns>The file's path, and whether it is new.</returns>
    /// <exception cref="IOException">The disk is full, or the folder is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static async Task<(string Path, bool Created)> PlaceAsync(
        string folder,
        Func<Stream, Task<string>> write,
        CancellationToken cancellation = default
    )
    {
        string? target = null;
        try
        {
            await BesideAsync(
                    Path.Combine(Path.GetFullPath(folder), "new"),
                    null,
                    async stream => target = Path.Combine(folder, await write(stream).ConfigureAwait(false)),
                    overwrite: false,
                    cancellation
                )
                .ConfigureAwait(false);
            return (target!, true);
        }
        catch (IOException) when (target is not null && File.Exists(target))
        {
            return (target, false);
        }
    }

    /// <summary>Creates a file that only its owner may read; an existing one is never overwritten, also not by two processes at once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellation">Stops before the file takes the name.</param>
    /// <exception cref="IOException">The file exists, the disk is full, or the folder is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static async Task CreatePrivateAsync(string path, Func<Stream, Task> write, CancellationToken cancellation = default)
    {
        if (Path.Exists(path))
            throw new IOException($"the file '{path}' already exists");
        UnixFileMode? mode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string target = Path.GetFullPath(path);
        Sweep(target);
        await BesideAsync(target, mode, Named(target, write), overwrite: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether the path names a file with a content of its own, or nothing yet: no pipe, device or terminal.</summary>
    public static bool IsOrdinary(string path)
    {
        string full = Target(path);
        if (OperatingSystem.IsWindows() || OperatingSystem.IsBrowser() || !File.Exists(full))
            return true;
        if (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal))
            return full.StartsWith("/dev/shm/", StringComparison.Ordinal);
        int descriptor = Open(full, OperatingSystem.IsMacOS() ? MacNonBlocking : LinuxNonBlocking);
        if (descriptor < 0)
            return true; // no reader's business: writing will say what is wrong
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        using FileStream stream = new(handle, FileAccess.Read, bufferSize: 0);
        return stream.CanSeek;
    }

    private static Func<Stream, Task> Waiting(Action<Stream> write) =>
        stream =>
        {
            write(stream);
            return Task.CompletedTask;
        };

    private static Func<Stream, Task<string>> Named(string target, Func<Stream, Task> write) =>
        async stream =>
        {
            await write(stream).ConfigureAwait(false);
            return target;
        };

    /// <summary>Removes what processes that were killed left beside a file.</summary>
    private static void Sweep(string target)
    {
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            return;
        foreach (string beside in Directory.EnumerateFiles(folder, $".{Path.GetFileName(target)}.????????.???{Temporary}"))
            try
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(beside) > Abandoned)
                    // a file that is held by whoever writes it does not open
                    new FileStream(beside, FileMode.Open, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose).Dispose();
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // it stays, which is no worse than before
            }
    }

    private static string Target(string path)
    {
        FileInfo named = new(path);
        return named.LinkTarget is null ? named.FullName : named.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    // Unbuffered where the owner alone may read: secrets are not left in a buffer.
    private static async Task BesideAsync(
        string stem,
        UnixFileMode? mode,
        Func<Stream, Task<string>> write,
        bool overwrite,
        CancellationToken cancellation
    )
    {
        string beside = Path.Combine(Path.GetDirectoryName(stem)!, $".{Path.GetFileName(stem)}.{Path.GetRandomFileName()}{Temporary}");
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = overwrite ? BufferBytes : 0,
        };
        if (!OperatingSystem.IsWindows() && mode is not null)
            options.UnixCreateMode = mode;
        try
        {
            string target;
            await using (FileStream stream = new(beside, options))
            {
                target = await write(stream).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, target, overwrite);
        }
        catch (ArgumentOutOfRangeException problem) when (problem.ParamName == "value")
        {
            // what FileStream makes of a limit on file sizes (EFBIG)
            Discard(beside);
            throw new IOException($"the file '{stem}' would be larger than the system allows", problem);
        }
        catch
        {
            Discard(beside);
            throw;
        }
    }

    private static void Discard(string beside)
    {
        try
        {
            File.Delete(beside);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // the first problem is the one to tell
        }
    }

    // O_RDONLY | O_NONBLOCK: opening a pipe that nobody writes to would wait for ever otherwise.
    private const int LinuxNonBlocking = 0x800;
    private const int MacNonBlocking = 0x4;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
