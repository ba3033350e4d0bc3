namespace ConcreteMl.Compiler.Core.Base

/// What a pass may use beside its input.
type Context =
    {
        /// Receives warnings and notes; errors are returned, not sent.
        Warn: Diagnostic -> unit
        /// Progress of long work: step name and the fraction done in [0, 1].
        Progress: string -> float -> unit
        /// The most threads that a pass may use.
        Threads: int
    }

/// One step of the compiler: a rewrite when 'In and 'Out are the same stage, a conversion otherwise.
type Pass<'In, 'Out> =
    {
        /// Kebab-case; equals the file's name.
        Name: string
        /// One line, shown by the command line.
        Summary: string
        Run: Context -> 'In -> Result<'Out, Diagnostic list>
    }

[<RequireQualifiedAccess>]
module Context =

    /// Discards warnings and progress; one thread.
    let quiet =
        {
            Warn = ignore
            Progress = fun _ _ -> ()
            Threads = 1
        }
