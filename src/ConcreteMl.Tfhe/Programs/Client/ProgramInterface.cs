namespace ConcreteMl.Tfhe.Programs;

/// <summary>What the client of a program must know: ports with their codings, parameters and the circuit's name; no weight and no table.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Parameters">Cryptographic parameters; null when the program runs in clear only.</param>
/// <param name="Inputs">Inputs, in the order of the model's inputs.</param>
/// <param name="Outputs">Outputs, in the order of the model's outputs.</param>
/// <param name="CircuitHash">Hash of what the server runs, 32 bytes; see <see cref="ProgramFormat.CircuitHash"/>.</param>
public sealed record ProgramInterface(
    string Name,
    ParameterSet? Parameters,
    IReadOnlyList<InterfacePort> Inputs,
    IReadOnlyList<InterfacePort> Outputs,
    ReadOnlyMemory<byte> CircuitHash
)
{
    /// <summary>The interface of a legal program.</summary>
    public static ProgramInterface Of(TfheProgram program) =>
        new(
            program.Name,
            program.Parameters,
            [.. program.Inputs.Select(port => InterfacePort.Of(program, port))],
            [.. program.Outputs.Select(port => InterfacePort.Of(program, port))],
            ProgramFormat.CircuitHash(program)
        );
}
