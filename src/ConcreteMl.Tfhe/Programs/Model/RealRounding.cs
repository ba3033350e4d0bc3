namespace ConcreteMl.Tfhe.Programs;

/// <summary>How quantization rounds to whole codes. Trained quantizers name all of these; everything else rounds half to even.</summary>
public enum RealRounding
{
    /// <summary>To the nearest code, ties to the even one.</summary>
    HalfEven = 0,

    /// <summary>Down.</summary>
    Floor = 1,

    /// <summary>Up.</summary>
    Ceiling = 2,

    /// <summary>To the code nearer to 0.</summary>
    TowardZero = 3,

    /// <summary>To the code further from 0.</summary>
    AwayFromZero = 4,

    /// <summary>To the nearest code, ties to the one further from 0.</summary>
    HalfAwayFromZero = 5,

    /// <summary>To the nearest code, ties to the one nearer to 0.</summary>
    HalfTowardZero = 6,
}
