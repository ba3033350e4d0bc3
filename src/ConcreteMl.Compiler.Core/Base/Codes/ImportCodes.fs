/// Diagnostic codes 1xxx: reading, checking and importing ONNX files.
module ConcreteMl.Compiler.Core.Base.Codes.ImportCodes

let all: Code list = []
