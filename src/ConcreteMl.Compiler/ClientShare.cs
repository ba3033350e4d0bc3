using ConcreteMl.Data;

namespace ConcreteMl;

/// <summary>What the client does itself, and what it learns by it.</summary>
/// <param name="Before">The ONNX nodes that the client computes before it encrypts, each with its operations: "/Scaler: sub, mul".</param>
/// <param name="After">The nodes that it computes after it has decrypted.</param>
/// <param name="Encrypted">What is encrypted, with its shape: "x 1x64".</param>
/// <param name="Learned">What is decrypted, with its shape: the client learns these values, where the file gives only its outputs.</param>
public sealed record ClientShare(
    IReadOnlyList<string> Before,
    IReadOnlyList<string> After,
    IReadOnlyList<string> Encrypted,
    IReadOnlyList<string> Learned
)
{
    /// <summary>The ONNX nodes that the client computes before it encrypts, each with its operations.</summary>
    public IReadOnlyList<string> Before
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of(Before);

    /// <summary>The nodes that it computes after it has decrypted.</summary>
    public IReadOnlyList<string> After
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of(After);

    /// <summary>What is encrypted, with its shape.</summary>
    public IReadOnlyList<string> Encrypted
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of(Encrypted);

    /// <summary>What is decrypted, with its shape.</summary>
    public IReadOnlyList<string> Learned
    {
        get;
        init => field = ContentList<string>.Of(value);
    } = ContentList<string>.Of(Learned);
}
