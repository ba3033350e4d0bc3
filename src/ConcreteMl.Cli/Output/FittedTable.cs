using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>
/// Rows for any width of terminal: columns that matter least are left out until the rest fits on its lines, and texts end in dots
/// where even that is too wide. Off a terminal nothing is left out.
/// </summary>
/// <param name="columns">Headings as <see cref="Tables.Rows"/> takes them, each with its rank: 0 always shows, the highest goes first.</param>
internal sealed class FittedTable(params (string Heading, int Rank)[] columns)
{
    // Of a simple table: a space and a padding between columns.
    private const int Between = 3;

    private readonly List<string[]> rows = [];

    internal void Add(params string[] cells) => rows.Add(cells);

    /// <summary>Writes the table, and a line about columns that are not shown.</summary>
    internal void Write(IAnsiConsole console)
    {
        List<int> shown = [.. Enumerable.Range(0, columns.Length)];
        while (shown.Sum(Width) > console.Profile.Width && shown.Max(column => columns[column].Rank) is > 0 and int least)
        {
            shown.Remove(shown.Last(column => columns[column].Rank == least));
        }

        Table table = Tables.Rows([.. shown.Select(column => columns[column].Heading)]);
        foreach (string[] row in rows)
        {
            table.AddRow([.. shown.Select(column => new Text(row[column]) { Overflow = Overflow.Ellipsis })]);
        }

        foreach (TableColumn column in table.Columns)
        {
            column.NoWrap = true;
        }

        console.Write(table);
        if (shown.Count < columns.Length)
        {
            IEnumerable<string> hidden = Enumerable
                .Range(0, columns.Length)
                .Except(shown)
                .Select(column => columns[column].Heading.TrimStart('>'));
            console.WriteLine($"Not shown for want of width: {string.Join(", ", hidden)} (--json shows all)");
        }
    }

    private int Width(int column) =>
        Between + rows.Select(row => row[column].Length).Append(columns[column].Heading.TrimStart('>').Length).Max();
}
