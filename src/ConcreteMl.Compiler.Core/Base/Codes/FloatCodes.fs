/// Diagnostic codes 2xxx: the float stage.
module ConcreteMl.Compiler.Core.Base.Codes.FloatCodes

let all: Code list = []
