/// Diagnostic codes 9xxx: text forms.
module ConcreteMl.Compiler.Core.Base.Codes.TextCodes

let all: Code list = []
