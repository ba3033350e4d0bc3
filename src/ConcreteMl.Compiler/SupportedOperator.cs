namespace ConcreteMl;

/// <summary>An operator that models may contain.</summary>
/// <param name="Domain">"ai.onnx" for ONNX's own.</param>
/// <param name="Name">The operator's type.</param>
/// <param name="Since">The first opset with this operator.</param>
/// <param name="Newest">The newest opset whose meaning of it is known.</param>
/// <param name="Execution">How it is carried out on encrypted data.</param>
/// <param name="Restrictions">What a model must keep to; empty when everything that ONNX allows is carried out.</param>
public sealed record SupportedOperator(string Domain, string Name, int Since, int Newest, string Execution, string Restrictions);
