using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using CoreCompile = ConcreteMl.Compiler.Core.Compile;
using CoreDiagnostic = ConcreteMl.Compiler.Core.Base.Diagnostic;
using CoreDimension = ConcreteMl.Compiler.Core.Onnx.Dimension;
using CoreOnnx = ConcreteMl.Compiler.Core.Onnx.Model;
using CoreOnnxInputs = ConcreteMl.Compiler.Core.Onnx.Inputs;
using CoreOnnxText = ConcreteMl.Compiler.Core.Onnx.Text;
using CoreSelfContained = ConcreteMl.Compiler.Core.SelfContained;
using CoreTextCodes = ConcreteMl.Compiler.Core.Onnx.TextCodes;
using CoreTextCoding = ConcreteMl.Compiler.Core.Onnx.TextCoding;
using CoreValueInfo = ConcreteMl.Compiler.Core.Onnx.ValueInfo;
using CoreValueType = ConcreteMl.Compiler.Core.Onnx.ValueType;

namespace ConcreteMl.Interop;

/// <summary>A decoded model.</summary>
internal sealed class CoreModel
{
    private readonly FSharpOption<string> beside;

    private CoreModel(CoreOnnx model, IReadOnlyList<Diagnostic> diagnostics, FSharpOption<string> beside)
    {
        this.beside = beside;
        Model = model;
        Diagnostics = diagnostics;
        var coding = CoreTextCodes.ofModel(model);
        CoreOnnx numbers = coding.IsOk ? coding.ResultValue.Model : model; // what is refused at import is told there
        Inputs = [.. CoreOnnxInputs.real(numbers.Graph).Select(info => Port(info) with { Texts = TextsOf(coding, info.Name) })];
        Outputs = [.. model.Graph.Outputs.Select(Port)];
    }

    internal CoreOnnx Model { get; }

    internal string Name => Model.Graph.Name;

    internal string Hash => Model.Hash;

    internal IReadOnlyList<ModelPort> Inputs { get; }

    internal IReadOnlyList<ModelPort> Outputs { get; }

    internal IReadOnlyList<Diagnostic> Diagnostics { get; }

    internal static CoreModel Decode(string place, string? folder, byte[] bytes)
    {
        FSharpOption<string> beside = folder is null ? FSharpOption<string>.None : FSharpOption<string>.Some(folder);
        (CoreOnnx model, var warnings) = CoreResults.Take(CoreCompile.decode(place, beside, bytes)).ToValueTuple();
        return new CoreModel(model, CoreValues.FromCore(warnings), beside);
    }

    /// <summary>The model in ONNX's textual syntax.</summary>
    internal string Dump(bool plainNames, bool elide) =>
        elide ? CoreOnnxText.printElided(plainNames, Model) : CoreOnnxText.print(plainNames, Model);

    /// <summary>The file's bytes with external data inside.</summary>
    internal byte[] SelfContained(byte[] bytes) => CoreSelfContained.bytes(beside, bytes);

    private static IReadOnlyList<string> TextsOf(FSharpResult<CoreTextCoding, FSharpList<CoreDiagnostic>> coding, string input) =>
        coding.IsOk && coding.ResultValue.Texts.TryGetValue(input, out string[]? texts) ? texts : [];

    // What has no tensor type is refused at import; until then it has any shape.
    private static ModelPort Port(CoreValueInfo info)
    {
        if (info.Type is not CoreValueType.Tensor tensor || !tensor.Element.IsOk)
        {
            return new ModelPort(info.Name, ElementType.Float32, null);
        }

        int?[]? shape = tensor.Shape?.Value.Select(Dimension).ToArray();
        return new ModelPort(info.Name, CoreValues.FromCore(tensor.Element.ResultValue), shape);
    }

    // A size beyond 32 bits is refused at import; until then it is as good as unknown.
    private static int? Dimension(CoreDimension dimension) =>
        dimension is CoreDimension.Known { Item: <= int.MaxValue } known ? (int)known.Item : null;
}
