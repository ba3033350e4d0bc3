using CoreTable = ConcreteMl.Compiler.Core.Float.Operators;

namespace ConcreteMl.Interop;

/// <summary>The compiler's table of operators.</summary>
internal static class CoreOperators
{
    internal static IReadOnlyList<SupportedOperator> All() =>
        [
            .. CoreTable
                .all.Select(entry => new SupportedOperator(
                    entry.Domain,
                    entry.Name,
                    entry.Since,
                    entry.Newest,
                    CoreTable.describe(entry.Execution),
                    entry.Restrictions
                ))
                .OrderBy(entry => entry.Domain, StringComparer.Ordinal)
                .ThenBy(entry => entry.Name, StringComparer.Ordinal),
        ];
}
