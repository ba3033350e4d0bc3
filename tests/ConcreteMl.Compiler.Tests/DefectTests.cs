using ConcreteMl.Cli;
using ConcreteMl.Cli.Output;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests;

public sealed class DefectTests
{
    [Test]
    public void A_defect_ends_with_exit_code_70_says_how_to_report_it_and_hides_the_stack()
    {
        Cli run = Run();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Defect));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.Contain("defect of concreteml").And.Contain("Please report it").And.Contain("'boom'"));
        Assert.That(run.Error, Does.Not.Contain("   at "));
    }

    [Test]
    public void Verbose_shows_where_a_defect_happened()
    {
        Assert.That(Run(verbose: true).Error, Does.Contain("   at "));
    }

    [Test]
    public void A_defect_in_JSON_is_one_object()
    {
        Assert.That(Run(json: true).Json().GetProperty("defect").GetString(), Does.Contain("out of order"));
    }

    private static Cli Run(bool json = false, bool verbose = false)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = new Session(output, error, json, verbose).Guard("boom", () => throw new InvalidOperationException("out of order"));
        return new Cli(code, output.ToString(), error.ToString());
    }
}
