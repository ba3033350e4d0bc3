/// Diagnostic codes 3xxx: calibration and quantization.
module ConcreteMl.Compiler.Core.Base.Codes.QuantCodes

let all: Code list = []
