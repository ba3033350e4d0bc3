using System.Globalization;
using ConcreteMl.Tfhe;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>
/// Evaluation keys on disk, one folder a client and circuit: keys/OWNER/CIRCUIT/ID-KEYID.key. Keys are received in memory that does
/// not grow with them, and are there only when their checksum, parameters and name were found right.
/// </summary>
internal sealed class KeyStore(IOptions<ConcreteMlOptions> options, StoreFolder folder)
{
    private const string Extension = ".key";
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> keys = [];
    private long bytes;
    private bool isCache;

    /// <summary>Bytes of all keys that are here or announced.</summary>
    internal long Bytes => Interlocked.Read(ref bytes);

    private string Root => folder.At("keys");

    /// <summary>Counts what is there, and removes what a crash left half received.</summary>
    /// <param name="cache">
    /// Keys can be sent again: a new one takes the room of those that were not used for longest, instead of being refused.
    /// </param>
    internal void Open(bool cache = false)
    {
        isCache = cache;
        Directory.CreateDirectory(Root);
        foreach (string owner in Directory.EnumerateDirectories(Root))
        foreach (string file in Directory.EnumerateFiles(owner, "*", SearchOption.AllDirectories))
            if (file.EndsWith(Extension, StringComparison.Ordinal))
                Count(Path.GetFileName(owner), 1, new FileInfo(file).Length);
            else
                File.Delete(file);
    }

    /// <summary>The key, or null.</summary>
    internal StoredKey? Find(KeyName name)
    {
        string place = FolderOf(name);
        if (!Directory.Exists(place))
            return null;
        foreach (string file in Directory.EnumerateFiles(place, $"{name.Id}-*{Extension}"))
        {
            string digits = Path.GetFileNameWithoutExtension(file)[(KeyName.IdLength + 1)..];
            if (UInt128.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out UInt128 id))
                return new StoredKey(file, new KeyId(id), new FileInfo(file).Length);
        }

        return null;
    }

    /// <exception cref="RefusalException">The client has no such key for this model.</exception>
    internal StoredKey Require(KeyName name) =>
        Find(name)
        ?? throw new RefusalException(
            404,
            "CML6403",
            $"there is no key {name.Id} for this model",
            "",
            "Send it first: PUT /v2/models/NAME/keys/ID"
        );

    /// <summary>Receives a key; what is there already is received again and compared with its name, but not stored twice.</summary>
    /// <returns>The key, and whether it is new.</returns>
    /// <exception cref="RefusalException">The key is not the one its name says, of another model, damaged, or one too many.</exception>
    internal async Task<(StoredKey Key, bool Created)> ReceiveAsync(
        KeyName name,
        ServedModel model,
        Stream body,
        CancellationToken cancellation
    )
    {
        if (Find(name) is { } known)
        {
            await CopyAsync(name, model, body, Stream.Null, cancellation).ConfigureAwait(false);
            return (known, false);
        }

        long size = WireSizes.Frame(model.Server.EvaluationKeyBytes);
        Reserve(name.Owner, size);
        long kept = 0;
        try
        {
            (StoredKey key, bool created) = await StoreAsync(name, model, body, cancellation).ConfigureAwait(false);
            kept = created ? key.Bytes : 0;
            return (key, created);
        }
        finally
        {
            // what was announced is an upper bound; a key that did not arrive counts nothing
            Count(name.Owner, kept == 0 ? -1 : 0, kept - size);
        }
    }

    /// <summary>Forgets a key; true if it was there.</summary>
    internal bool Delete(KeyName name)
    {
        if (Find(name) is not { } key)
            return false;
        File.Delete(key.Path);
        Count(name.Owner, -1, -key.Bytes);
        return true;
    }

    private static async Task<KeyId> CopyAsync(KeyName name, ServedModel model, Stream body, Stream to, CancellationToken cancellation)
    {
        using HashedBody hashed = new(body);
        KeyId id;
        try
        {
            id = await model.Server.CopyEvaluationKeyAsync(hashed, to, cancellation).ConfigureAwait(false);
        }
        catch (TfheFormatException problem)
        {
            throw RefusalException.Of(problem, key: true);
        }

        await hashed.RequireEndAsync(cancellation).ConfigureAwait(false);
        string met = hashed.Hash();
        return met == name.Id
            ? id
            : throw new RefusalException(
                400,
                "CML6404",
                $"the key's bytes have the hash {met}, not the one in the address",
                "the SHA-256 of the key's bytes",
                "Hash the file that is sent, for example with sha256sum"
            );
    }

    private async Task<(StoredKey Key, bool Created)> StoreAsync(
        KeyName name,
        ServedModel model,
        Stream body,
        CancellationToken cancellation
    )
    {
        string place = FolderOf(name);
        Directory.CreateDirectory(place);
        KeyId id = default;
        // the same key may arrive twice at once
        (string path, bool created) = await WholeFile
            .PlaceAsync(
                place,
                async file =>
                {
                    id = await CopyAsync(name, model, body, file, cancellation).ConfigureAwait(false);
                    return $"{name.Id}-{id}{Extension}";
                },
                cancellation
            )
            .ConfigureAwait(false);
        return (new StoredKey(path, id, new FileInfo(path).Length), created);
    }

    /// <summary>Notes that a key is used, so that others go before it.</summary>
    internal static void Touch(StoredKey key)
    {
        try
        {
            File.SetLastWriteTimeUtc(key.Path, DateTime.UtcNow);
        }
        catch (IOException)
        {
            // it has just made room: who needs it asks for it
        }
    }

    private void Reserve(string owner, long size)
    {
        lock (gate)
        {
            if (isCache)
                MakeRoom(size);
            else if (keys.GetValueOrDefault(owner) >= options.Value.KeysPerClient)
                throw Full(
                    $"the client has {options.Value.KeysPerClient} keys, as many as it may",
                    "Delete one: DELETE /v2/models/NAME/keys/ID"
                );
            if (bytes + size > options.Value.KeyStoreBytes)
                throw Full("the server's store of keys is full", "Delete keys that are not used any more, or ask the server's owner");
            Count(owner, 1, size);
        }
    }

    private void MakeRoom(long size)
    {
        if (bytes + size <= options.Value.KeyStoreBytes)
            return;
        FileInfo[] oldest =
        [
            .. new DirectoryInfo(Root).EnumerateFiles("*" + Extension, SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc),
        ];
        foreach (FileInfo file in oldest.TakeWhile(_ => bytes + size > options.Value.KeyStoreBytes))
        {
            Count(file.Directory!.Parent!.Name, -1, -file.Length);
            file.Delete();
        }
    }

    private void Count(string owner, int count, long size)
    {
        lock (gate)
        {
            keys[owner] = keys.GetValueOrDefault(owner) + count;
            bytes += size;
        }
    }

    private static RefusalException Full(string message, string cure) =>
        new(StatusCodes.Status413PayloadTooLarge, "CML6406", message, "", cure);

    private string FolderOf(KeyName name) => Path.Combine(Root, name.Owner, name.Circuit);
}
