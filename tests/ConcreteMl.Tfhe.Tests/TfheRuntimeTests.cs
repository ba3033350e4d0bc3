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
    public void Plain_kernels_say_whether_the_cpu_or_the_process_is_why()
    {
        KernelChoice process = TfheRuntime.Choose(null, compilesDynamicCode: false);
        KernelChoice cpu = TfheRuntime.Choose(null, compilesDynamicCode: true);
        Assert.That((process.Set, cpu.Set), Is.EqualTo((KernelSet.Portable, KernelSet.Portable)));
        Assert.That(process.Reason, Does.Contain("PublishAot"));
        Assert.That(cpu.Reason, Does.Contain("AVX2").And.Not.Contain("PublishAot"));
    }

    [Test]
    public void Each_vector_set_is_named()
    {
        // naming a set runs none of its instructions, so that any CPU can be asked
        Assert.That(TfheRuntime.Choose(Avx2Isa.Instance, compilesDynamicCode: true).Set, Is.EqualTo(KernelSet.Avx2));
        Assert.That(TfheRuntime.Choose(Avx512Isa.Instance, compilesDynamicCode: true).Set, Is.EqualTo(KernelSet.Avx512));
    }
}
