using System.Security.Cryptography;
using System.Text;
using ConcreteMl.Data;

namespace ConcreteMl.Artefacts;

/// <summary>What an artefact says about the data it was calibrated on, without the data.</summary>
/// <param name="Samples">The number of samples.</param>
/// <param name="Sha256">Checksum of all inputs in order, lower-case hex.</param>
/// <param name="Inputs">The range of each input; empty without samples, as compilations from the text of an integer stage are.</param>
internal sealed record CalibrationFigures(int Samples, string Sha256, IReadOnlyList<InputFigures> Inputs)
{
    internal static CalibrationFigures Of(IReadOnlyList<ModelPort> inputs, Samples samples)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<InputFigures> figures = [];
        int measured = samples.Items.Count == 0 ? 0 : inputs.Count;
        for (int input = 0; input < measured; input++)
        {
            double low = double.PositiveInfinity;
            double high = double.NegativeInfinity;
            double sum = 0;
            long count = 0;
            foreach (IReadOnlyList<Tensor> sample in samples.Items)
            {
                Tensor tensor = sample[input];
                hash.AppendData(Encoding.ASCII.GetBytes(tensor.ToString()));
                hash.AppendData(NpyArray.Bytes(tensor));
                // what is missing may be told by NaN; it has no place in a range
                foreach (double value in tensor.ToDoubles().Where(double.IsFinite))
                {
                    low = Math.Min(low, value);
                    high = Math.Max(high, value);
                    sum += value;
                    count++;
                }
            }

            figures.Add(
                count == 0 ? new InputFigures(inputs[input].Name, 0, 0, 0) : new InputFigures(inputs[input].Name, low, high, sum / count)
            );
        }

        return new CalibrationFigures(samples.Items.Count, Convert.ToHexStringLower(hash.GetHashAndReset()), figures);
    }
}
