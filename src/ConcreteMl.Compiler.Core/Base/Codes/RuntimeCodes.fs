/// Diagnostic codes 6xxx: files, inputs (60xx), artefacts (61xx), keys (62xx) and runs (63xx).
module ConcreteMl.Compiler.Core.Base.Codes.RuntimeCodes

let private files: Code list =
    [
        code
            "CML6001"
            "file not found"
            "The file that the command names does not exist, or is a folder."
            "concreteml compile modle.onnx --calibration calib.npz -o out.cml"
            "Check the spelling of the path and the current folder."
        code
            "CML6002"
            "file cannot be read"
            "The operating system refuses to read the file."
            "A calibration file that belongs to another user."
            "Check the permissions of the file and of the folders above it."
        code
            "CML6003"
            "file cannot be written"
            "The operating system refuses to write the file."
            "-o /missing/folder/out.cml"
            "Create the folder, or choose a place that you may write to."
    ]

let private arrays: Code list =
    [
        code
            "CML6010"
            "damaged .npz file"
            "The file is no zip archive of .npy arrays, or a part of it is cut off or changed."
            "A download that was interrupted."
            "Write the file again with numpy.savez or numpy.savez_compressed."
        code
            "CML6011"
            "array type that is not supported"
            "Arrays hold booleans, integers of 8 to 64 bits or floats of 16 to 64 bits; text, complex numbers and objects have no meaning here."
            "An array of dtype object, made from lists of unequal length."
            "Convert the array, for example with x.astype(numpy.float32)."
        code
            "CML6012"
            "missing array"
            "The file holds one array per model input, named x0, x1, … in the order of the model's inputs; one of them is missing."
            "A model with two inputs and a file with x0 alone."
            "Add the array: numpy.savez(path, x0=…, x1=…)."
        code
            "CML6013"
            "array of another shape than the model's input"
            "The first axis of an array counts samples; the others have to be those that the model declares."
            "x0 of shape 100x32 for an input of shape batch x 64."
            "Reshape the array; the message names both shapes."
        code
            "CML6014"
            "array of another type than the model's input"
            "Lossless widening is silent and float64 becomes float32 with a note; every other conversion would lose information."
            "Float data for an input of type int64."
            "Convert the array yourself, so that the loss is your decision."
        code
            "CML6015"
            "float64 data is rounded to float32"
            "NumPy makes float64 by default, models usually take float32; the values are rounded to the nearest float32."
            "numpy.savez(path, x0=numpy.random.rand(100, 64))"
            "Nothing has to be done; x.astype(numpy.float32) silences the note."
    ]

let private samples: Code list =
    [
        code
            "CML6016"
            "inputs disagree about the number of samples"
            "The first axis of every input array counts the same samples."
            "x0 of shape 100x8 and x1 of shape 50x8."
            "Give all arrays the same length along the first axis."
        code
            "CML6017"
            "no samples"
            "The arrays are empty."
            "x0 of shape 0x64."
            "Give at least one sample; calibration wants a hundred or more, drawn as the real inputs are."
        code
            "CML6018"
            "NaN or infinity in the inputs"
            "Calibration measures ranges, and encryption needs numbers: neither can use NaN or infinity."
            "A calibration array with missing values that NumPy stores as NaN."
            "Remove or replace these samples; the message names the first one."
        code
            "CML6019"
            "nothing to compare with"
            "score needs the labels (label) or the expected outputs (y0, y1, …) in the input file."
            "concreteml score model.cml --input inputs_only.npz --mode clear"
            "Add the array label or y0, or use run."
        code
            "CML6020"
            "more arrays than inputs"
            "The file holds an array x_i although the model has no input of that number; it is not used."
            "x0 and x1 for a model with one input."
            "Check that the file belongs to this model."
    ]

