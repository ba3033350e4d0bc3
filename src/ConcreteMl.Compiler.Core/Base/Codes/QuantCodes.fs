/// Diagnostic codes 3xxx: calibration and quantization.
module ConcreteMl.Compiler.Core.Base.Codes.QuantCodes

let private options =
    [
        code
            "CML3001"
            "Bits are not understood"
            "Bits are one number, or up to four named parts of which op_inputs and op_weights are required; model outputs may not have fewer bits than operation inputs."
            "--bits op_inputs=6"
            "Write --bits 6, or --bits model_inputs=8,op_inputs=4,op_weights=4,model_outputs=8."
    ]

let private calibration =
    [
        code
            "CML3002"
            "No calibration samples"
            "Scales and accumulator widths come from inputs as they occur in use; without any there is nothing to measure."
            "compile model.onnx without --calibration"
            "Give --calibration FILE.npz with arrays x0, x1, … of 100 or more samples."
        code
            "CML3003"
            "A calibration sample does not fit the model's inputs"
            "Every sample holds one array per model input, of its shape (the batch axis aside) and element type."
            "x0 with 63 columns for an input of 64"
            "Check which array belongs to which input, and their shapes."
        code
            "CML3004"
            "A calibration sample holds a NaN or an infinity"
            "One such number would make every measured range useless."
            "missing values that were read as NaN"
            "Clean the calibration data as the model's real inputs are cleaned."
        code
            "CML3005"
            "Few calibration samples"
            "Ranges seen in few samples are likely to be exceeded in use, and scales chosen on them fit them alone."
            "a calibration file with 5 samples"
            "Give 100 or more samples."
        code
            "CML3006"
            "An input never varies over calibration"
            "Its codes fit the one value that every sample has; any other value in use saturates."
            "a column that is 0 in all samples of the only input"
            "Calibrate with inputs as they occur in use, or declare the input's range with --range NAME=lo:hi."
        code
            "CML3007"
            "A comparison, label or activation never varies over calibration"
            "Ranges were measured on one side of the decision alone; on the other side values saturate, and the decision may never fall."
            "an alarm threshold that no calibration sample exceeds"
            "Calibrate with inputs of all kinds, rare ones too, or declare their range with --range NAME=lo:hi."
        code
            "CML3008"
            "A range or shape is declared for no input"
            "--range and --shape name inputs of the model."
            "--range pixels=0:255 for a model whose input is x"
            "Name one of the model's inputs."
        code
            "CML3009"
            "A declared shape contradicts the model"
            "--shape gives a size for every axis of one sample, the batch of 1 included; where the model has a size, it is the same."
            "--shape x=1,3,32,32 for an input [N, 1, H, W]"
            "Declare the model's own sizes, and those that it leaves open."
    ]

