using ConcreteMl.AspNetCore;

namespace ConcreteMl.Orleans;

/// <summary>Which model, and which evaluation key.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Circuit">Hash of its circuit, 64 hexadecimal digits.</param>
/// <param name="Owner">Whose key it is.</param>
/// <param name="Id">SHA-256 of the key's bytes, 64 lower-case hexadecimal digits.</param>
[GenerateSerializer, Immutable]
internal sealed record LaneKey(
    [property: Id(0)] string Model,
    [property: Id(1)] string Circuit,
    [property: Id(2)] string Owner,
    [property: Id(3)] string Id
)
{
    /// <summary>The key in a silo's store.</summary>
    internal KeyName Name => new(Owner, Circuit, Id);

    /// <summary>Name of one of the key's lanes.</summary>
    internal string Lane(int number) => $"{Circuit}.{Owner}.{Id}/{number}";
}