let private commands: Code list =
    [
        code
            "CML6021"
            "this file has no such stage"
            "A stage can be printed when the file holds it or something above it that compiles to it."
            "concreteml dump stage.mlir --stage onnx"
            "Give the .onnx file, or a stage that the file has."
        code
            "CML6022"
            "an option is missing or out of range"
            "The compile options contradict each other or one lies outside its range."
            "CompileOptions with both PError and GlobalPError."
            "Correct the option that the message names."
        code
            "CML6023"
            "calibration data is missing"
            "Quantization fits scales and widths to real samples; without any there is nothing to fit."
            "concreteml dump model.onnx --stage quant"
            "Add --calibration CALIB.npz with a hundred or more typical inputs."
        code
            "CML6024"
            "the text is no stage"
            "A text that is read back is MLIR's generic form of the float, quant or circuit stage, or ONNX's textual syntax."
            "concreteml dump notes.txt"
            "Print a stage with concreteml dump and edit that."
        code
            "CML6025"
            "no conformance data"
            "conformance runs folders that hold model.onnx beside test_data_set_* with recorded inputs and outputs."
            "concreteml conformance ./models"
            "Name a folder in the layout of ONNX's own backend tests."
        code
            "CML6026"
            "approximate rounding beside a strict bound"
            "A strict compilation bounds lookup failures by 2^-128, so that decrypted results may be shared with others than the key's owner. Approximate rounding moves values near a boundary up or down by the noise of their ciphertext, with a probability of percents: such results tell something of the noise, and many of them of the key."
            "concreteml compile model.onnx --calibration calib.npz --strict --rounding 6:approximate -o model.cml"
            "Round exactly (`--rounding 6`), or leave `--strict` out and keep the results to the key's owner."
        code
            "CML6027"
            "inputs outside the calibrated range"
            "Codes cover the range that the calibration data had, or end about the outermost threshold where the model only compares an input. Values further out than calibration went take the nearest end, in every quantized mode, so that results may be far from those of the float model."
            "Pixels from 0 to 255 for a model that was calibrated with pixels from 0 to 1."
            "Check scaling and units of the input, or compile again with calibration data that covers it."
        code
            "CML6028"
            "not enough memory"
            "The system refused memory that the work needs: keys and ciphertexts of large circuits take gigabytes, and so does the calibration of many samples."
            "run --mode execute of a large network on a small machine."
            "Take fewer samples (--limit) or threads (--threads), or a machine with more memory; `concreteml report` says what a model needs."
        code
            "CML6029"
            "not a target"
            "A target is an accuracy from 0 to 1, an error as a multiple of the output's standard deviation, or seconds of one sample; the latter two above 0."
            "`--target accuracy=96`."
            "Write `--target accuracy=0.96`, `--target error=0.03` or `--target seconds=0.5`."
        code
            "CML6030"
            "nothing left to tune"
            "A tuning chooses bits and roundings. In the text that was given they are chosen already: it is past the step `choose-codes`."
            "`concreteml tune quant.mlir`."
            "Tune the ONNX model, or the text of its float stage."
        code
            "CML6031"
            "an accuracy without labels"
            "An accuracy is the part of samples whose label is met, so it needs labels: an array `label` of the validation file, or of the calibration file where no validation file is given."
            "`concreteml tune MODEL.onnx -c CALIB.npz --target accuracy=0.96` where CALIB.npz holds `x0` alone."
            "Add the labels (`--validation V.npz`), or bound the error instead: `--target error=0.03`."
    ]

let private artefacts: Code list =
    [
        code
            "CML6101"
            "not an artefact"
            "The file is not a .cml file: it is no zip archive, or has no manifest."
            "concreteml run model.onnx --mode execute --input x.npz"
            "Compile the model first; an .onnx file runs in float mode alone."
        code
            "CML6102"
            "damaged artefact"
            "A part of the artefact is missing, or its checksum does not match; it is not run."
            "A .cml file whose upload was cut off."
            "Copy the file again, or compile the model again."
        code
            "CML6103"
            "artefact of another format version"
            "Artefacts of another major format version are not read, because their parts have another meaning."
            "An artefact made by a later release."
            "Compile the model again with this release, or use the release that made it."
        code
            "CML6104"
            "no half of a model"
            "The file is not the client's or the server's half of a compiled model, or it is damaged."
            "concreteml encrypt model.cml --secret K --input x.npz -o x.enc"
            "Export the halves: concreteml export OUT.cml --client C.client --server S.server."
    ]

