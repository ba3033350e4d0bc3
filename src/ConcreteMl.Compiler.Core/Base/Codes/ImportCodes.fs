/// Diagnostic codes 1xxx: reading (100x), checking (101x and 102x), shapes (103x) and importing ONNX files.
module ConcreteMl.Compiler.Core.Base.Codes.ImportCodes

let private reading =
    [
        code
            "CML1001"
            "model file cannot be read"
            "The file does not exist or the operating system refuses to read it."
            "concreteml compile modle.onnx …"
            "Check the path and the permissions of the file."
        code
            "CML1002"
            "not an ONNX model, or a damaged one"
            "The bytes are not a ModelProto message with a graph: another format, an empty file, or a file that is cut off or changed."
            "A download that was interrupted, or a PyTorch .pt file."
            "Export the model to ONNX, or copy the whole file again."
        code
            "CML1004"
            "model file beyond 2 GB"
            "Protobuf messages cannot be larger than 2 GB."
            "A model of 600 million float32 weights in a single file."
            "Save the model with external data: onnx.save(model, path, save_as_external_data=True)."
        code
            "CML1005"
            "damaged tensor"
            "The data of a tensor does not fill its shape, or the shape itself is absurd."
            "An initializer of shape 10x10 with 396 bytes of float32 data."
            "Export the model again."
        code
            "CML1006"
            "external data is not available"
            "A tensor's data lies in another file that is missing, too short, or outside the model's folder, where no model may read."
            "model.onnx without its model.onnx.data beside it; a location such as ../../secret."
            "Put the data file where the model says, inside the model's folder."
        code
            "CML1007"
            "test data cannot be read"
            "A file input_K.pb or output_K.pb holds no tensor, or a damaged one."
            "concreteml conformance on a folder whose files were cut off."
            "Copy the test data again."
    ]

let private versions: Code list =
    [
        code
            "CML1010"
            "IR version unknown"
            "The version of the file format is missing (an error), or newer than this compiler (a note)."
            "A file that a test wrote without ir_version."
            "Export the model again; a note needs no action."
        code
            "CML1011"
            "operator set import missing or contradictory"
            "What a node means depends on the version of its domain's operator set, so every domain in use is imported once."
            "A node of domain ai.onnx in a model that imports ai.onnx.ml alone."
            "Export the model again, or add the import."
        code
            "CML1019"
            "operator not in this operator set version"
            "The operator came with a later version of the operator set than the model imports."
            "Gelu in a model that imports operator set 14."
            "Export the model with a later operator set."
        code
            "CML1023"
            "operator set newer than this compiler"
            "Nodes are read as in the newest version known here; operators that changed since may be refused or misread."
            "A model of operator set 30."
            "Nothing has to be done unless the import goes wrong; then export with an older operator set."
    ]

let private names: Code list =
    [
        code
            "CML1012"
            "value defined more than once"
            "Every name is made by one node, input or initializer."
            "Two nodes with the output y."
            "Rename one of the values, or export the model again."
        code
            "CML1013"
            "value used but not made before"
            "Nodes are in topological order, and each input is made by an earlier node, an input or an initializer."
            "A node list that a tool reordered, or a misspelt input name."
            "Sort the nodes, or export the model again."
        code
            "CML1014"
            "graph input or output without a type"
            "Inputs need an element type and should have a shape; types of outputs are inferred when they are missing."
            "An input made by hand without a TypeProto."
            "Export the model with typed inputs."
        code
            "CML1020"
            "function defined more than once"
            "A model's local functions differ in domain, name or overload."
            "Two functions my.domain::Block."
            "Export the model again."
        code
            "CML1022"
            "initializer unnamed or given twice"
            "Initializers are found by name."
            "Two initializers w."
            "Rename one of them, or export the model again."
    ]

let private nodes: Code list =
    [
        code
            "CML1015"
            "attribute of the wrong kind"
            "Each attribute of an operator has one kind of value and is given once."
            "axis = 1.0 where an integer is needed."
            "Export the model again with a current exporter."
        code
            "CML1016"
            "required attribute missing"
            "The operator has no default for this attribute."
            "Concat without axis."
            "Export the model again with a current exporter."
        code
            "CML1017"
            "unknown attribute"
            "The operator has no such attribute in the operator set version that the model imports, so its meaning would be lost."
            "ReduceSum with the attribute axes in operator set 13, where axes are an input."
            "Export the model again so that operators and the imported version match."
        code
            "CML1018"
            "wrong number of inputs or outputs"
            "The operator or function takes another number of them, or a required one is left out."
            "MatMul with a single input."
            "Export the model again with a current exporter."
        code
            "CML1021"
            "attribute reference to nothing"
            "A node refers to an attribute of the function's caller, but is in no function or in one without that attribute."
            "ref_attr_name = \"alpha\" in the main graph."
            "Export the model again."
    ]

