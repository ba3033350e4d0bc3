namespace ConcreteMl.Tfhe;

/// <summary>
/// Where the rows of a class's bootstrapping key stand: in its own, or in that of an earlier class, whose small key begins with this class's and
/// whose decomposition is finer: base 2^b and l levels there, 2^(mb) and l' levels here with ml' at most l, so that level j here is level mj there.
/// </summary>
/// <param name="Class">The class that the key was made for.</param>
/// <param name="OwnerLevel">Levels of its decomposition.</param>
/// <param name="Step">m; 1 in the class's own key.</param>
/// <param name="Level">Levels of the class's decomposition.</param>
internal readonly record struct BootstrapPlace(int Class, int OwnerLevel, int Step, int Level)
{
    /// <summary>Where class <paramref name="lookupClass"/> finds its rows.</summary>
    internal static BootstrapPlace Of(ParameterSet parameters, int lookupClass)
    {
        GadgetDecomposition own = parameters.Classes[lookupClass].Bootstrap;
        int owner = parameters.Classes[lookupClass].KeyOf ?? lookupClass;
        GadgetDecomposition made = parameters.Classes[owner].Bootstrap;
        return new BootstrapPlace(owner, made.Level, own.BaseLog / made.BaseLog, own.Level);
    }

    /// <summary>Whether a key of decomposition <paramref name="made"/> has the rows of one of decomposition <paramref name="own"/>.</summary>
    internal static bool Has(GadgetDecomposition made, GadgetDecomposition own) =>
        own.BaseLog % made.BaseLog == 0 && own.BaseLog / made.BaseLog * own.Level <= made.Level;

    /// <summary>The row, by component and level, that serves as <paramref name="row"/> of the class.</summary>
    internal int Row(int row) => row / Level * OwnerLevel + Step * (row % Level + 1) - 1;
}
