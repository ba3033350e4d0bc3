using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>Keys that are received at the same time: a bounded number, of one client half of it at most, so that others get theirs.</summary>
internal sealed class UploadPlaces(IOptions<ConcreteMlOptions> options)
{
    // An upload of 100 MB takes seconds to minutes; its client need not ask more often.
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(5);
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> places = [];
    private int taken;

    /// <summary>Keys that arrive now.</summary>
    internal int Taken
    {
        get
        {
            lock (gate)
                return taken;
        }
    }

    /// <summary>Takes a place, which is free again when the result is disposed.</summary>
    /// <exception cref="RefusalException">There is none.</exception>
    internal IDisposable Take(string owner)
    {
        int most = options.Value.Uploads;
        lock (gate)
        {
            int own = places.GetValueOrDefault(owner);
            if (taken >= most || own >= (most + 1) / 2)
                throw new RefusalException(429, "CML6405", "other keys are being received", "", "Try again later", ComeAgain);
            taken++;
            places[owner] = own + 1;
        }

        return new Place(this, owner);
    }

    private void Give(string owner)
    {
        lock (gate)
        {
            taken--;
            if (--places[owner] == 0)
                places.Remove(owner);
        }
    }

    private sealed class Place(UploadPlaces places, string owner) : IDisposable
    {
        private UploadPlaces? held = places;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Give(owner);
    }
}