let private resolving =
    [
        code
            "CML1024"
            "recursive function"
            "Local functions are replaced by their nodes, which never ends for functions that call themselves."
            "A function F whose body calls F."
            "Export the model without recursive functions."
        code
            "CML1025"
            "too many nodes after inlining"
            "Functions that call each other several times can grow exponentially; 200,000 nodes are the limit."
            "Twenty functions, each calling the next one twice."
            "Export the model with fewer nested functions."
        code
            "CML1030"
            "declared type contradicts the graph"
            "The model declares another shape or element type for a value than its operators make; the inferred one is used."
            "An output declared as float[1, 2] in a model with a free batch."
            "Nothing has to be done; exporting with a named batch dimension avoids the warning."
        code
            "CML1031"
            "operands do not fit the operator"
            "With these shapes the operator has no meaning, so the model cannot run."
            "MatMul of 1x10 and 12x4, or a Reshape to a fixed batch of 64."
            "Check the shapes with which the model was exported, above all a fixed batch size."
        code
            "CML1032"
            "value with too many elements"
            "A constant would have more than 2^27 elements, or a value that every sample has to make more than 2^24."
            "Expand to 100000 x 100000."
            "Check the shapes with which the model was exported."
    ]

let private importing =
    [
        code
            "CML1100"
            "operator not supported"
            "The operator is not one that the float stage can express; `concreteml ops` lists those that it can. All such nodes of a model are reported at once."
            "A TopK in the middle of a network."
            "Replace the layer by supported operators, or run that part of the model outside of the encrypted circuit."
        code
            "CML1101"
            "form of an operator not supported"
            "The operator is supported, but not with this attribute, this number of outputs, or this form of an operand."
            "Quant with a rounding mode that is not known; Upsample that interpolates linearly."
            "Export the model with another form of the operator, or rewrite the layer."
        code
            "CML1102"
            "element type not supported"
            "Tensors hold booleans, integers of 2 to 64 bits, or floats of 4 to 64 bits."
            "An input of complex numbers; a Cast to strings."
            "Convert the data before it enters the model, or export the model in another precision."
        code
            "CML1104"
            "operand must be constant"
            "Some operands decide the shape or the structure of the circuit, which is fixed before any data is seen."
            "Split with lengths that are an input of the model; Quant with a computed scale."
            "Make the operand a constant, or compute it from shapes alone."
        code
            "CML1105"
            "operands do not fit the operator"
            "The element types or shapes of the operands have no meaning for the operator, or a value is not defined."
            "An addition of 1x3 and 1x4."
            "Check the model with its exporter's own checker, and export it again."
        code
            "CML1106"
            "dimension unknown"
            "Circuits have static shapes: all dimensions but the batch must be known when the model is compiled."
            "An image classifier exported with free height and width."
            "Export the model with fixed sizes; only the leading batch dimension may stay open."
        code
            "CML1107"
            "layer in training mode"
            "Training behaviour (statistics of the batch, random dropping) has no counterpart in inference."
            "BatchNormalization with training_mode = 1."
            "Export the model in evaluation mode (for PyTorch: model.eval())."
        code
            "CML1108"
            "labels that are texts"
            "Encrypted results are numbers: a classifier whose labels are texts returns the index of the label."
            "A scikit-learn classifier trained with names of classes."
            "Look the text up by the index; the message lists them in order."
        code
            "CML1109"
            "unknown categories"
            "An encoder whose unknown categories are errors (zeros = 0): encrypted data raises none, so all positions of such a category are 0."
            "A scikit-learn OneHotEncoder, which has handle_unknown='error' unless told otherwise."
            "Nothing, where inputs hold known categories alone; otherwise check them before they are encrypted."
    ]

let all: Code list =
    List.concat [ reading; versions; names; nodes; resolving; importing ]
