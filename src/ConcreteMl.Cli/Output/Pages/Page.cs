using System.Globalization;
using System.Net;
using System.Text;

namespace ConcreteMl.Cli.Output.Pages;

/// <summary>A page in one file: no script, nothing from elsewhere.</summary>
internal sealed class Page
{
    private const string Style = """
        :root{color-scheme:light}
        body{font:15px/1.45 ui-sans-serif,'DejaVu Sans',system-ui,sans-serif;color:#222;background:#fff;margin:0 auto;max-width:1120px;padding:24px 28px 60px}
        h1{font-size:24px;margin:0 0 2px}
        h2{font-size:17px;margin:34px 0 8px;border-bottom:1px solid #ddd;padding-bottom:4px}
        p{margin:6px 0;color:#555;max-width:80ch}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:10px;margin:18px 0 0}
        .fact{background:#f6f6f3;border-radius:6px;padding:9px 12px}
        .fact b{display:block;font-size:18px;font-weight:600}
        .fact span{color:#666;font-size:13px}
        .wide{overflow-x:auto}
        .picture{overflow:auto;max-height:1400px;border:1px solid #ddd;border-radius:6px;text-align:center}
        table{border-collapse:collapse;width:100%;font-size:13.5px}
        th{font-weight:600;text-align:left;color:#555;border-bottom:1px solid #bbb;padding:4px 10px 4px 0;vertical-align:bottom}
        td{border-bottom:1px solid #eee;padding:4px 10px 4px 0;vertical-align:top}
        td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        td.b{width:26%;min-width:120px;padding-top:7px}
        tr.chosen td{background:#fdf1e3}
        code{font:13px ui-monospace,'DejaVu Sans Mono',monospace;background:#f6f6f3;padding:1px 4px;border-radius:3px}
        .bar{position:relative;height:12px;background:#f0f0ec;border-radius:2px}
        .bar i{position:absolute;left:0;top:0;height:12px;border-radius:2px;background:#e8823a}
        .bar i.pale{background:#f6d3b5}
        .bar i.cool{background:#5b8db8}
        .bar i.faint{background:#c9dbea}
        """;

    private readonly StringBuilder body = new();
    private readonly string title;

    internal Page(string title, string subtitle)
    {
        this.title = title;
        body.Append(CultureInfo.InvariantCulture, $"<h1>{Escape(title)}</h1>\n<p>{Escape(subtitle)}</p>\n");
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A bar of some parts, each from the left and over the ones before, as parts of the whole width.</summary>
    internal static string Bar(params ReadOnlySpan<(string Kind, double Part)> parts)
    {
        StringBuilder bar = new("<div class=\"bar\">");
        foreach ((string kind, double part) in parts)
        {
            double width = 100 * Math.Clamp(double.IsFinite(part) ? part : 1.0, 0.0, 1.0);
            bar.Append(CultureInfo.InvariantCulture, $"<i class=\"{kind}\" style=\"width:{width:0.##}%\"></i>");
        }

        return bar.Append("</div>").ToString();
    }

    internal void Section(string heading, string? about = null)
    {
        body.Append(CultureInfo.InvariantCulture, $"<h2>{Escape(heading)}</h2>\n");
        if (about is not null)
        {
            body.Append(CultureInfo.InvariantCulture, $"<p>{Escape(about)}</p>\n");
        }
    }

    internal void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        body.Append("<div class=\"facts\">\n");
        foreach ((string name, string value) in facts)
        {
            body.Append(CultureInfo.InvariantCulture, $"<div class=\"fact\"><b>{Escape(value)}</b><span>{Escape(name)}</span></div>\n");
        }

        body.Append("</div>\n");
    }

    /// <summary>An SVG as it is.</summary>
    internal void Picture(string svg) => body.Append(CultureInfo.InvariantCulture, $"<div class=\"picture\">{svg}</div>\n");

    /// <summary>Headings that start with '&gt;' stand over right-aligned figures, '#' over cells that are HTML already.</summary>
    internal void Table(IReadOnlyList<string> headings, IEnumerable<(bool IsMarked, string[] Cells)> rows)
    {
        body.Append("<div class=\"wide\"><table>\n<tr>");
        foreach (string heading in headings)
        {
            string kind = heading.StartsWith('>') ? " class=\"n\"" : "";
            body.Append(CultureInfo.InvariantCulture, $"<th{kind}>{Escape(heading.TrimStart('>', '#'))}</th>");
        }

        body.Append("</tr>\n");
        foreach ((bool marked, string[] cells) in rows)
        {
            body.Append(marked ? "<tr class=\"chosen\">" : "<tr>");
            for (int cell = 0; cell < cells.Length; cell++)
            {
                string shown = headings[cell].StartsWith('#') ? cells[cell] : Escape(cells[cell]);
                string kind = headings[cell][..Math.Min(1, headings[cell].Length)] switch
                {
                    ">" => " class=\"n\"",
                    "#" => " class=\"b\"",
                    _ => "",
                };
                body.Append(CultureInfo.InvariantCulture, $"<td{kind}>{shown}</td>");
            }

            body.Append("</tr>\n");
        }

        body.Append("</table></div>\n");
    }

    internal string Html() =>
        $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Escape(title)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            {body}<p style="margin-top:40px">Written by concreteml {Escape(CommandLine.Version)}.</p>
            </body>
            </html>

            """;
}
