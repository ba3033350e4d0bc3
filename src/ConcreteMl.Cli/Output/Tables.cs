using Spectre.Console;

namespace ConcreteMl.Cli.Output;

/// <summary>The two table styles of the tool: names with facts, and rows under headings.</summary>
internal static class Tables
{
    internal static Grid Facts() => new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn());

    /// <summary>Headings that start with '&gt;' stand over right-aligned figures.</summary>
    internal static Table Rows(params string[] headings)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string heading in headings)
        {
            bool figures = heading.StartsWith('>');
            TableColumn column = new(Markup.Escape(figures ? heading[1..] : heading)) { Padding = new Padding(0, 0, 1, 0) };
            table.AddColumn(figures ? column.RightAligned() : column);
        }

        return table;
    }

    internal static void Add(this Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);
}
