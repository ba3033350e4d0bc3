/// Diagnostic codes 4xxx: the circuit stage.
module ConcreteMl.Compiler.Core.Base.Codes.CircuitCodes

let all: Code list = []
