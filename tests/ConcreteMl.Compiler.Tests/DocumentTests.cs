using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>Commands and code of README and docs are run, or compared with the files that they quote.</summary>
[NonParallelizable]
public sealed partial class DocumentTests
{
    private static IEnumerable<string> Pages() =>
        Directory
            .EnumerateFiles(Tree.At("docs"), "*.md")
            .Append(Tree.At("README.md"))
            .Select(file => Path.GetRelativePath(Tree.Root, file))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void Commands_run(string page)
    {
        using Scratch folder = new();
        using WorkingFolder inside = new(folder);
        foreach ((string info, string text) in Blocks(page).Where(block => block.Info == "sh run"))
        {
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                Assert.That(words[0], Is.EqualTo("concreteml"), line);
                Cli run = Cli.Run(words[1..]);
                Assert.That(run.ExitCode, Is.Zero, $"{line}\n{run.Error}");
            }
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void Quoted_lines_stand_in_their_files(string page)
    {
        foreach ((string info, string text) in Blocks(page).Where(block => block.Info.Contains("file=", StringComparison.Ordinal)))
        {
            string source = OneLine(File.ReadAllText(Tree.At(info[(info.IndexOf("file=", StringComparison.Ordinal) + 5)..])));
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.That(source.Contains(OneLine(line), StringComparison.Ordinal), $"{page} quotes '{line}'");
            }
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void Links_lead_to_files(string page)
    {
        string folder = Path.GetDirectoryName(Tree.At(page))!;
        foreach (Match link in LinkPattern().Matches(File.ReadAllText(Tree.At(page))))
        {
            Assert.That(File.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{page}: {link.Groups[1].Value}");
        }
    }

    [Test]
    public void The_CSharp_example_of_README_is_compiled_and_finds_encrypted_equal_to_clear()
    {
        string example = File.ReadAllText(Tree.At("tests", "ConcreteMl.Compiler.Tests", "ReadmeExample.cs"));
        string block = Blocks("README.md").Single(candidate => candidate.Info == "csharp").Text;
        string[] lines = [.. block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim())];
        Assert.That(lines, Is.All.Matches<string>(line => example.Contains(line, StringComparison.Ordinal)));

        using Scratch folder = new();
        using WorkingFolder inside = new(folder);
        TextWriter console = Console.Out;
        StringWriter output = new();
        Console.SetOut(output);
        try
        {
            ReadmeExample.Run();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.That(output.ToString().Trim(), Is.EqualTo("True"));
    }

    [Test]
    public void README_has_exactly_two_commands_to_set_up()
    {
        string[] blocks = [.. Blocks("README.md").Where(block => block.Info == "sh").Select(block => block.Text.Trim())];
        Assert.That(blocks, Is.EqualTo(new[] { "dotnet fsi build.fsx -- demo", "dotnet fsi build.fsx -- test" }));
        Assert.That(File.ReadAllText(Tree.At(".ci", "run")), Does.Contain(blocks[1]));
    }

    // Where a formatter breaks lines is no difference.
    private static string OneLine(string text) => SpacePattern().Replace(text, " ").Trim();

    private static IEnumerable<(string Info, string Text)> Blocks(string page)
    {
        string? info = null;
        List<string> lines = [];
        foreach (string line in File.ReadLines(Tree.At(page)))
        {
            string trimmed = line.Trim();
            if (!trimmed.StartsWith("```", StringComparison.Ordinal))
            {
                lines.Add(trimmed);
            }
            else if (info is null)
            {
                info = trimmed[3..];
                lines.Clear();
            }
            else
            {
                yield return (info, string.Join('\n', lines));
                info = null;
            }
        }
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex SpacePattern();

    [GeneratedRegex("""\]\(([^)#:]+)\)""")]
    private static partial Regex LinkPattern();

    /// <summary>A working folder from which the tree's tests are reached as from its root.</summary>
    private sealed class WorkingFolder : IDisposable
    {
        private readonly string before = Environment.CurrentDirectory;

        internal WorkingFolder(Scratch folder)
        {
            Directory.CreateSymbolicLink(folder.At("tests"), Tree.At("tests"));
            Environment.CurrentDirectory = Path.GetDirectoryName(folder.At("tests"))!;
        }

        public void Dispose() => Environment.CurrentDirectory = before;
    }
}
