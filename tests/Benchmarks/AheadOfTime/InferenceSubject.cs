using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks;
using ConcreteMl;
using ConcreteMl.Tfhe;

namespace Benchmarks.AheadOfTime;

/// <summary>
/// The measured application: both halves of a model in one process. It says which kernels it runs, then answers each line on
/// standard input with the seconds of one inference and the decrypted codes. It is compiled once more, on its own, by "bench aot".
/// </summary>
internal static class InferenceSubject
{
    /// <summary>Runs with the client's half, the server's half and an array file that holds the model's one input as x0.</summary>
    internal static async Task<int> RunAsync(string clientHalf, string serverHalf, string input)
    {
        FheClient client = FheClient.Load(clientHalf);
        FheServer server = FheServer.Load(serverHalf);
        using SecretKey secret = client.GenerateKey();
        using ConcreteMl.EvaluationKey evaluation = client.CreateEvaluationKey(secret);
        ConcreteMl.EncryptedInputs inputs = client.Encrypt(secret, [NpzFile.Load(input)["x0"].Sample(0)]);
        Console.WriteLine($"{TfheRuntime.Kernels.Set}: {TfheRuntime.Kernels.Reason}");
        while (Console.ReadLine() is not null)
        {
            long start = Stopwatch.GetTimestamp();
            ConcreteMl.EncryptedOutputs outputs = await server.RunAsync(evaluation, inputs);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string codes = string.Join(',', client.DecryptCodes(secret, outputs)[0].Codes.ToArray());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:R} {codes}"));
        }
        return 0;
    }
}
