using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

/// <summary>What commands say where the system gives no memory.</summary>
[Platform("Linux")]
public sealed class MemoryTests
{
    [Test]
    public void A_lack_of_memory_is_a_refusal_and_no_defect()
    {
        // sixteen megabytes of managed heap
        (int exitCode, string output, string error) = ToolProcess.Shell(
            $"DOTNET_GCHeapHardLimit=0x1000000 \"$TOOL\" compile '{DigitsMlp.Model}' -c '{DigitsMlp.Calibration}' --bits 6 -o /dev/null --json"
        );
        Assert.That(output + error, Does.Not.Contain("   at "));
        Assert.That(exitCode, Is.EqualTo(1), error);
        Assert.That(output, Does.Contain("CML6028"));
    }
}
