namespace ConcreteMl.Tfhe;

/// <summary>Kernels by the number of addresses and counts that they take; each user documents its arguments.</summary>
internal delegate void KernelCode2(nint a, nint b);

/// <summary>A kernel of three arguments.</summary>
internal delegate void KernelCode3(nint a, nint b, nint c);

/// <summary>A kernel of five arguments.</summary>
internal delegate void KernelCode5(nint a, nint b, nint c, nint d, nint e);

/// <summary>A kernel of six arguments.</summary>
internal delegate void KernelCode6(nint a, nint b, nint c, nint d, nint e, nint f);
