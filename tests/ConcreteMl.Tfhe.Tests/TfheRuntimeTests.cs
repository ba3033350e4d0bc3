using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests;

/// <summary>Which kernels run, and the reason given for them.</summary>
[TestFixture]
internal sealed class TfheRuntimeTests
{
    [Test]
    public void The_widest_set_of_this_cpu_runs()
    {
        KernelSet expected =
            Avx512DQ.IsSupported ? KernelSet.Avx512
            : Avx2.IsSupported && Fma.IsSupported ? KernelSet.Avx2
            : KernelSet.Portable;
        Assert.That(TfheRuntime.Kernels.Set, Is.EqualTo(expected));
        Assert.That(FourierBackend.CreateTransform(1024) is PortableTransform, Is.EqualTo(expected == KernelSet.Portable));
    }

    [Test]
    public void Each_instruction_set_names_its_own_kernels()
    {
        // naming a set runs none of its instructions, so that any CPU can be asked
        Assert.That(Avx2Isa.Instance.Set, Is.EqualTo(KernelSet.Avx2));
        Assert.That(Avx512Isa.Instance.Set, Is.EqualTo(KernelSet.Avx512));
    }

    [TestCase(KernelSet.Avx512, "has AVX-512")]
    [TestCase(KernelSet.Avx2, "not AVX-512")]
    [TestCase(KernelSet.Portable, "neither")]
    public void What_the_cpu_has_is_the_reason_where_all_of_it_runs(KernelSet set, string reason)
    {
        foreach (bool dynamic in new[] { true, false })
        {
            KernelChoice choice = TfheRuntime.Choose(set, set, Architecture.X64, dynamic);
            Assert.That(choice.Set, Is.EqualTo(set));
            Assert.That(choice.Reason, Does.Contain(reason).And.Not.Contain("but this application").And.Not.Contain("told"));
        }
    }

    [TestCase(KernelSet.Avx2, KernelSet.Avx512, "x86-64-v4")]
    [TestCase(KernelSet.Portable, KernelSet.Avx512, "x86-64-v4")]
    [TestCase(KernelSet.Portable, KernelSet.Avx2, "x86-64-v3")]
    public void Where_less_runs_the_reason_names_the_property_or_the_run_time(KernelSet runs, KernelSet cpu, string level)
    {
        KernelChoice ahead = TfheRuntime.Choose(runs, cpu, Architecture.X64, compilesDynamicCode: false);
        Assert.That((ahead.Set, ahead.Reason), Is.EqualTo((runs, ahead.Reason)));
        Assert.That(ahead.Reason, Does.Contain($"IlcInstructionSet {level}"));
        KernelChoice told = TfheRuntime.Choose(runs, cpu, Architecture.X64, compilesDynamicCode: true);
        Assert.That(told.Set, Is.EqualTo(runs));
        Assert.That(told.Reason, Does.Contain("told not to use it").And.Not.Contain("Ilc"));
    }

    [Test]
    public void Other_architectures_are_named() =>
        Assert.That(
            TfheRuntime.Choose(KernelSet.Portable, KernelSet.Portable, Architecture.Arm64, true).Reason,
            Does.Contain("x64").And.Contain("Arm64")
        );
}
