namespace ConcreteMl.Steps;

/// <summary>One setting of a client's step: numbers, integers or texts.</summary>
internal sealed record ClientSetting(double[] Reals, long[] Integers, string[] Texts);
