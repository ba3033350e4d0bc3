/// Operators of ONNX's versions before 10, with what ONNX Runtime 1.31.1 gives for them.
module ConcreteMl.Compiler.Core.Tests.Float.RetiredCases

let private row = "float32", [ 1; 4 ], [ -2.0; -0.5; 0.0; 1.5 ]

let private image =
    "float32", [ 1; 2; 2; 3 ], [ -2.0; -1.5; -1.0; -0.5; 0.0; 0.5; 1.0; 1.5; 2.0; 2.5; 3.0; 3.5 ]

/// As `ExporterCases.all`.
let all =
    [
        for name, attributes, expected in
            [
                "Affine", "alpha = 1.5, beta = 0.5", [ -2.5; -0.25; 0.5; 2.75 ]
                "ParametricSoftplus", "alpha = 1.5, beta = 0.5", [ 0.4698924; 0.8639091; 1.039721; 1.705307 ]
                "ScaledTanh", "alpha = 1.5, beta = 0.5", [ -1.142391; -0.367378; 0.0; 0.9527234 ]
                "Scale", "scale = 2.5", [ -5.0; -1.25; 0.0; 3.75 ]
            ] do
            name, 1e-5, $"(float[1,4] x) => (float[1,4] y) {{ y = {name} <{attributes}> (x) }}", [ row ], [ expected ]
        for title, name, attributes, shape, expected in
            [
                "ImageScaler",
                "ImageScaler",
                "bias = [0.5, -1.0], scale = 2.0",
                "1,2,2,3",
                [ -3.5; -2.5; -1.5; -0.5; 0.5; 1.5; 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ]
                "Crop, borders", "Crop", "border = [1, 0, 1, 1]", "1,2,1,1", [ -1.5; 1.5 ]
                "Crop, a size", "Crop", "border = [1, 0, 0, 0], scale = [1, 2]", "1,2,1,2", [ -1.5; -1.0; 1.5; 2.0 ]
            ] do
            title, 1e-5, $"(float[1,2,2,3] x) => (float[{shape}] y) {{ y = {name} <{attributes}> (x) }}", [ image ], [ expected ]
    ]
