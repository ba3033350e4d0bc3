using System.Data.Common;
using ConcreteMl.Tfhe;
using ConcreteMl.Tfhe.Programs;
using Microsoft.AspNetCore.Http;

namespace ConcreteMl.AspNetCore;

/// <summary>A refused request: the HTTP status beside the code.</summary>
internal sealed class RefusalException(
    int status,
    string code,
    string message,
    string expected = "",
    string cure = "",
    TimeSpan? retryAfter = null
) : ServingException(code, message, expected, cure)
{
    internal int Status => status;

    /// <summary>When the client may try again.</summary>
    internal TimeSpan? RetryAfter => retryAfter;

    /// <summary>The refusal of data on the wire.</summary>
    /// <param name="problem">What was met.</param>
    /// <param name="key">It was to be a key, not ciphertexts.</param>
    internal static RefusalException Of(TfheFormatException problem, bool key)
    {
        (int status, string code, string cure) = problem.Problem switch
        {
            TfheFormatProblem.TooLarge => (StatusCodes.Status413PayloadTooLarge, "CML6206", "Send less at once"),
            TfheFormatProblem.OtherVersion => (400, "CML6205", "Use a client of this release"),
            TfheFormatProblem.Foreign when key => (400, "CML6201", "Make the key with this model's client half"),
            TfheFormatProblem.Foreign => (400, "CML6208", "Encrypt with this model's client half"),
            _ when key => (400, "CML6202", "Send the key again, as keygen writes it"),
            _ => (400, "CML6207", "Send the ciphertexts again, as encrypt writes them"),
        };
        return new RefusalException(status, code, problem.Message.TrimEnd('.'), "", cure);
    }

    /// <summary>The refusal of a key and ciphertexts that do not belong together.</summary>
    internal static RefusalException Of(ProgramInputException problem) =>
        new(400, "CML6208", problem.Message.TrimEnd('.'), "key and ciphertexts of one client", "Name the key that encrypted");

    /// <summary>What a run that did not end tells its client: its data's fault by its code, everything else as a failure of the server.</summary>
    internal static RefusalException OfRun(Exception problem) =>
        problem switch
        {
            RefusalException refusal => refusal,
            TfheFormatException format => Of(format, key: false),
            ProgramInputException input => Of(input),
            _ when IsStore(problem) => OfStore(),
            _ => new RefusalException(500, "CML6409", "the run failed in the server", "", "Try again; the server's log says more"),
        };

    /// <summary>A file or the table of jobs could not be read or written.</summary>
    internal static bool IsStore(Exception problem) => problem is IOException or UnauthorizedAccessException or DbException;

    /// <summary>The store did not take or give what it was to.</summary>
    internal static RefusalException OfStore() =>
        new(
            StatusCodes.Status507InsufficientStorage,
            "CML6415",
            "the server's store cannot be used",
            "",
            "Try again later; the server's log says more"
        );

    /// <summary>The request does not say what it has to.</summary>
    internal static RefusalException Request(string message, string expected, string cure) => new(400, "CML6411", message, expected, cure);

    internal static RefusalException Stopping() =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            "CML6410",
            "the server is stopping",
            "",
            "Try again when it has restarted",
            TimeSpan.FromSeconds(10)
        );
}
