using Fuzzing.Mutation;

namespace Fuzzing.Subjects;

/// <summary>Halves, keys and ciphertexts: one of six files is damaged, and every command that reads it runs.</summary>
internal sealed class Frames(Corpus corpus) : Subject("frames")
{
    // The model with lookups has keys of megabytes, which take a hundred times as long to read and to expand.
    private const int EveryLookup = 8;

    private static readonly string[] Names = ["x.client", "x.server", "secret.key", "evaluation.key", "inputs.enc", "outputs.enc"];

    internal override IReadOnlyList<string[]> Make(Random random, string folder)
    {
        TwoMachines sound = random.Next(EveryLookup) == 0 ? corpus.WithLookups : corpus.WithoutLookups;
        int damaged = random.Next(Names.Length);
        string[] files = new string[Names.Length];
        for (int file = 0; file < Names.Length; file++)
        {
            byte[] content = file == damaged ? FrameMutation.Of(random, sound.Frames[file]) : sound.Frames[file];
            files[file] = Write(folder, Names[file], content);
            if (!OperatingSystem.IsWindows())
            {
                // secret keys are refused where others may read them
                File.SetUnixFileMode(files[file], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        return [.. Commands(files, sound.Samples, folder).Where(line => line.Contains(files[damaged]))];
    }

    private static string[][] Commands(string[] files, string samples, string folder)
    {
        string made = Path.Combine(folder, "made");
        return
        [
            ["encrypt", files[0], "--secret", files[2], "--input", samples, "-o", made, "--limit", "1"],
            ["execute", files[1], "--evaluation", files[3], "--input", files[4], "-o", made],
            ["decrypt", files[0], "--secret", files[2], "--input", files[5]],
        ];
    }
}
