namespace ConcreteMl.Steps;

/// <summary>Element-wise functions of one value, as ONNX defines them; named as in the compiler's float stage.</summary>
internal static class FunctionSteps
{
    internal static IEnumerable<KeyValuePair<string, ClientSteps.Work>> All =>
        Reals
            .Select(pair => KeyValuePair.Create(pair.Key, OnReals(pair.Value)))
            .Append(KeyValuePair.Create<string, ClientSteps.Work>("cast", Cast))
            .Append(KeyValuePair.Create<string, ClientSteps.Work>("not", Not));

    // The functions that keep a whole number whole; the others are defined on reals alone.
    private static readonly Dictionary<string, Func<long, long>> Integers = new()
    {
        ["abs"] = value => value < 0 ? unchecked(-value) : value,
        ["ceil"] = value => value,
        ["floor"] = value => value,
        ["neg"] = value => unchecked(-value),
        ["relu"] = value => Math.Max(value, 0),
        ["round"] = value => value,
        ["sign"] = value => Math.Sign(value),
    };

    private static readonly Dictionary<string, Func<StepSettings, Func<double, double>>> Reals = new()
    {
        ["abs"] = _ => Math.Abs,
        ["acos"] = _ => Math.Acos,
        ["acosh"] = _ => Math.Acosh,
        ["asin"] = _ => Math.Asin,
        ["asinh"] = _ => Math.Asinh,
        ["atan"] = _ => Math.Atan,
        ["atanh"] = _ => Math.Atanh,
        ["ceil"] = _ => Math.Ceiling,
        ["celu"] = settings => Celu(settings.Real("alpha")),
        ["cos"] = _ => Math.Cos,
        ["cosh"] = _ => Math.Cosh,
        ["elu"] = settings => Elu(settings.Real("alpha")),
        ["exp"] = _ => Math.Exp,
        ["floor"] = _ => Math.Floor,
        ["gelu"] = _ => x => 0.5 * x * (1.0 + Math.Tanh(Math.Sqrt(2.0 / Math.PI) * (x + (0.044715 * x * x * x)))),
        ["hardsigmoid"] = settings => HardSigmoid(settings.Real("alpha"), settings.Real("beta")),
        ["hardswish"] = _ => x => x * Math.Max(0.0, Math.Min(1.0, (x / 6.0) + 0.5)),
        ["leakyrelu"] = settings => LeakyRelu(settings.Real("alpha")),
        ["log"] = _ => Math.Log,
        ["mish"] = _ => x => x * Math.Tanh(Softplus(x)),
        ["neg"] = _ => x => -x,
        ["parametricsoftplus"] = settings => ParametricSoftplus(settings.Real("alpha"), settings.Real("beta")),
        ["reciprocal"] = _ => x => 1.0 / x,
        ["relu"] = _ => x => Math.Max(x, 0.0),
        ["round"] = _ => x => Math.Round(x, MidpointRounding.ToEven),
        ["scaledtanh"] = settings => ScaledTanh(settings.Real("alpha"), settings.Real("beta")),
        ["selu"] = settings => Selu(settings.Real("alpha"), settings.Real("gamma")),
        ["sigmoid"] = _ => Sigmoid,
        ["sign"] = _ =>
            x =>
                x > 0.0 ? 1.0
                : x < 0.0 ? -1.0
                : double.IsNaN(x) ? x
                : 0.0,
        ["sin"] = _ => Math.Sin,
        ["sinh"] = _ => Math.Sinh,
        ["softplus"] = _ => Softplus,
        ["softsign"] = _ => x => x / (1.0 + Math.Abs(x)),
        ["sqrt"] = _ => Math.Sqrt,
        ["tan"] = _ => Math.Tan,
        ["tanh"] = _ => Math.Tanh,
        ["thresholdedrelu"] = settings => ThresholdedRelu(settings.Real("alpha")),
    };

    private static ClientSteps.Work OnReals(Func<StepSettings, Func<double, double>> make) =>
        (kind, values, settings) =>
            Data.Elements.IsFloat(settings.Element)
                ? settings.Write(Array.ConvertAll(values[0].ToDoubles(), value => make(settings)(value)))
            : Integers.TryGetValue(kind, out Func<long, long>? whole)
                ? settings.Write(Array.ConvertAll(StepValues.Whole(values[0]), value => whole(value)))
            : throw new InvalidDataException($"the client's step '{kind}' is not defined on {settings.Element}");

    private static Tensor Cast(string kind, IReadOnlyList<Tensor> values, StepSettings settings)
    {
        bool truth = settings.Element == ElementType.Bool;
        return truth || Data.Elements.IsFloat(values[0].Element) || Data.Elements.IsFloat(settings.Element)
            ? truth
                ? settings.Write(Array.ConvertAll(values[0].ToDoubles(), value => value != 0.0 ? 1L : 0L))
                : settings.Write(values[0].ToDoubles())
            : settings.Write(StepValues.Whole(values[0]));
    }

    private static Tensor Not(string kind, IReadOnlyList<Tensor> values, StepSettings settings) =>
        settings.Write(Array.ConvertAll(StepValues.Whole(values[0]), value => value == 0 ? 1L : 0L));

    private static Func<double, double> Celu(double alpha) => x => Math.Max(x, 0.0) + Math.Min(0.0, alpha * ExpMinusOne(x / alpha));

    private static Func<double, double> Elu(double alpha) => x => x < 0.0 ? alpha * ExpMinusOne(x) : x;

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Max(0.0, Math.Min(1.0, (alpha * x) + beta));

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0.0 ? alpha * x : x;

    private static Func<double, double> ParametricSoftplus(double alpha, double beta) => x => alpha * Softplus(beta * x);

    private static Func<double, double> ScaledTanh(double alpha, double beta) => x => alpha * Math.Tanh(beta * x);

    private static Func<double, double> Selu(double alpha, double gamma) => x => x > 0.0 ? gamma * x : gamma * alpha * ExpMinusOne(x);

    private static Func<double, double> ThresholdedRelu(double alpha) => x => x > alpha ? x : 0.0;

    private static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    }

    // Kahan's correction of the rounding in e^x: (u - 1) x / ln u, with u = e^x as it was rounded.
    private static double ExpMinusOne(double x)
    {
        double u = Math.Exp(x);
        return u == 1.0 ? x
            : u - 1.0 == -1.0 ? -1.0
            : Math.Abs(x) < 0.5 ? (u - 1.0) * x / Math.Log(u)
            : u - 1.0;
    }

    // ln(1 + e), also where 1 + e rounds to 1.
    private static double LogOnePlus(double e)
    {
        double sum = 1.0 + e;
        return sum == 1.0 ? e : Math.Log(sum) * (e / (sum - 1.0));
    }

    private static double Softplus(double x) => x > 0.0 ? x + LogOnePlus(Math.Exp(-x)) : LogOnePlus(Math.Exp(x));
}
