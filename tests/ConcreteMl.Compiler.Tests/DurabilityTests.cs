using System.Diagnostics;
using System.Runtime.Versioning;
using ConcreteMl.Tfhe;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Writers that fail or are killed, and key files that are not as they should be.</summary>
internal sealed class DurabilityTests
{
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void A_writer_that_fails_leaves_the_old_content_and_nothing_beside()
    {
        string path = scratch.Write("old.bin", "old"u8.ToArray());
        Assert.Throws<IOException>(() =>
            WholeFile.Replace(
                path,
                stream =>
                {
                    stream.Write(new byte[3 << 20]);
                    throw new IOException("no room");
                }
            )
        );
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1));
        WholeFile.Replace(path, stream => stream.Write("new"u8));
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    [Platform("Linux,MacOsX")]
    public void Links_and_permissions_stay_and_devices_are_written_as_they_are()
    {
        string path = scratch.Write("target.bin", "old"u8.ToArray());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(scratch.At("link"), path);
        WholeFile.Replace(scratch.At("link"), stream => stream.Write("new"u8));
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(new FileInfo(scratch.At("link")).LinkTarget, Is.EqualTo(path));
        Assert.That(File.GetUnixFileMode(path).HasFlag(UnixFileMode.GroupRead));
        WholeFile.Replace("/dev/null", stream => stream.Write("new"u8));
        Assert.That(WholeFile.IsOrdinary("/dev/null"), Is.False);
    }

    [Test]
    public void What_a_killed_writer_left_goes_and_what_somebody_writes_stays()
    {
        string path = scratch.At("old.bin");
        DateTime before = DateTime.UtcNow - TimeSpan.FromHours(1);
        foreach (string name in (string[])[".old.bin.abcdefgh.abc.tmp", ".old.bin.ijklmnop.ijk.tmp", ".new.bin.abcdefgh.abc.tmp"])
        {
            scratch.Write(name, [1]);
            File.SetLastWriteTimeUtc(scratch.At(name), before);
        }

        scratch.Write(".old.bin.qrstuvwx.qrs.tmp", [1]);
        using (new FileStream(scratch.At(".old.bin.ijklmnop.ijk.tmp"), FileMode.Open, FileAccess.Read, FileShare.None))
            WholeFile.Replace(path, stream => stream.WriteByte(2));
        Assert.That(
            Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Is.EqualTo(new[] { ".new.bin.abcdefgh.abc.tmp", ".old.bin.ijklmnop.ijk.tmp", ".old.bin.qrstuvwx.qrs.tmp", "old.bin" })
        );
    }

    [Test]
    public void Of_many_that_place_one_content_one_is_new()
    {
        int made = 0;
        Parallel.For(
            0,
            16,
            _ =>
            {
                (string path, bool created) = WholeFile
                    .PlaceAsync(Path.GetDirectoryName(scratch.At("x"))!, WriteAsync)
                    .GetAwaiter()
                    .GetResult();
                Assert.That(File.ReadAllText(path), Is.EqualTo("content"));
                Interlocked.Add(ref made, created ? 1 : 0);
            }
        );
        Assert.That(made, Is.EqualTo(1));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(scratch.At("x"))!), Has.Length.EqualTo(1));

        static async Task<string> WriteAsync(Stream stream)
        {
            await stream.WriteAsync("content"u8.ToArray());
            return "named";
        }
    }

    [Test]
    public void Of_many_that_create_one_private_file_one_succeeds()
    {
        string path = scratch.At("secret");
        int made = 0;
        Parallel.For(
            0,
            16,
            index =>
            {
                try
                {
                    WholeFile
                        .CreatePrivateAsync(path, stream => stream.WriteAsync(new[] { (byte)index }).AsTask())
                        .GetAwaiter()
                        .GetResult();
                    Interlocked.Increment(ref made);
                }
                catch (IOException)
                {
                    // another was first
                }
            }
        );
        Assert.That(made, Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(path), Has.Length.EqualTo(1));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Kills_at_random_moments_leave_an_artefact_that_was_there()
    {
        string path = scratch.At("tiny.cml");
        using QuantizedModule tiny = TinyModel.Compile();
        tiny.Save(path);
        byte[] old = File.ReadAllBytes(path);
        Random random = new();
        for (int round = 0; round < 5; round++)
        {
            using Process process = ToolProcess.Start("compile", DigitsMlp.Model, "-c", DigitsMlp.Calibration, "--bits", "2", "-o", path);
            process.WaitForExit(random.Next(200, 2500));
            process.Kill();
            process.WaitForExit();
            byte[] met = File.ReadAllBytes(path);
            if (!met.AsSpan().SequenceEqual(old))
            {
                QuantizedModule.Load(path).Dispose();
            }
        }
    }

    [Test]
    public void An_evaluation_key_that_was_cut_off_is_made_again()
    {
        using QuantizedModule module = TinyModel.Compile();
        string keys = Keys(module);
        byte[] whole = File.ReadAllBytes(keys + ".evaluation");
        byte[] secret = File.ReadAllBytes(keys);
        foreach (int left in new[] { 0, 10, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(keys + ".evaluation", whole[..left]);
            using QuantizedModule again = TinyModel.Compile();
            Keys(again);
            Assert.That(new FileInfo(keys + ".evaluation").Length, Is.EqualTo(whole.Length));
            Assert.That(File.ReadAllBytes(keys), Is.EqualTo(secret));
        }
    }

    [Test]
    public void An_evaluation_key_without_its_secret_key_is_never_overwritten()
    {
        using QuantizedModule module = TinyModel.Compile();
        string keys = Keys(module);
        byte[] published = File.ReadAllBytes(keys + ".evaluation");
        File.Move(keys, scratch.At("away.key"));
        Assert.That(Refusal(), Is.EqualTo("CML6209"));
        using (QuantizedModule other = TinyModel.Compile())
        {
            other.Forward([Sample()], FheMode.Execute, new RunOptions { KeyFile = scratch.At("other.key") });
        }

        File.Move(scratch.At("other.key"), keys);
        Assert.That(Refusal(), Is.EqualTo("CML6209"));
        Assert.That(File.ReadAllBytes(keys + ".evaluation"), Is.EqualTo(published));
        File.Move(scratch.At("away.key"), keys, overwrite: true);
        using QuantizedModule back = TinyModel.Compile();
        Keys(back);
    }

    [Test]
    public void No_cure_for_a_secret_key_that_cannot_be_read_says_to_delete_it()
    {
        using QuantizedModule module = TinyModel.Compile();
        string keys = Keys(module);
        byte[] sound = File.ReadAllBytes(keys);
        byte[] later = [.. sound];
        // the version's last byte follows the magic and the kind
        int version = Array.FindIndex(sound, value => value < 32) + 2;
        later[version]++;
        foreach (byte[] bad in new[] { later, sound[..^1], [] })
        {
            File.WriteAllBytes(keys, bad);
            CompilationException refusal = Assert.Throws<CompilationException>(() =>
            {
                using QuantizedModule again = TinyModel.Compile();
                again.Forward([Sample()], FheMode.Execute, new RunOptions { KeyFile = keys });
            })!;
            Assert.That(refusal.Diagnostics[0].Code, Is.AnyOf("CML6202", "CML6205"));
            Assert.That(refusal.Diagnostics[0].Cure, Does.Not.Contain("elete").And.Contain("another file"));
        }
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void A_pipe_in_the_place_of_a_key_file_is_refused()
    {
        string pipe = scratch.At("pipe");
        using (Process make = Process.Start("mkfifo", pipe))
        {
            make.WaitForExit();
        }

        using QuantizedModule module = TinyModel.Compile();
        CompilationException refusal = Assert.Throws<CompilationException>(() =>
            module.Forward([Sample()], FheMode.Execute, new RunOptions { KeyFile = pipe })
        )!;
        Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6202"));
    }

    [Test]
    public void Two_that_make_one_key_file_at_once_share_its_key()
    {
        Parallel.For(
            0,
            4,
            _ =>
            {
                using QuantizedModule module = TinyModel.Compile();
                Keys(module);
            }
        );
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(scratch.At("x"))!, "*.tmp"), Is.Empty);
    }

    private string Refusal()
    {
        using QuantizedModule module = TinyModel.Compile();
        return Assert.Throws<CompilationException>(() => Keys(module))!.Diagnostics[0].Code;
    }

    private string Keys(QuantizedModule module)
    {
        string keys = scratch.At("my.key");
        module.Forward([Sample()], FheMode.Execute, new RunOptions { KeyFile = keys });
        return keys;
    }

    private static Tensor Sample() => Tensor.Create(new float[] { 0.5f, -0.25f, 1f, -1f }, 1, 4);
}
