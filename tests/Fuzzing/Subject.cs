using Fuzzing.Subjects;

namespace Fuzzing;

/// <summary>A kind of damaged input, and the commands that users would give it to.</summary>
internal abstract class Subject(string name)
{
    /// <summary>As `--subject` names it.</summary>
    internal string Name { get; } = name;

    /// <summary>Writes the files of one input into <paramref name="folder"/> and says which command lines read them.</summary>
    internal abstract IReadOnlyList<string[]> Make(Random random, string folder);

    /// <summary>Every subject, in the order in which a campaign takes turns.</summary>
    internal static IReadOnlyList<Subject> All(Corpus corpus) =>
        [
            new ModelBytes(corpus),
            new ModelStructure(corpus),
            new ModelTexts(corpus),
            new StageTexts(corpus),
            new Arrays(corpus),
            new Artefacts(corpus),
            new Frames(corpus),
        ];

    /// <summary>One of several, each as likely.</summary>
    private protected static T Any<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private protected static string Write(string folder, string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
