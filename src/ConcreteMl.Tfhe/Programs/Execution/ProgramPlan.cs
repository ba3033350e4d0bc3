using System.Diagnostics.CodeAnalysis;

namespace ConcreteMl.Tfhe.Programs;

/// <summary>A program made ready to run: packed kernels, encoded tables, last uses. Shared by all runs; made once.</summary>
internal sealed class ProgramPlan
{
    private readonly Lazy<LinearKernel?>[] _kernels;
    private readonly Lazy<LookupPlan>[] _lookups;
    private readonly Lazy<LookupPlan[]>[] _many;
    private readonly Lazy<TableNumbers>[] _numbers;
    private readonly Lazy<ElementConstants>[] _shifts;

    /// <exception cref="ArgumentException">The program is not legal.</exception>
    internal ProgramPlan(TfheProgram program)
    {
        IReadOnlyList<ProgramFinding> findings = ProgramVerifier.Verify(program);
        if (findings.Count > 0)
            throw new ArgumentException($"the program is not legal: {findings[0]}", nameof(program));
        Program = program;
        IsUnrounded = ApproximateRoundingFlow.Unrounded(program);
        LastUse = MemoryUse.LastUses(program);
        _kernels = [.. program.Instructions.Select(one => Later(() => LinearKernels.Create(program, one)))];
        _lookups = [.. program.Instructions.Select(one => Later(() => new LookupPlan(program, (Lookup)one)))];
        _many = [.. program.Instructions.Select(one => Later(() => PlansOf(program, (LookupMany)one)))];
        _numbers = [.. program.Instructions.Select((_, index) => Later(() => new TableNumbers(Lookups(index))))];
        _shifts = [.. program.Instructions.Select(one => Later(() => ShiftOf(program, (Shift)one)))];
    }

    internal TfheProgram Program { get; }

    /// <summary>Which values carry bits below their step, left by approximate rounding.</summary>
    internal bool[] IsUnrounded { get; }

    /// <summary>The last instruction that reads each value; −1 for none, <see cref="int.MaxValue"/> for outputs.</summary>
    internal int[] LastUse { get; }

    internal LinearKernel? Kernel(int instruction) => _kernels[instruction].Value;

    internal LookupPlan Lookup(int instruction) => _lookups[instruction].Value;

    /// <summary>The lookups of an instruction that has several.</summary>
    internal LookupPlan[] Lookups(int instruction) => _many[instruction].Value;

    /// <summary>Their tables, numbered together; made once for all keys and ranges.</summary>
    internal TableNumbers Numbers(int instruction) => _numbers[instruction].Value;

    internal ElementConstants Shift(int instruction) => _shifts[instruction].Value;

    private static Lazy<T> Later<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(
        Func<T> make
    ) => new(make);

    private static LookupPlan[] PlansOf(TfheProgram program, LookupMany many) =>
        [.. many.Lookups.Select(one => new LookupPlan(program, one))];

    private static ElementConstants ShiftOf(TfheProgram program, Shift shift) =>
        new(program.Constants[shift.Constant], shift.ConstantShape, program.Values[shift.Operand].Shape);
}
