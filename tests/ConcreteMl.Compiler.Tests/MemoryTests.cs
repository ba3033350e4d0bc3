using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What commands say where the system gives no memory.</summary>
[Platform("Linux")]
public sealed class MemoryTests
{
    /// <summary>
    /// Samples of 100 MB for a heap of 64 MB. The heap stays large enough for the runtime itself: below some 32 MB its own
    /// collector (10.0.12) may fault while it opens a region, which no program can answer.
    /// </summary>
    [Test]
    public void A_lack_of_memory_is_a_refusal_and_no_defect()
    {
        using Scratch scratch = new();
        string samples = scratch.WriteArrays("large.npz", ("x0", Tensor.Create(new float[400_000 * 64], 400_000, 64)));
        (int exitCode, string output, string error) = ToolProcess.Shell(
            $"DOTNET_GCHeapHardLimit=0x4000000 \"$TOOL\" compile '{DigitsMlp.Model}' -c '{samples}' --bits 6 -o /dev/null --json"
        );
        Assert.That(output + error, Does.Not.Contain("   at "));
        Assert.That(exitCode, Is.EqualTo(1), error);
        Assert.That(output, Does.Contain("CML6028"));
    }
}
