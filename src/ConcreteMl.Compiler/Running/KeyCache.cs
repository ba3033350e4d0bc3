using ConcreteMl.Data;
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

    /// <exception cref="CompilationException">The path is empty or has a NUL.</exception>
    internal void RequirePath() => Files.RequirePath(file);

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

    /// <summary>The evaluation key of <paramref name="client"/>; null when it is not there or not whole.</summary>
    /// <exception cref="CompilationException">CML6209: it belongs to another key.</exception>
    internal SeededEvaluationKey? TryReadEvaluation(ClientKey client)
    {
        if (!File.Exists(EvaluationFile))
        {
            return null;
        }

        SeededEvaluationKey key;
        try
        {
            key = Guard(EvaluationFile, () => EvaluationKeyFile.Load(EvaluationFile));
        }
        catch (CompilationException problem) when (problem.Diagnostics[0].Code is "CML6202" or "CML6205")
        {
            // cut off or of another release: the secret key makes it again
            return null;
        }

        if (key.KeyId == client.Id && key.Parameters.Equals(client.Parameters))
        {
            return key;
        }

        key.Dispose();
        throw Stranded($"'{EvaluationFile}' belongs to another secret key than the one in this file");
    }

    /// <summary>The client key that the file holds; a new one, which the file then holds, where there is none.</summary>
    /// <exception cref="CompilationException">CML6209 where an evaluation key stands alone; CML6003 where the file cannot be written.</exception>
    internal ClientKey CreateClient(ParameterSet parameters)
    {
        if (File.Exists(EvaluationFile))
        {
            throw Stranded($"there is no such file, although its evaluation key '{EvaluationFile}' is there");
        }

        ClientKey made = ClientKey.Generate(parameters, SeedSource.OperatingSystem);
        try
        {
            Guard(file, () => ClientKeyFile.Save(made, file));
            return made;
        }
        catch (CompilationException) when (Exists)
        {
            // another process was first: its key is the one
            made.Dispose();
            return ReadClient(parameters);
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    internal void WriteEvaluation(SeededEvaluationKey key) => Guard(EvaluationFile, () => EvaluationKeyFile.Save(key, EvaluationFile));

    private CompilationException Stranded(string met) =>
        new(
            Diagnostic.Error(
                "CML6209",
                file,
                met,
                "a secret key with its own evaluation key beside it, or neither",
                "Bring the secret key back, or name another file for new keys: the evaluation key may be in use somewhere"
            )
        );

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
