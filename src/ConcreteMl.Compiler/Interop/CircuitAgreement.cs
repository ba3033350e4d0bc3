using ConcreteMl.Data;
using ConcreteMl.Running;
using ConcreteMl.Tfhe.Programs;
using CoreCost = ConcreteMl.Compiler.Core.CostModule;
using CoreEmit = ConcreteMl.Compiler.Core.Circuit.Emit;
using CoreInterpret = ConcreteMl.Compiler.Core.Tools.Interpret;
using CoreStage = ConcreteMl.Compiler.Core.Stage;

namespace ConcreteMl.Interop;

/// <summary>Holds an artefact's program to its circuit's text, and computes from both what a report says.</summary>
internal static class CircuitAgreement
{
    // Another release may write the same circuit as another program: then both have to give the same results for as many random
    // samples. Tables, weights and shapes of another model differ on nearly every sample.
    private const int Samples = 4;

    /// <summary>The report of the circuit, with every figure computed; null when the program is another circuit's.</summary>
    /// <exception cref="CompilationException">The text is no circuit.</exception>
    internal static CircuitReport? Report(string circuit, TfheProgram program)
    {
        CoreText text = CoreText.Parse(Artefacts.Artefact.CircuitName, circuit);
        if (text.Stage is not CoreStage.Circuit stage)
        {
            return null;
        }

        try
        {
            TfheProgram emitted = CoreEmit.run(stage.Item);
            bool same = Bytes(emitted).AsSpan().SequenceEqual(Bytes(program)) || IsAlike(text, emitted, program);
            return same
                ? CoreReport.Of(CoreCost.create(stage.Item, program), program.IsExecutable) with
                {
                    Client = CoreClientParts.Share(stage),
                }
                : null;
        }
        catch (Exception problem)
            when (problem is InvalidOperationException or ArgumentException or KeyNotFoundException or ArithmeticException)
        {
            // a circuit before its last step, or a changed one: no compilation ends in it
            return null;
        }
    }

    private static byte[] Bytes(TfheProgram program)
    {
        using MemoryStream stream = new();
        ProgramFormat.Write(program, stream);
        return stream.ToArray();
    }

    private static bool IsAlike(CoreText text, TfheProgram emitted, TfheProgram program)
    {
        ModuleClient wanted = new(ProgramInterface.Of(emitted));
        ModuleClient met = new(ProgramInterface.Of(program));
        if (
            !Equals(emitted.Parameters, program.Parameters)
            || !wanted.Inputs.SequenceEqual(met.Inputs)
            || !wanted.Outputs.SequenceEqual(met.Outputs)
        )
        {
            return false;
        }

        Samples samples = new(
            [.. CoreInterpret.randomSamples(0, Samples, text.Stage).Select(sample => sample.Select(CoreValues.FromCore).ToList())],
            SampleLayout.Batch
        );
        long[][][] codes = wanted.Quantize(samples);
        long[][][] other = met.Quantize(samples);
        return Same(codes, other) && Same(new ClearExecutor(emitted).Run(codes).Outputs, new ClearExecutor(program).Run(other).Outputs);
    }

    private static bool Same(IReadOnlyList<long[][]> left, IReadOnlyList<long[][]> right) =>
        left.Zip(right).All(pair => pair.First.Zip(pair.Second).All(arrays => arrays.First.AsSpan().SequenceEqual(arrays.Second)));
}
