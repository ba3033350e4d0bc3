namespace ConcreteMl.Tfhe.Programs;

/// <summary>An input or output of a program: a named value with the real meaning of its codes.</summary>
/// <param name="Name">Name of the model's input or output.</param>
/// <param name="Value">Index of the value.</param>
/// <param name="Coding">How the client quantizes or dequantizes it.</param>
public sealed record ProgramPort(string Name, int Value, ProgramCoding Coding);
