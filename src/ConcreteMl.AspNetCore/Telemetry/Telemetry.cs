using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ConcreteMl.AspNetCore;

/// <summary>The ActivitySource and the Meter "ConcreteMl"; docs/serving.md lists what they say.</summary>
internal sealed class Telemetry : IDisposable
{
    /// <summary>Name of both.</summary>
    internal const string Name = "ConcreteMl";

    private readonly Meter meter;

    public Telemetry(IMeterFactory factory)
    {
        meter = factory.Create(Name);
        Duration = meter.CreateHistogram<double>("concreteml.inference.duration", "s", "From a worker's start to the end");
        Waited = meter.CreateHistogram<double>("concreteml.queue.duration", "s", "From the end of a request's body to a worker's start");
        Samples = meter.CreateCounter<long>("concreteml.inference.samples", "{sample}", "Samples that were computed");
        Rejected = meter.CreateCounter<long>("concreteml.queue.rejected", "{request}", "Requests that met a full queue");
        Helped = meter.CreateCounter<long>("concreteml.ranges.computed", "{lookup}", "Lookups that a silo computed for others");
        KeysLoaded = meter.CreateCounter<long>("concreteml.keys.loaded", "{key}", "Keys that were read from disk and expanded");
        KeysEvicted = meter.CreateCounter<long>("concreteml.keys.evicted", "{key}", "Keys that made room for others");
    }

    internal ActivitySource Source { get; } = new(Name);

    internal Histogram<double> Duration { get; }

    internal Histogram<double> Waited { get; }

    internal Counter<long> Samples { get; }

    internal Counter<long> Rejected { get; }

    internal Counter<long> Helped { get; }

    internal Counter<long> KeysLoaded { get; }

    internal Counter<long> KeysEvicted { get; }

    /// <summary>Measures what is there when it is asked.</summary>
    internal void Observe(WorkQueue queue, KeyMemory memory, KeyStore store)
    {
        meter.CreateObservableGauge("concreteml.queue.length", () => queue.Length, "{request}", "Requests that wait");
        meter.CreateObservableGauge("concreteml.keys.memory", () => memory.Bytes, "By", "Expanded keys in memory");
        meter.CreateObservableGauge("concreteml.keys.stored", () => store.Bytes, "By", "Keys on disk");
    }

    public void Dispose() => Source.Dispose();
}