let private keys: Code list =
    [
        code
            "CML6201"
            "keys of other parameters"
            "The key file was made for another parameter set than this circuit's."
            "--keys FILE with a file that an earlier compilation of the model left."
            "Name another file; keys are made on demand and cached there."
        code
            "CML6202"
            "damaged key file"
            "The key file cannot be read as keys, or its checksum does not match."
            "A key file that was cut off."
            "Bring back a copy of the file, or name another one for new keys. A secret key decrypts what was encrypted under it: never delete one because it cannot be read."
        code
            "CML6203"
            "key file open to others"
            "The secret key file can be read by other users, so the secret may be known."
            "A key file copied with permission 644."
            "Make new keys in a file of your own (permission 600)."
        code
            "CML6204"
            "passphrase missing or wrong"
            "The secret key is encrypted under a passphrase; without it nobody can use the key, nor make it readable."
            "CONCRETEML_PASSPHRASE was set for keygen and not for decrypt."
            "Give the passphrase that the key was saved with."
        code
            "CML6205"
            "format version that this release does not read"
            "Keys, ciphertexts and halves of another major format version have another meaning and are not read."
            "A key that a later release made."
            "Use the release that made it, or make it again with this one. Keep a secret key as long as anything is encrypted under it."
        code
            "CML6206"
            "larger than the reader allows"
            "A header claims more bytes or samples than the model or the reader's limits allow; nothing was allocated."
            "Encrypted inputs of 100,000 samples in one request."
            "Send less at once, or raise the limit of the reader."
        code
            "CML6207"
            "damaged ciphertexts"
            "The data is no set of ciphertexts, was cut off, or its checksum does not match."
            "A download that stopped half way."
            "Send or copy the ciphertexts again."
        code
            "CML6208"
            "ciphertexts of another model or key"
            "Ciphertexts belong to one circuit and one secret key; with others they would decrypt to noise."
            "decrypt with the secret key of another client."
            "Use the key that encrypted, and the two halves of one artefact."
        code
            "CML6209"
            "secret key and evaluation key do not belong together"
            "The evaluation key beside the key file was made from another secret key, or the secret key's file is gone. Making a new pair would overwrite an evaluation key that others may have been given."
            "--keys FILE after FILE was moved away and FILE.evaluation was left."
            "Bring the secret key back, or name another file for new keys."
        code
            "CML6210"
            "secret key is there"
            "A file of a secret key is never overwritten: what was encrypted under the key could not be read any more."
            "keygen --secret FILE with the FILE of an earlier keygen."
            "Name another file for a new key; keygen --rotate makes a new evaluation key for the secret key that is there."
    ]

let private runs: Code list =
    [
        code
            "CML6301"
            "not executable on encrypted data"
            "No parameters were found for this circuit, so it runs in float and clear alone."
            "compile --bits 8 without --rounding, whose accumulators need more bits than a lookup takes."
            "Follow the diagnostic of the compilation, which is repeated: fewer bits, or --rounding."
        code
            "CML6302"
            "mode not available"
            "Clear, simulated and encrypted runs need a compiled artefact."
            "concreteml run model.onnx --mode simulate --input x.npz"
            "Compile the model and run the .cml file."
        code
            "CML6303"
            "the program is damaged"
            "The run time refuses a program whose parts do not fit together."
            "An artefact that was edited by hand."
            "Compile the model again."
        code
            "CML6304"
            "codes do not fit the module"
            "Integer codes that are given to a module directly must lie in the range that its inputs are encrypted with."
            "QuantizedForward with the code 1000 for an input of 5 bits."
            "Make codes with QuantizeInput."
        code
            "CML6305"
            "the model cannot be computed on these inputs"
            "An operator met shapes or values at run time for which ONNX defines no result."
            "A Reshape to 8x8 of an input with 60 elements."
            "Give inputs of the shapes that the model was exported for."
    ]

let all: Code list =
    List.concat [ files; arrays; samples; commands; artefacts; keys; runs ]
