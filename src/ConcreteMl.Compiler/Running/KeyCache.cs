using ConcreteMl.Tfhe;

namespace ConcreteMl.Running;

/// <summary>
/// Keys in files: the secret one in the file that the user named, for its owner alone, and the evaluation key beside it.
/// </summary>
internal sealed class KeyCache(string file)
{
    /// <summary>The evaluation key's file: public, may be copied to a server.</summary>
    internal string EvaluationFile => file + ".evaluation";

    internal bool Exists => File.Exists(file);

    /// <exception cref="CompilationException">CML6201, CML6202 or CML6203, depending on what is wrong.</exception>
    internal ClientKey ReadClient(ParameterSet parameters)
    {
        ClientKey key = Guard(file, () => ClientKeyFile.Load(file));
        if (key.Parameters.Equals(parameters))
        {
            return key;
        }

        key.Dispose();
        throw new CompilationException(
            Diagnostic.Error(
                "CML6201",
                file,
                "these keys were made for other parameters than the circuit's",
                "keys of this circuit",
                "Name another file: keys are made on demand and kept there"
            )
        );
    }

    /// <summary>The evaluation key of <paramref name="client"/>; null when it is not there or belongs to another key.</summary>
    internal SeededEvaluationKey? TryReadEvaluation(ClientKey client)
    {
        if (!File.Exists(EvaluationFile))
        {
            return null;
        }

        SeededEvaluationKey key = Guard(EvaluationFile, () => EvaluationKeyFile.Load(EvaluationFile));
        if (key.KeyId == client.Id && key.Parameters.Equals(client.Parameters))
        {
            return key;
        }

        key.Dispose();
        return null;
    }

    /// <summary>Writes what is not there yet.</summary>
    internal void WriteClient(ClientKey client) => Guard(file, () => ClientKeyFile.Save(client, file));

    internal void WriteEvaluation(SeededEvaluationKey key) => Guard(EvaluationFile, () => EvaluationKeyFile.Save(key, EvaluationFile));

    private static void Guard(string path, Action work) =>
        Guard(
            path,
            () =>
            {
                work();
                return true;
            }
        );

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TfheFormatException problem)
        {
            throw WireRefusals.Of(problem, path, WireSubject.Key);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Diagnostic.Error("CML6003", path, problem.Message.TrimEnd('.'), "", "Choose a place that you may write to")
            );
        }
    }
}
