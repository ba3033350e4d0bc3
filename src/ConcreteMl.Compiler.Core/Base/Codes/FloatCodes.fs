/// Diagnostic codes 2xxx: the float stage.
module ConcreteMl.Compiler.Core.Base.Codes.FloatCodes

let all: Code list =
    [
        code
            "CML2001"
            "operands that do not fit"
            "An operation of a float graph has operands whose number, element types or shapes it does not take."
            "\"float.matmul\" of tensor<1x3xf32> and tensor<5x2xf32>."
            "Correct the text of the graph; when the compiler made the graph, report the pass."
        code
            "CML2002"
            "wrong result type"
            "The declared type of a result is not the one that the operation gives for these operands."
            "\"float.relu\" of tensor<1x2xf32> declared as tensor<1x3xf32>."
            "Correct the type; the message says which one is expected."
        code
            "CML2003"
            "value undefined or defined twice"
            "Every value of a graph is an input or the result of exactly one node before its use."
            "%3 is used above the line that defines it."
            "Put the lines in order and number the values anew."
        code
            "CML2004"
            "wrong number of results"
            "Every operation of the float stage has one result, except \"float.maxpool\", which may have its indices as a second."
            "%1:2 = \"float.relu\"(%0)."
            "Correct the number of results."
        code
            "CML2005"
            "repeated port name"
            "Inputs, and outputs, are told apart by their names."
            "Two outputs called \"y\"."
            "Rename one of them."
    ]
