namespace ConcreteMl.Compiler.Core.Onnx.Checks

open System.Collections.Generic
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Onnx

/// What the checks of one scope (the main graph or a function body) need to know, and where findings go.
type internal Scope =
    {
        Found: List<Diagnostic>
        /// Operator sets in force.
        Imports: (string * int64) list
        /// Local functions by domain, name and overload.
        Functions: Map<string * string * string, Function>
        /// Attributes that references may name; None outside functions.
        Parameters: Set<string> option
    }

    member scope.Error(code, node, message, expected, cure) =
        scope.Found.Add(Diagnostic.error code node message expected cure)

    member scope.Warning(code, node, message, expected, cure) =
        scope.Found.Add(Diagnostic.warning code node message expected cure)
