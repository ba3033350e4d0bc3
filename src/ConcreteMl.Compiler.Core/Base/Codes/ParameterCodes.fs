/// Diagnostic codes 5xxx: parameters for encrypted execution.
module ConcreteMl.Compiler.Core.Base.Codes.ParameterCodes

let all: Code list = []
