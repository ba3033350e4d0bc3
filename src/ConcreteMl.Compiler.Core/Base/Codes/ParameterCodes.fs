/// Diagnostic codes 5xxx: parameters for encrypted execution.
module ConcreteMl.Compiler.Core.Base.Codes.ParameterCodes

let all: Code list =
    [
        code
            "CML5001"
            "No parameters for a lookup"
            "A lookup (or exact rounding) decides on a ciphertext whose noise must stay well inside one code's share of the torus. The more bits its operand has and the larger the weights before it, the less noise is allowed; here no secure parameters of the searched ranges are precise enough, or the lookup reads more than 16 bits. The artefact is written all the same and runs in float and clear."
            "A dense layer with 8-bit weights over 784 inputs: 17-bit accumulators before Relu."
            "Round accumulators (`--rounding 6`), use fewer bits (`--bits 4`), or allow more failures (`--p-error`). The message names a setting that works."
        code
            "CML5002"
            "No parameters for an output"
            "The client decodes an output by rounding to the nearest code; with the output's width and the weights that lead to it, no parameters of the searched ranges keep its noise below half a code."
            "A linear model with 24-bit outputs."
            "Use fewer bits (`--bits`), or allow more failures (`--p-error`)."
        code
            "CML5003"
            "A level of security that is not offered"
            "Parameters are chosen on a line of noise by dimension that the lattice estimator gave for one level of security; there are lines for 128 and 132 bits."
            "`{ Settings.defaults with Security = 100 }`."
            "Leave the level out: the default is 132 bits."
        code
            "CML5004"
            "A pass before the passes that it builds on"
            "Parameters are searched for groups of bootstraps and for noise that stand in the circuit's text: noise is written by analyse-noise, digits by split-digits, groups by group-lookups."
            "`concreteml opt circuit.mlir --pass search-parameters` on the text that `lower` left."
            "Run analyse-noise, split-digits and group-lookups before, in this order."
        code
            "CML5005"
            "No rounding that runs encrypted keeps the error"
            "The compiler chooses the cheapest rounding with at most a tenth more error than without rounding. Here every setting with parameters has more: the most accurate of them was taken, and approximate rounding where no exact one has parameters."
            "A network of 8 bits whose accumulators of 17 bits are read by a function that needs all of them."
            "Use fewer bits (`--bits`), whose accumulators are narrower, or accept the setting by naming it (`--rounding 8`)."
        code
            "CML5006"
            "No setting meets the target"
            "A tuning looks for bits, rounding and tolerated failures that reach an accuracy, an error or a time; none of those that it looked at does. The message says the best that was reached."
            "`concreteml tune` with `--target accuracy=1` for a classifier that errs on some validation samples without any quantization."
            "Ask for less (`--target`), give more time (`--budget`), or train the model for fewer bits. `concreteml score --mode float` says what the unquantized model reaches."
        code
            "CML5007"
            "No setting was simulated in time"
            "The budget of a tuning ended before the first setting was quantized, priced and simulated, so that nothing can be chosen."
            "A network with a hundred thousand lookups and `--budget 5s`."
            "Give more time (`--budget 30m`), or fewer validation samples."
    ]
