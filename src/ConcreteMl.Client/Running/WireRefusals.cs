using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;

namespace ConcreteMl.Running;

/// <summary>Coded refusals of keys, ciphertexts and halves.</summary>
internal static class WireRefusals
{
    /// <summary>The refusal of data that a file or stream holds.</summary>
    internal static CompilationException Of(TfheFormatException problem, string place, WireSubject subject)
    {
        (string code, string expected, string cure) = (problem.Problem, subject) switch
        {
            (TfheFormatProblem.OtherVersion, WireSubject.Key) => (
                "CML6205",
                "",
                "Use the release that made it, or name another file for new keys; keep this one while anything is encrypted under it"
            ),
            (TfheFormatProblem.OtherVersion, _) => ("CML6205", "", "Make it again with this release, or use the release that made it"),
            (TfheFormatProblem.TooLarge, _) => ("CML6206", "", "Send less at once, or raise the limit of the reader"),
            (TfheFormatProblem.OpenToOthers, _) => (
                "CML6203",
                "",
                "Restrict it to its owner (chmod 600), or make new keys in a file of your own"
            ),
            (TfheFormatProblem.Passphrase, _) => ("CML6204", "the passphrase that the key was saved with", "Give that passphrase"),
            (TfheFormatProblem.Foreign, WireSubject.Key) => (
                "CML6201",
                "keys of this circuit",
                "Name the key that was made for this model"
            ),
            (TfheFormatProblem.Foreign, _) => ("CML6208", "ciphertexts of this model", "Encrypt with the client half of the same model"),
            (_, WireSubject.Key) => (
                "CML6202",
                "a key as keygen writes it",
                "Bring back a copy of it, or name another file for new keys; an evaluation key can be made again from its secret key"
            ),
            (_, WireSubject.Ciphertexts) => ("CML6207", "ciphertexts as encrypt or execute writes them", "Send or copy them again"),
            _ => ("CML6104", "a half of a model as export writes it", "Export it again: concreteml export OUT.cml"),
        };
        return new CompilationException(Diagnostic.Error(code, place, problem.Message.TrimEnd('.'), expected, cure));
    }

    /// <summary>The refusal of ciphertexts or keys that do not belong together.</summary>
    internal static CompilationException Of(ProgramInputException problem, string place) =>
        new(
            Diagnostic.Error(
                "CML6208",
                place,
                problem.Message.TrimEnd('.'),
                "keys and ciphertexts of one model and one client",
                "Use the key that encrypted, and the two halves of one artefact"
            )
        );

    /// <summary>The refusal to write a secret key where a file is.</summary>
    internal static CompilationException IsThere(string path) =>
        new(
            Diagnostic.Error(
                "CML6210",
                path,
                "the file is there; a secret key is never overwritten",
                "a file that does not exist yet",
                "Name another file for a new key; keygen --rotate makes a new evaluation key for the secret key that is there"
            )
        );

    /// <summary>The same for work without a result.</summary>
    internal static void Guard(string path, WireSubject subject, Action work) =>
        Guard(
            path,
            subject,
            () =>
            {
                work();
                return true;
            }
        );

    /// <summary>Reads or writes a file; what goes wrong becomes a coded refusal.</summary>
    internal static T Guard<T>(string path, WireSubject subject, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TfheFormatException problem)
        {
            throw Of(problem, path, subject);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CompilationException(
                Diagnostic.Error("CML6001", path, "there is no such file", "", "Check the path and the current folder")
            );
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CompilationException(
                Diagnostic.Error("CML6003", path, problem.Message.TrimEnd('.'), "", "Choose a place that you may read and write")
            );
        }
    }
}
