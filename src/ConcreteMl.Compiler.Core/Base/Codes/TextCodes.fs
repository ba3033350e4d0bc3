/// Diagnostic codes 9xxx: text forms.
module ConcreteMl.Compiler.Core.Base.Codes.TextCodes

let private texts: Code list =
    [
        code
            "CML9001"
            "The text cannot be read here"
            "A line does not follow the syntax of its stage: MLIR's generic form, or ONNX's textual syntax. Reading goes on at the next line, so every bad line is reported."
            "%1 = \"float.relu\"(%0 : (tensor<1x2xf32>) -> tensor<1x2xf32>"
            "Write what is expected at the place that the message names (line:column)."
        code
            "CML9008"
            "A large constant is missing or damaged"
            "Constants beyond 16 elements stand once, in hexadecimal, in the dialect_resources block at the end; lines name them."
            "dense_resource<c0> : tensor<2xf32> where c0 has four bytes"
            "Keep the block whole when parts of a text are copied."
        code
            "CML9009"
            "The constants were left out"
            "A text printed with --elide shows size and hash of large constants, not their content."
            "concreteml eval of a text that `dump --elide` printed"
            "Print the stage again without --elide."
        code
            "CML9010"
            "The text is not one graph"
            "A text holds one operation \"float.graph\", \"quantized.graph\" or \"circuit.graph\" with one block that ends in the stage's return."
            "A text that was cut off before its last lines"
            "Copy the whole text."
    ]

let private operations: Code list =
    [
        code
            "CML9002"
            "Unknown operation"
            "Each stage has a closed list of operations, all with the stage's prefix: float., quantized. or circuit."
            "%1 = \"float.rely\"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>"
            "Correct the name; docs/text-forms.md and a dump of a similar model show the spelling."
        code
            "CML9003"
            "An attribute is missing or of the wrong kind"
            "Operations and ports carry what they need in attributes, each of one kind."
            "\"float.flatten\"(%0) {axis = \"one\"} : …"
            "Write the attribute as the message expects it."
        code
            "CML9011"
            "A client's part is not one"
            "What the client does before encryption and after decryption stands in the attributes client_before and client_after, and fits the graph's inputs and outputs."
            "client_after = {inputs = [{name = \"y\", element = \"f32\", shape = [1, 3]}], … where the graph gives 1x4"
            "Print the stage again with `concreteml dump`, or leave the attribute out."
        code
            "CML9004"
            "Unknown or repeated attribute"
            "An attribute that no one reads would be lost when the text is printed again, so it is refused."
            "\"float.relu\"(%0) {alpha = 1.0} : …"
            "Remove the attribute, or correct its name."
        code
            "CML9005"
            "A value is not defined above, or defined twice"
            "Lines stand in the order of computation: every value is defined once, before its uses."
            "%3 = \"float.relu\"(%9) : … where no earlier line defines %9"
            "Move or rename the line that defines the value."
        code
            "CML9006"
            "A type does not fit"
            "The types behind the colon repeat those of the operands' definitions, and each stage knows only its own types."
            "\"float.relu\"(%0) : (tensor<1x3xf32>) -> … where %0 is tensor<1x2xf32>"
            "Write the type that the operand was defined with, or a type of the stage."
        code
            "CML9007"
            "Numbers of values and types differ"
            "There is one type for each operand and result, and one dictionary for each input and output of the graph."
            "\"float.relu\"(%0) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>"
            "Write as many types, or dictionaries, as values."
    ]

let all: Code list = texts @ operations
