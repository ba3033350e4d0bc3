/// Diagnostic codes 4xxx: the circuit stage.
module ConcreteMl.Compiler.Core.Base.Codes.CircuitCodes

let all: Code list =
    [
        code
            "CML4001"
            "Approximate rounding made exact"
            "Approximate rounding leaves the low bits to the next lookup; arithmetic on the rounded value would still see them. The rounding is carried out exactly instead."
            "A rounded accumulator that enters a sum besides its lookup."
            "Nothing: the result is right; each dropped bit costs a bootstrap."
        code
            "CML4090"
            "Broken circuit"
            "A stage of the compiler, or a text that was read, has a circuit that breaks the rules of shapes, widths or tables."
            "A hand-edited dump whose lookup has fewer entries than its operand's width asks for."
            "Correct the text; without one, report the model that led here."
    ]
