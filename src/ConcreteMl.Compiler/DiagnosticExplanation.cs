namespace ConcreteMl;

/// <summary>What a diagnostic code means.</summary>
/// <param name="Code">"CML" and four digits.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Explanation">Why it is refused or warned about.</param>
/// <param name="Example">A situation in which it is met.</param>
/// <param name="Cure">What the user can do.</param>
public sealed record DiagnosticExplanation(string Code, string Title, string Explanation, string Example, string Cure);
