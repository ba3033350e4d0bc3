using System.Diagnostics.CodeAnalysis;
using ConcreteMl.Tfhe;
using Microsoft.Extensions.Options;

namespace ConcreteMl.AspNetCore;

/// <summary>The models of the options, loaded once.</summary>
internal sealed class ModelRepository(IOptions<ConcreteMlOptions> options)
{
    // as the client's own reader: kilobytes, or megabytes with the tables of categories of a large model
    private const long MostClientBytes = 64 << 20;
    private Dictionary<string, ServedModel> models = [];

    /// <summary>The models by name.</summary>
    internal IEnumerable<ServedModel> All => models.Values.OrderBy(model => model.Name, StringComparer.Ordinal);

    /// <exception cref="ServingException">A file is missing or damaged, or two halves do not belong together.</exception>
    internal void Load() => models = options.Value.Models.ToDictionary(files => files.Name, Load, StringComparer.Ordinal);

    internal bool TryFind(string name, [NotNullWhen(true)] out ServedModel? model) => models.TryGetValue(name, out model);

    /// <exception cref="RefusalException">There is no such model.</exception>
    internal ServedModel Find(string name) =>
        TryFind(name, out ServedModel? model)
            ? model
            : throw new RefusalException(
                404,
                "CML6402",
                $"there is no model '{name}'",
                "one of " + string.Join(", ", All.Select(one => one.Name)),
                "GET /v2/models lists them"
            );

    private static ServedModel Load(ServedModelFiles files)
    {
        string client = files.ClientHalf ?? Path.ChangeExtension(files.ServerHalf, ".client");
        string place = files.ServerHalf;
        try
        {
            FheServer server = FheServer.Load(place);
            if (files.ClientHalf is null && !File.Exists(client))
                return new ServedModel(files.Name, server, null);
            place = client;
            if (new FileInfo(client).Length > MostClientBytes)
                throw new TfheFormatException(TfheFormatProblem.TooLarge, $"{client} is larger than {MostClientBytes} bytes");
            byte[] half = File.ReadAllBytes(client);
            if (FheServer.CircuitHashOfClientHalf(half) != server.CircuitHash)
                throw new TfheFormatException(TfheFormatProblem.Foreign, $"it is not the other half of {files.ServerHalf}");
            return new ServedModel(files.Name, server, half);
        }
        catch (TfheFormatException problem)
        {
            string cure = "Export both halves again: concreteml export OUT.cml --client C.client --server S.server";
            throw new ServingException("CML6104", $"{place}: {problem.Message.TrimEnd('.')}", "a half as export writes it", cure);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new ServingException("CML6001", $"{place}: {problem.Message.TrimEnd('.')}", "", "Check the path and its permissions");
        }
    }
}