let private operations =
    [
        code
            "CML3010"
            "An operation on two different encrypted values"
            "Products, comparisons and other functions of two encrypted values have no lookup of one operand; Add and Sub are sums and need none."
            "MatMul of queries and keys in attention"
            "Make one operand a constant, compute both from the same value, or leave this step to the client."
        code
            "CML3011"
            "An operation that encrypted data does not support"
            "It is neither linear with constant weights, nor a movement of elements, nor element-wise."
            "MaxPool, ArgMax"
            "Use AveragePool or strides instead of MaxPool; let the client take the arg-max of the scores."
        code
            "CML3012"
            "A parameter of an operation is encrypted"
            "Axes, indices, bounds, pads and biases have to be known at compile time."
            "Gather whose indices are a model input"
            "Make the parameter a constant of the model."
        code
            "CML3013"
            "A shape depends on data"
            "Circuits have fixed sizes; only the batch axis may be open, and it is bound to one sample."
            "an input with a symbolic sequence length"
            "Export the model with fixed sizes."
        code
            "CML3014"
            "A value without elements"
            "A slice, a shape or a selection takes nothing, so that there is nothing to encrypt."
            "Shape with a start beyond the last axis"
            "Remove the output, or correct the bounds of the operation named."
        code
            "CML3033"
            "An output's values cannot be told apart"
            "On the calibration samples its values are infinite, or so large or small that steps between them are no ordinary numbers."
            "a Gemm with alpha = 3.4e38"
            "Correct the model's constants, or scale its inputs."
        code
            "CML3030"
            "A lookup is wider than 16 bits"
            "Tables hold an entry for every code of the accumulator."
            "weights and inputs of 8 bits over 1000 inputs"
            "Use --rounding 6, fewer bits, or fewer inputs per neuron."
        code
            "CML3034"
            "An accumulator is wider than 60 bits"
            "Sums of values whose scales lie far apart need the finer scale for the larger range; codes are integers of 64 bits."
            "twenty layers, each added to what all before it have added up, without any rounding"
            "Use --rounding 6, or scale what is added up alike."
        code
            "CML3031"
            "Codes are not chosen yet"
            "Tables follow from the codes of a lookup's operand and result; the planned graph still computes on real numbers."
            "a text of the planned stage, edited or begun behind the step that chooses codes"
            "Begin with choose-codes, or read-file-codes for an imported network."
        code
            "CML3032"
            "Groups of elements are not known yet"
            "Which elements share a scale, and which a range and a table, is decided before codes are."
            "a text of the planned stage, begun behind group-scales although that step did not see it"
            "Begin with group-scales."
    ]

let private imports =
    [
        code
            "CML3020"
            "The model brings its own quantizers"
            "Quantizing an already quantized network again would lose what its training learned."
            "a Brevitas export compiled without --import-qat"
            "Compile with --import-qat."
        code
            "CML3021"
            "The model has no quantizers"
            "--import-qat keeps the quantizers that the file holds; this file holds none."
            "a plain PyTorch export compiled with --import-qat"
            "Compile without --import-qat."
        code
            "CML3022"
            "An activation without a quantizer"
            "Operations on integers need operands with a scale. Where a file has none between its quantizers, codes of 8 bits are chosen over calibration: results are near the file's, not equal."
            "a Softmax between two QuantizeLinear, a MaxPool in front of one"
            "Put a quantizer behind the operation named where results must be the file's own."
        code
            "CML3024"
            "Scales that do not agree"
            "Values that are summed need scales in whole ratios: the terms of one dot product, of one pool window, of a residual sum."
            "a residual sum of two activations with quantizers of their own"
            "Share one quantizer between values that meet; quantize activations per tensor."
        code
            "CML3025"
            "A quantizer that cannot be imported"
            "Scales are positive, zero points whole, widths between 1 and 16 bits."
            "a bit width of 0.5"
            "Export the model again with a supported quantizer."
        code
            "CML3026"
            "Summed values have scales in no whole ratio"
            "Codes are summed with whole-number multipliers; where the scales' ratio is only nearly a ratio of small numbers, that one is used, with a relative error below 0.4 %."
            "a residual sum of two activations with quantizers of their own"
            "Share one quantizer between values that meet."
        code
            "CML3027"
            "Weights without a quantizer"
            "The file keeps a layer in float. Its weights are rounded to 8 bits, so that results are near the file's, not equal."
            "nn.Linear behind the last QuantReLU"
            "Train the layer with quantized weights where results must be the file's own."
        code
            "CML3090"
            "A broken quantized graph"
            "The verifier found shapes, widths or tables that do not fit: a defect of the compiler, or of an edited text."
            "a table of 32 entries for an operand of 6 bits"
            "Report it, or correct the text."
        code
            "CML3091"
            "A broken planned graph"
            "The verifier found shapes, regions or codes that do not fit: a defect of the compiler, or of an edited text."
            "a region for another shape than its operand's"
            "Report it, or correct the text."
    ]

let all: Code list = options @ calibration @ operations @ imports
