namespace Fuzzing;

/// <summary>The files of a client and a server that belong together.</summary>
/// <param name="Frames">Client half, server half, secret key, evaluation key, encrypted inputs, encrypted outputs; of kinds 5, 6, 1, 2, 3, 4.</param>
/// <param name="Samples">The path of inputs in clear.</param>
internal sealed record TwoMachines(IReadOnlyList<byte[]> Frames, string Samples)
{
    internal static TwoMachines Of(IEnumerable<string> files, string samples) => new([.. files.Select(File.ReadAllBytes)], samples);
}
