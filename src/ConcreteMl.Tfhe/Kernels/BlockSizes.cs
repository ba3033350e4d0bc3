namespace ConcreteMl.Tfhe;

/// <summary>The size of a sub-block as a constant of a type: compilers put it into the addresses of the kernels that take it.</summary>
internal interface IBlockSize
{
    /// <summary>Complex points.</summary>
    static abstract int Points { get; }
}

internal readonly struct Block64 : IBlockSize
{
    public static int Points => 64;
}

internal readonly struct Block256 : IBlockSize
{
    public static int Points => 256;
}

internal readonly struct Block1024 : IBlockSize
{
    public static int Points => 1024;
}

internal readonly struct Block2048 : IBlockSize
{
    public static int Points => 2048;
}

internal readonly struct Block4096 : IBlockSize
{
    public static int Points => 4096;
}

internal readonly struct Block16384 : IBlockSize
{
    public static int Points => 16384;
}
