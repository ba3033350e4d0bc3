using System.Collections.Concurrent;
using ConcreteMl.Tfhe.Programs;
using NUnit.Framework;

namespace ConcreteMl.Tfhe.Tests.Programs;

/// <summary>Large layers that other machines help with: the same words, whatever the others do.</summary>
public sealed class SharedRangesTests
{
    private const int Count = 240;
    private const int Samples = 2;
    private readonly TfheProgram program = Layers();
    private ClientKey key = null!;
    private EvaluationKey evaluation = null!;
    private EncryptedSample[] inputs = null!;
    private byte[][] alone = null!;

    [OneTimeSetUp]
    public void RunAlone()
    {
        key = ClientKey.Generate(program.Parameters!, SeedSource.OperatingSystem);
        evaluation = KeyGenerator.CreateEvaluationKey(key);
        ProgramClient client = new(program);
        inputs = [.. Enumerable.Range(0, Samples).Select(seed => client.Encrypt(key, [SamplePrograms.Codes(Count, 6, new Random(seed))]))];
        alone = Run(null);
    }

    [OneTimeTearDown]
    public void Forget()
    {
        evaluation.Dispose();
        key.Dispose();
    }

    [Test]
    public void Helpers_compute_ranges_of_every_kind_of_layer()
    {
        Helper[] helpers = [new(Honest), new(Honest)];
        Assert.That(Run(new RangeHelpers(helpers, 100)), Is.EqualTo(alone));
        Assert.That(helpers.Sum(one => one.Ranges.Sum(range => range.Count)), Is.GreaterThan(Count));
        Assert.That(helpers.SelectMany(one => one.Ranges).Select(range => range.Instruction).Distinct().Count(), Is.EqualTo(3));
    }

    [Test]
    public void Small_layers_stay_here()
    {
        Helper helper = new(Honest);
        Assert.That(Run(new RangeHelpers([helper], (Samples * Count) + 1)), Is.EqualTo(alone));
        Assert.That(helper.Ranges, Is.Empty);
    }

    [Test]
    public void What_others_do_not_return_is_computed_here()
    {
        Helper[] helpers =
        [
            new((_, _) => Task.FromResult<byte[]?>(null)),
            new((_, _) => throw new IOException("gone")),
            new((_, _) => Task.FromResult<byte[]?>([1, 2, 3])),
            new(
                async (_, end) =>
                {
                    await Task.Delay(Timeout.Infinite, end);
                    return [];
                }
            ),
        ];
        Assert.That(Run(new RangeHelpers(helpers, 100)), Is.EqualTo(alone));
        Assert.That(helpers.Select(one => one.Ranges.Count), Is.All.Positive);
    }

    [Test]
    public void Results_that_come_too_late_are_not_taken()
    {
        Helper late = new(
            async (range, end) =>
            {
                // late is when the range was computed here
                await Task.Delay(Timeout.Infinite, end).ContinueWith(_ => { }, CancellationToken.None);
                return new byte[range.Operands.Length];
            }
        );
        Assert.That(Run(new RangeHelpers([late], 100)), Is.EqualTo(alone));
    }

    [Test]
    public void Cancellation_ends_a_shared_layer()
    {
        using CancellationTokenSource stop = new();
        Helper helper = new(
            async (_, end) =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, end);
                return null;
            }
        );
        ExecutionOptions options = new() { Helpers = new RangeHelpers([helper], 100) };
        EncryptedExecutor executor = new(program, evaluation);
        Assert.That(() => executor.Run(inputs, options, null, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Ranges_that_the_program_does_not_have_are_refused()
    {
        EncryptedExecutor executor = new(program, evaluation);
        int words = program.Parameters!.BigKey.LweSize;
        LookupRange good = new(0, 0, 3, 1, new byte[3 * words * 8]);
        LookupRange[] bad =
        [
            good with
            {
                Instruction = -1,
            },
            good with
            {
                Instruction = program.Instructions.Count,
            },
            good with
            {
                First = Count - 2,
            },
            good with
            {
                First = long.MaxValue,
            },
            good with
            {
                First = -1,
            },
            good with
            {
                Count = 4,
            },
            good with
            {
                Count = 0,
            },
            good with
            {
                Lanes = 0,
            },
            good with
            {
                Operands = [],
            },
        ];
        Assert.That(executor.RunRange(good, 1, default), Has.Length.EqualTo(3 * words * 8));
        foreach (LookupRange one in bad)
            Assert.That(() => executor.RunRange(one, 1, default), Throws.TypeOf<ProgramInputException>());
    }

    private static TfheProgram Layers()
    {
        ProgramBuilder b = new();
        int input = b.Input(6, Count);
        int rounded = b.Add(new RoundExact(b.Value(4, Count), input, 2, 0, "round"));
        int[] both = b.LookupMany(rounded, 0, (4, code => -code / 2), (4, code => code / 3));
        int sum = b.Add(new Combine(b.Value(4, Count), [both[0], both[1]], [1, 1], "sum"));
        b.Output(b.Lookup(sum, 4, 0, code => code / 2));
        return b.Build(InsecureParameters.Quiet());
    }

    private Task<byte[]?> Honest(LookupRange range, CancellationToken end) =>
        Task.Run<byte[]?>(() => new EncryptedExecutor(program, evaluation).RunRange(range, 1, end), end);

    private byte[][] Run(RangeHelpers? helpers)
    {
        ExecutionOptions options = new() { Threads = 2, Helpers = helpers };
        IReadOnlyList<EncryptedResult> results = new EncryptedExecutor(program, evaluation).Run(inputs, options);
        return [.. results.SelectMany(one => one.Outputs).Select(output => output.Bytes.ToArray())];
    }

    private sealed class Helper(Func<LookupRange, CancellationToken, Task<byte[]?>> compute) : IRangeHelper
    {
        internal ConcurrentBag<LookupRange> Ranges { get; } = [];

        public Task<byte[]?> ComputeAsync(LookupRange range, CancellationToken cancellation)
        {
            Ranges.Add(range);
            return compute(range, cancellation);
        }
    }
}
