namespace ConcreteMl.Compiler.Core.Circuit

open System
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// What bounds the choice of parameters.
type ParameterOptions =
    {
        Curve: SecurityCurve
        Switch: KeySwitchKind
        /// Failure probability of each bootstrap, and of the decoding of each output element.
        PError: float option
        /// Failure probability of a whole run; both hold when both are given.
        GlobalPError: float option
    }

/// Options and their defaults.
[<RequireQualifiedAccess>]
module ParameterOptions =

    /// Each bootstrap fails with probability 2^-40 at most; the usual level of security.
    let standard =
        {
            Curve = SecurityCurve.standard
            Switch = KeySwitchKind.standard
            PError = None
            GlobalPError = None
        }

    /// The bound on a bootstrap's failure where none is asked for: 2^-40.
    let defaultPError = Math.Pow(2.0, -40.0)

    /// The bound for one bootstrap of a circuit with `decisions` bootstraps and decoded elements.
    let bound (options: ParameterOptions) (decisions: int64) =
        let each =
            options.GlobalPError
            |> Option.map (fun all -> -(Math.Exp(Math.Log(1.0 - all) / float (max 1L decisions)) - 1.0))
            // exp(x) − 1 loses all digits for tiny probabilities; the union bound is as good there.
            |> Option.map (fun p ->
                if p < 1e-9 then
                    Option.get options.GlobalPError / float (max 1L decisions)
                else
                    p)

        match options.PError, each with
        | Some p, Some q -> min p q
        | Some p, None
        | None, Some p -> p
        | None, None -> defaultPError

    /// The same for a circuit, whose exact roundings are counted bit by bit: there are the most bootstraps.
    let boundOf (options: ParameterOptions) (graph: Graph) : float =
        let elements value =
            int64 (Shape.count (graph.TypeOf value).Shape)

        let decisions (node: Node<Op>) =
            match node.Op with
            | Op.Lookup _
            | Op.LookupMany _ -> elements node.Results[0]
            | Op.Round(drop, RoundingMethod.Exact, _) -> elements node.Results[0] * int64 drop
            | Op.Round(_, RoundingMethod.Approximate, _)
            | Op.Linear _
            | Op.Reencode
            | Op.Constant _ -> 0L

        let outputs = graph.Outputs |> Array.sumBy (fun port -> elements port.Value)
        bound options (outputs + Array.sumBy decisions graph.Nodes)
