using System.CommandLine;

namespace ConcreteMl.Cli.Commands;

/// <summary>One command of the tool: its options, and what it does.</summary>
internal interface ICommand
{
    /// <summary>The command with its options, arguments and action.</summary>
    Command Build();
}
