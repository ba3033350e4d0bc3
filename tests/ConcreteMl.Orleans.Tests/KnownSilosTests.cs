using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace ConcreteMl.Orleans.Tests;

/// <summary>The number of silos while the list of members is there and while it is away.</summary>
public sealed class KnownSilosTests
{
    private readonly Clock clock = new();

    [Test]
    public async Task What_was_known_last_holds_while_the_list_is_away()
    {
        Queue<Func<Task<int>>> answers = new([
            () => Task.FromResult(3),
            () => throw new InvalidOperationException("away"),
            () => Task.FromException<int>(new InvalidOperationException("still away")),
            () => Task.FromResult(2),
        ]);
        KnownSilos silos = new(() => answers.Dequeue()(), clock, NullLogger.Instance);
        foreach (int expected in new[] { 3, 3, 3, 2 })
        {
            Assert.That(await silos.CountAsync(), Is.EqualTo(expected));
            int left = answers.Count;
            Assert.That(await silos.CountAsync(), Is.EqualTo(expected));
            Assert.That(answers, Has.Count.EqualTo(left), "an answer, also a failure, holds for a while");
            clock.Now += 11;
        }
    }

    [Test]
    public async Task There_is_one_silo_before_anything_is_known()
    {
        KnownSilos away = new(() => throw new InvalidOperationException("away"), clock, NullLogger.Instance);
        Assert.That(await away.CountAsync(), Is.EqualTo(1));
        KnownSilos none = new(() => Task.FromResult(0), clock, NullLogger.Instance);
        Assert.That(await none.CountAsync(), Is.EqualTo(1));
    }

    [Test]
    public void Who_does_not_wait_any_more_is_told_so()
    {
        KnownSilos silent = new(() => new TaskCompletionSource<int>().Task, clock, NullLogger.Instance);
        Assert.That(
            async () => await silent.CountAsync(new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    private sealed class Clock : TimeProvider
    {
        internal long Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }
}
