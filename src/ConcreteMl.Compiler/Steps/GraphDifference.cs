namespace ConcreteMl;

/// <summary>One difference of two graphs.</summary>
/// <param name="Kind">"removed", "added", "changed" or "port".</param>
/// <param name="Node">The ONNX nodes that it is about, or the name of the port; empty where a node has no name.</param>
/// <param name="Text">One line: <c>-</c>, <c>+</c> or <c>~</c> and what it is about.</param>
public sealed record GraphDifference(string Kind, string Node, string Text);
