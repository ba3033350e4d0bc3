using System.Globalization;
using System.Text;

namespace ConcreteMl.Cli.Output.Pages;

/// <summary>A front as an SVG plot: error over time, both logarithmic.</summary>
internal static class FrontPlot
{
    private const double Width = 860;
    private const double Height = 430;
    private const double Left = 76;
    private const double Right = 24;
    private const double Top = 20;
    private const double Bottom = 54;

    private const string Style =
        "text{font-family:ui-sans-serif,'DejaVu Sans',sans-serif;font-size:12px;fill:#444}.g{stroke:#e6e6e2;stroke-width:1}"
        + ".f{fill:none;stroke:#f0b98c;stroke-width:1.5}.p{fill:#e8823a}.c{fill:none;stroke:#222;stroke-width:1.6}";

    internal static string Svg(TuneResult result)
    {
        Axis times = Axis.Of(result.Front.Select(one => one.PredictedSeconds));
        Axis errors = Axis.Of(result.Front.Select(one => one.ErrorOverStd));
        double X(double seconds) => Left + (times.At(seconds) * (Width - Left - Right));
        double Y(double error) => Height - Bottom - (errors.At(error) * (Height - Top - Bottom));
        StringBuilder svg = new();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\"><style>{Style}</style>\n"
        );
        foreach (double tick in times.Ticks)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<path class=\"g\" d=\"M{X(tick):0.#} {Top}V{Height - Bottom}\"/><text x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Numbers.Seconds(tick)}</text>\n"
            );
        }

        foreach (double tick in errors.Ticks)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<path class=\"g\" d=\"M{Left} {Y(tick):0.#}H{Width - Right}\"/><text x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{Numbers.Figure(tick)}</text>\n"
            );
        }

        string line = string.Join(
            'L',
            result.Front.Select(one =>
                string.Create(CultureInfo.InvariantCulture, $"{X(one.PredictedSeconds):0.#} {Y(one.ErrorOverStd):0.#}")
            )
        );
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"f\" d=\"M{line}\"/>\n");
        foreach (TunedSetting one in result.Front)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<circle class=\"p\" cx=\"{X(one.PredictedSeconds):0.#}\" cy=\"{Y(one.ErrorOverStd):0.#}\" r=\"4.5\"><title>{Page.Escape(Tip(one))}</title></circle>\n"
            );
        }

        TunedSetting chosen = result.Chosen;
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<circle class=\"c\" cx=\"{X(chosen.PredictedSeconds):0.#}\" cy=\"{Y(chosen.ErrorOverStd):0.#}\" r=\"9\"/>\n"
        );
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">predicted time of one sample</text>\n"
        );
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">error / standard deviation</text>\n</svg>"
        );
        return svg.ToString();
    }

    private static string Tip(TunedSetting one) =>
        $"{TuneFigures.Command(one)}\n{Numbers.Seconds(one.PredictedSeconds)}, error {Numbers.Figure(one.ErrorOverStd)}"
        + (one.Accuracy is double accuracy ? $", accuracy {Numbers.Percent(accuracy)}" : "");

    /// <summary>A logarithmic axis with some room at its ends, and lines at 1, 2 and 5 of each decade.</summary>
    private sealed record Axis(double Low, double High)
    {
        internal IEnumerable<double> Ticks =>
            from decade in Enumerable.Range((int)Math.Floor(Math.Log10(Low)), 2 + (int)Math.Ceiling(Math.Log10(High / Low)))
            from step in new[] { 1, 2, 5 }
            let tick = step * Math.Pow(10.0, decade)
            where tick >= Low && tick <= High
            select tick;

        internal static Axis Of(IEnumerable<double> values)
        {
            // an error of 0 has no logarithm
            double[] shown = [.. values.Select(value => Math.Max(value, 1e-9)).Where(double.IsFinite)];
            (double low, double high) = shown.Length == 0 ? (0.1, 1.0) : (shown.Min(), shown.Max());
            // a decade is shown at least in part: two ticks
            double room = Math.Max(1.15, Math.Sqrt(4.0 / (high / low)));
            return new Axis(low / room, high * room);
        }

        internal double At(double value) => Math.Log(Math.Clamp(value, Low, High) / Low) / Math.Log(High / Low);
    }
}
