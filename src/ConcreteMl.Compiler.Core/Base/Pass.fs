namespace ConcreteMl.Compiler.Core.Base

open System
open System.Globalization
open System.Threading
open System.Threading.Tasks

/// An option of a pass as the registry lists it and the command line spells it: `pass[name=value]`.
type OptionDeclaration =
    {
        /// Kebab-case, unique in its pass.
        Name: string
        /// One line.
        Summary: string
        /// What is accepted, in words: "a whole number from 1 to 16".
        Accepts: string
        /// The value where none is given, as it is spelled.
        Default: string
        /// Whether a spelling is accepted.
        Allows: string -> bool
    }

/// An option with the type of its values; `Declaration` goes into the pass, `PassOption.read` gives the value in it.
type PassOption<'T> =
    {
        Declaration: OptionDeclaration
        /// The value of a spelling; None for one that is not accepted.
        Parse: string -> 'T option
        Default: 'T
    }

/// What a pass may use beside its input.
type Context =
    {
        /// Receives warnings and notes; errors are returned, not sent.
        Warn: Diagnostic -> unit
        /// Progress of long work: step name and the fraction done in [0, 1].
        Progress: string -> float -> unit
        /// The most threads that a pass may use.
        Threads: int
        /// Long work asks it now and then (`ThrowIfCancellationRequested`); the driver asks between steps.
        Cancellation: CancellationToken
        /// Calibration samples, one list of inputs each; empty where none were given.
        Samples: Tensor list list
        /// The options that were given to this pass, by name, as they are spelled; read with `PassOption.read`.
        Options: Map<string, string>
    }

/// One step of the compiler: a rewrite when 'In and 'Out are the same stage, a conversion otherwise.
type Pass<'In, 'Out> =
    {
        /// Kebab-case; equals the file's name.
        Name: string
        /// One line, shown by the command line.
        Summary: string
        /// What it may be told; most passes have nothing to be told.
        Options: OptionDeclaration list
        /// The result, or all errors. A pass that changes nothing returns the same object.
        Run: Context -> 'In -> Result<'Out, Diagnostic list>
    }

[<RequireQualifiedAccess>]
module Context =

    /// Discards warnings and progress; one thread, no samples, never cancelled.
    let quiet =
        {
            Warn = ignore
            Progress = fun _ _ -> ()
            Threads = 1
            Cancellation = CancellationToken.None
            Samples = []
            Options = Map.empty
        }

    /// `f` of every item, in their order, on as many threads as the context allows; cancellation is asked for before each item.
    /// An exception of `f` is thrown on as it is.
    let map (context: Context) (f: 'T -> 'U) (items: 'T[]) : 'U[] =
        let results = Array.zeroCreate items.Length

        let options =
            ParallelOptions(MaxDegreeOfParallelism = max 1 context.Threads, CancellationToken = context.Cancellation)

        try
            Parallel.For(0, items.Length, options, fun index -> results[index] <- f items[index])
            |> ignore
        with :? AggregateException as problem ->
            Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(problem.Flatten().InnerExceptions[0])

        results

[<RequireQualifiedAccess>]
module PassOption =

    let private create name summary accepts (parse: string -> 'T option) (spell: 'T -> string) initial : PassOption<'T> =
        {
            Declaration =
                {
                    Name = name
                    Summary = summary
                    Accepts = accepts
                    Default = spell initial
                    Allows = parse >> Option.isSome
                }
            Parse = parse
            Default = initial
        }

    /// A whole number between two bounds, both allowed.
    let integer name summary (low: int) (high: int) initial =
        let parse (text: string) =
            match Int32.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
            | true, value when value >= low && value <= high -> Some value
            | _ -> None

        create name summary $"a whole number from {low} to {high}" parse string initial

    /// A finite number between two bounds, both allowed.
    let real name summary (low: float) (high: float) initial =
        let parse (text: string) =
            match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when Double.IsFinite value && value >= low && value <= high -> Some value
            | _ -> None

        let spell (value: float) =
            value.ToString("R", CultureInfo.InvariantCulture)

        create name summary $"a number from {spell low} to {spell high}" parse spell initial

    /// `true` or `false`; on the command line the name alone means true.
    let flag name summary initial =
        let parse text =
            match text with
            | "true" -> Some true
            | "false" -> Some false
            | _ -> None

        create name summary "true or false" parse (fun value -> if value then "true" else "false") initial

    /// One of some words, each with its meaning; the first is taken where none is given.
    let choice name summary (words: (string * 'T) list) =
        let parse text =
            words |> List.tryFind (fun (word, _) -> word = text) |> Option.map snd

        let first, initial = List.head words

        create name summary (words |> List.map fst |> String.concat " or ") parse (fun _ -> first) initial

    /// The value of an option where a pass runs. Spellings are checked before (CML7003); the default stands for those that were not given.
    let read (context: Context) (option: PassOption<'T>) : 'T =
        context.Options
        |> Map.tryFind option.Declaration.Name
        |> Option.bind option.Parse
        |> Option.defaultValue option.Default

[<RequireQualifiedAccess>]
module Pass =

    /// A rewrite without options that never refuses: most passes.
    let rewrite name summary (run: 'Graph -> 'Graph) : Pass<'Graph, 'Graph> =
        {
            Name = name
            Summary = summary
            Options = []
            Run = fun _ graph -> Ok(run graph)
        }
