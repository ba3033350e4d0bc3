/// Graphs of one operator each, with what ONNX Runtime 1.31.1 gives for them.
module ConcreteMl.Compiler.Core.Tests.Float.ExporterCases

/// Name, tolerance (absolute, and of the value), graph, inputs by element type, shape and values, outputs.
let all =
    [
        "Det",
        1e-4,
        "(float[2,3,3] x) => (float[2] y) { y = Det (x) }",
        [
            ("float32",
             [ 2; 3; 3 ],
             [
                 0.03
                 1.36
                 1.22
                 -0.51
                 -0.3
                 -0.53
                 0.57
                 -0.06
                 0.75
                 -1.85
                 1.57
                 -0.1
                 0.68
                 -0.14
                 -0.38
                 0.46
                 0.82
                 -0.2
             ])
        ],
        [ [ 0.347592; -0.751376 ] ]
        "TfIdfVectorizer, counts weighed, with gaps",
        1e-4,
        "(int64[2,5] x) => (float[2,N] y) { y = TfIdfVectorizer <mode = \"TFIDF\", min_gram_length = 1, max_gram_length = 2, max_skip_count = 1, ngram_counts = [0, 3], ngram_indexes = [4, 0, 2, 1, 3], pool_int64s = [1, 2, 5, 1, 2, 2, 2], weights = [0.5, 2.0, 1.5, 3.0, 0.25]> (x) }",
        [ ("int64", [ 2; 5 ], [ 1.0; 2.0; 2.0; 2.0; 1.0; 5.0; 1.0; 1.0; 2.0; 0.0 ]) ],
        [ [ 6.0; 6.0; 0.0; 0.75; 1.0; 2.0; 6.0; 1.5; 0.0; 1.0 ] ]
        "TfIdfVectorizer, occurrence",
        1e-4,
        "(int64[1,4] x) => (float[1,N] y) { y = TfIdfVectorizer <mode = \"IDF\", min_gram_length = 2, max_gram_length = 2, max_skip_count = 0, ngram_counts = [0, 2], ngram_indexes = [0, 1, 2, 3], pool_int64s = [1, 2, 1, 2, 2, 2]> (x) }",
        [ ("int64", [ 1; 4 ], [ 1.0; 2.0; 2.0; 2.0 ]) ],
        [ [ 0.0; 0.0; 1.0; 1.0 ] ]
        "CDist euclidean",
        1e-4,
        "(float[2,3] x) => (float[2,4] y) <float[4,3] b = {-1.92, -0.81, -0.47, -1.19, -1.49, 0.04, 0.9, -0.23, -0.74, 0.38, 0.72, -0.3}> { y = com.microsoft.CDist <metric = \"euclidean\"> (x, b) }",
        [ ("float32", [ 2; 3 ], [ -0.15; 0.69; -0.87; -1.51; 0.39; -0.67 ]) ],
        [
            [
                2.354337
                2.581104
                1.40207
                0.7789094
                1.283784
                2.03492
                2.489458
                1.953945
            ]
        ]
        "CDist sqeuclidean",
        1e-4,
        "(float[2,3] x) => (float[2,4] y) <float[4,3] b = {1.1, -1.28, -0.66, -0.84, -1.73, 0.13, 0.53, -0.74, 1.39, 0.82, 0.63, 0.4}> { y = com.microsoft.CDist <metric = \"sqeuclidean\"> (x, b) }",
        [ ("float32", [ 2; 3 ], [ 0.54; 1.04; -0.21; -0.81; 0.35; 0.25 ]) ],
        [ [ 5.8985; 9.6929; 5.7285; 0.6186; 7.1331; 4.341701; 4.2833; 2.7578 ] ]
        "GatherElements by data",
        1e-4,
        "(float[2,3] x, int64[2,2] i) => (float[2,2] y) { y = GatherElements <axis = 1> (x, i) }",
        [
            ("float32", [ 2; 3 ], [ 0.96; -1.33; 0.61; 0.6; -1.77; 0.35 ])
            ("int64", [ 2; 2 ], [ 2.0; -1.0; 0.0; 1.0 ])
        ],
        [ [ 0.61; 0.61; 0.6; -1.77 ] ]
        "GatherND by data",
        1e-4,
        "(float[2,3] x, int64[2,2] i) => (float[2] y) { y = GatherND (x, i) }",
        [
            ("float32", [ 2; 3 ], [ -0.25; 0.78; -0.44; -0.02; 0.34; -0.88 ])
            ("int64", [ 2; 2 ], [ 1.0; 2.0; 0.0; -2.0 ])
        ],
        [ [ -0.88; 0.78 ] ]
        "Unique of a constant",
        1e-4,
        "(float[3] x) => (float[3] y, int64[4] i) <float[4] c = {2, 1, 2, 3}> { v, p, i, n = Unique (c) y = Add (x, v) }",
        [ ("float32", [ 3 ], [ 0.6; -0.1; 0.49 ]) ],
        [ [ 1.6; 1.9; 3.49 ]; [ 1.0; 0.0; 1.0; 2.0 ] ]
        "EmbedLayerNormalization",
        1e-4,
        "(int32[1,3] x, int32[1,3] s) => (float[1,3,4] y, int32[1] m) <float[3,4] w = {-1.31, 0.24, 1.51, 2.02, -1.78, -0.57, 0.7, 1.58, 0.42, -0.75, 0.3, -0.02}, float[5,4] p = {-0.2, -0.73, 0.39, 0.31, -0.09, -0.22, -1.28, -0.49, 1.21, -0.19, -1.44, 1.33, 0.53, 2.11, 0.06, -0.46, -1.45, 1.32, 2.57, -0.82}, float[2,4] t = {-0.65, 0.6, -0.83, -0.27, -0.35, 0.19, 1.09, 0.02}, float[4] g = {0.92, -0.42, 0.33, -2.14}, float[4] b = {-1.45, 0.8, -0.59, 0.58}> { y, m = com.microsoft.EmbedLayerNormalization <epsilon = 1e-5> (x, s, w, p, t, g, b) }",
        [
            ("int32", [ 1; 3 ], [ 2.0; 0.0; 1.0 ])
            ("int32", [ 1; 3 ], [ 0.0; 1.0; 1.0 ])
        ],
        [
            [
                -1.644975
                1.441489
                -0.3801896
                -1.781481
                -2.918423
                0.8394334
                -0.3402362
                -1.416922
                -2.285135
                1.083678
                -0.611358
                -2.946507
            ]
            [ 0.0 ]
        ]
        "TransposeMatMul",
        1e-4,
        "(float[2,3] x) => (float[2,2] y) <float[2,3] b = {-0.73, -0.49, -1.13, -0.55, -0.09, 0.25}> { y = com.microsoft.TransposeMatMul <alpha = 0.5, transB = 1> (x, b) }",
        [ ("float32", [ 2; 3 ], [ 0.54; 1.32; 0.81; 1.02; -0.11; -0.7 ]) ],
        [ [ -0.97815; -0.10665; 0.05015; -0.36305 ] ]
        "FusedMatMul",
        1e-4,
        "(float[3,2] x) => (float[2,2] y) <float[3,2] b = {-0.64, -0.72, 2.01, 0.76, 1.83, 2.13}> { y = com.microsoft.FusedMatMul <alpha = 0.5, transA = 1> (x, b) }",
        [ ("float32", [ 3; 2 ], [ -0.34; -1.92; -0.07; 0.23; 1.08; 0.58 ]) ],
        [ [ 1.02665; 1.246; 1.37625; 1.3963 ] ]
        "BiasGelu",
        1e-4,
        "(float[2,3] x) => (float[2,3] y) <float[3] b = {0.17, -1.5, -0.17}> { y = com.microsoft.BiasGelu (x, b) }",
        [ ("float32", [ 2; 3 ], [ -0.82; 0.39; 0.46; 0.56; 0.54; 0.2 ]) ],
        [ [ -0.1676; -0.1481845; 0.1780867; 0.5601326; -0.1617865; 0.01535899 ] ]
        "FastGelu",
        1e-4,
        "(float[2,3] x) => (float[2,3] y) <float[3] b = {0.32, 0.09, -0.45}> { y = com.microsoft.FastGelu (x, b) }",
        [ ("float32", [ 2; 3 ], [ -0.75; 0.13; -0.47; 0.62; 0.82; 0.31 ]) ],
        [ [ -0.1434569; 0.1291534; -0.1646079; 0.7766762; 0.7447948; -0.06220632 ] ]
        "Gelu",
        1e-4,
        "(float[3] x) => (float[3] y) { y = com.microsoft.Gelu (x) }",
        [ ("float32", [ 3 ], [ -0.16; -0.5; 0.39 ]) ],
        [ [ -0.06983048; -0.1542688; 0.2541754 ] ]
        "QuickGelu",
        1e-4,
        "(float[3] x) => (float[3] y) { y = com.microsoft.QuickGelu (x) }",
        [ ("float32", [ 3 ], [ 0.01; 0.58; -1.33 ]) ],
        [ [ 0.005042549; 0.4225454; -0.1252563 ] ]
        "FusedConv",
        1e-4,
        "(float[1,1,3,3] x) => (float[1,2,2,2] y) <float[2,1,2,2] w = {1.31, 0.04, -1.17, 0.01, -1.56, 1.79, -1.52, 0.48}, float[2] b = {0.54, -1.45}> { y = com.microsoft.FusedConv <activation = \"LeakyRelu\", activation_params = [0.1], kernel_shape = [2, 2]> (x, w, b) }",
        [
            ("float32", [ 1; 1; 3; 3 ], [ 0.89; -0.76; -0.73; -0.2; -0.56; 0.29; -0.57; -1.07; -0.85 ])
        ],
        [
            [ 1.9039; 0.1733001; 0.9118; 1.0614; -0.41636; -0.05807002; -0.17876; 1.1611 ]
        ]
        "FusedGemm",
        1e-4,
        "(float[2,3] x) => (float[2,2] y) <float[2,3] w = {0.34, -0.13, 0.63, -0.94, 0.79, -0.51}, float[2] b = {-1.09, 0.37}> { y = com.microsoft.FusedGemm <activation = \"Relu\", transB = 1> (x, w, b) }",
        [ ("float32", [ 2; 3 ], [ 0.3; 1.0; 0.47; 0.26; 0.95; 0.16 ]) ],
        [ [ 0.0; 0.6383001; 0.0; 0.7945 ] ]
        "SkipLayerNormalization",
        1e-4,
        "(float[1,2,4] x, float[1,2,4] s) => (float[1,2,4] y) <float[4] g = {-0.03, 1.09, -0.26, -1.91}, float[4] b = {0.15, 0.45, -0.43, 0.3}, float[4] c = {0.57, -0.86, -1.48, -0.22}> { y = com.microsoft.SkipLayerNormalization <epsilon = 1e-5> (x, s, g, b, c) }",
        [
            ("float32", [ 1; 2; 4 ], [ 1.69; 0.96; -0.52; 0.7; -0.45; -0.12; 0.09; -2.32 ])
            ("float32", [ 1; 2; 4 ], [ 0.19; -1.03; -0.7; -1.47; -1.52; -0.94; 0.83; 1.67 ])
        ],
        [
            [
                0.1019451
                0.2239104
                -0.1297338
                0.7575186
                0.1622897
                -1.089198
                -0.7445194
                -0.8690615
            ]
        ]
        "SkipSimplifiedLayerNormalization",
        1e-4,
        "(float[1,2,4] x, float[1,2,4] s) => (float[1,2,4] y) <float[4] g = {0.37, -0.56, 1.54, -1.25}> { y = com.microsoft.SkipSimplifiedLayerNormalization <epsilon = 1e-5> (x, s, g) }",
        [
            ("float32", [ 1; 2; 4 ], [ -0.21; -0.35; 0.99; 1.73; -0.42; 0.7; 0.94; 0.71 ])
            ("float32", [ 1; 2; 4 ], [ 1.05; -0.39; 0.74; 2.02; 0.8; -0.62; 0.61; 1.26 ])
        ],
        [
            [
                0.1452723
                0.1936965
                1.245285
                -2.191004
                0.1108579
                -0.03532314
                1.882061
                -1.94159
            ]
        ]
        "Attention",
        1e-4,
        "(float[1,2,4] x) => (float[1,2,4] y) <float[4,12] w = {-1.9, -0.69, 0.26, 0.64, 0.17, 0.05, 0.47, -0.21, 1.18, 0.15, 0.29, 0.54, -1.06, -0.71, 1.53, 0.34, -0.28, 0.34, -0.48, 0.28, -0.67, 0.28, -1.58, 1.33, -0.51, -1.58, -0.22, -0.37, 0.15, -1.15, 0.4, 3.62, -1.28, 0.34, -0.31, 0.19, -1.81, -1.15, 0.46, -0.04, 1.64, -0.7, 0.17, 2.91, -0.77, -0.9, -0.04, -0.04}, float[12] b = {0.84, 0.13, -0.76, 0.21, 2.64, 1.27, -2.78, -0.14, -0.88, 0.62, -0.17, 1.93}> { y = com.microsoft.Attention <num_heads = 2> (x, w, b) }",
        [
            ("float32", [ 1; 2; 4 ], [ 0.5; -0.02; -1.19; 1.22; 0.35; -1.17; 0.6; -0.43 ])
        ],
        [
            [
                -0.08122065
                0.7771244
                1.266555
                1.017322
                0.2888222
                -0.7379549
                0.4833944
                1.751588
            ]
        ]
        "MultiHeadAttention",
        1e-4,
        "(float[1,2,4] x) => (float[1,2,4] y) { y = com.microsoft.MultiHeadAttention <num_heads = 2> (x, x, x) }",
        [
            ("float32", [ 1; 2; 4 ], [ 0.93; 0.89; 0.19; -0.04; 0.34; 1.3; 0.53; -0.35 ])
        ],
        [
            [
                0.6541431
                1.081697
                0.3646269
                -0.1992186
                0.60049
                1.118981
                0.377292
                -0.2107663
            ]
        ]
        "QLinearAdd",
        1e-4,
        "(uint8[4] x, uint8[4] w) => (uint8[4] y) <float a = {0.02}, uint8 az = {120}, float b = {0.03}, uint8 bz = {130}, float o = {0.05}, uint8 oz = {110}> { y = com.microsoft.QLinearAdd (x, a, az, w, b, bz, o, oz) }",
        [
            ("uint8", [ 4 ], [ 16.0; 111.0; 170.0; 130.0 ])
            ("uint8", [ 4 ], [ 37.0; 194.0; 177.0; 18.0 ])
        ],
        [ [ 13.0; 145.0; 158.0; 47.0 ] ]
        "QLinearMul",
        1e-4,
        "(uint8[4] x, uint8[4] w) => (uint8[4] y) <float a = {0.02}, uint8 az = {120}, float b = {0.03}, uint8 bz = {130}, float o = {0.05}, uint8 oz = {110}> { y = com.microsoft.QLinearMul (x, a, az, w, b, bz, o, oz) }",
        [
            ("uint8", [ 4 ], [ 49.0; 172.0; 31.0; 12.0 ])
            ("uint8", [ 4 ], [ 93.0; 63.0; 91.0; 184.0 ])
        ],
        [ [ 142.0; 68.0; 152.0; 40.0 ] ]
        "QLinearSigmoid",
        1e-4,
        "(uint8[4] x) => (uint8[4] y) <float a = {0.02}, uint8 az = {120}, float o = {0.00390625}, uint8 oz = {0}> { y = com.microsoft.QLinearSigmoid (x, a, az, o, oz) }",
        [ ("uint8", [ 4 ], [ 58.0; 174.0; 149.0; 103.0 ]) ],
        [ [ 57.0; 191.0; 164.0; 106.0 ] ]
        "QLinearLeakyRelu",
        1e-4,
        "(uint8[4] x) => (uint8[4] y) <float a = {0.02}, uint8 az = {120}, float o = {0.02}, uint8 oz = {60}> { y = com.microsoft.QLinearLeakyRelu <alpha = 0.1> (x, a, az, o, oz) }",
        [ ("uint8", [ 4 ], [ 28.0; 75.0; 95.0; 211.0 ]) ],
        [ [ 51.0; 56.0; 58.0; 151.0 ] ]
        "QLinearConcat",
        1e-4,
        "(uint8[1,2] x, uint8[1,2] w) => (uint8[1,4] y) <float a = {0.02}, uint8 az = {120}, float b = {0.03}, uint8 bz = {130}, float o = {0.05}, uint8 oz = {110}> { y = com.microsoft.QLinearConcat <axis = 1> (o, oz, x, a, az, w, b, bz) }",
        [ ("uint8", [ 1; 2 ], [ 0.0; 70.0 ]); ("uint8", [ 1; 2 ], [ 190.0; 7.0 ]) ],
        [ [ 62.0; 90.0; 146.0; 36.0 ] ]
        "QLinearGlobalAveragePool",
        1e-4,
        "(uint8[1,2,2,2] x) => (uint8[1,2,1,1] y) <float a = {0.02}, uint8 az = {120}, float o = {0.02}, uint8 oz = {118}> { y = com.microsoft.QLinearGlobalAveragePool (x, a, az, o, oz) }",
        [
            ("uint8", [ 1; 2; 2; 2 ], [ 147.0; 63.0; 119.0; 5.0; 61.0; 206.0; 244.0; 31.0 ])
        ],
        [ [ 82.0; 134.0 ] ]
        "QLinearAveragePool",
        1e-4,
        "(uint8[1,1,3,3] x) => (uint8[1,1,2,2] y) <float a = {0.02}, uint8 az = {120}, float o = {0.02}, uint8 oz = {118}> { y = com.microsoft.QLinearAveragePool <kernel_shape = [2, 2]> (x, a, az, o, oz) }",
        [
            ("uint8", [ 1; 1; 3; 3 ], [ 227.0; 248.0; 165.0; 54.0; 167.0; 78.0; 86.0; 149.0; 37.0 ])
        ],
        [ [ 172.0; 162.0; 112.0; 106.0 ] ]
        "QLinearSoftmax",
        1e-4,
        "(uint8[1,4] x) => (uint8[1,4] y) <float a = {0.02}, uint8 az = {120}, float o = {0.00390625}, uint8 oz = {0}> { y = com.microsoft.QLinearSoftmax <axis = -1, opset = 13> (x, a, az, o, oz) }",
        [ ("uint8", [ 1; 4 ], [ 78.0; 240.0; 96.0; 160.0 ]) ],
        [ [ 8.0; 197.0; 11.0; 40.0 ] ]
        "QLinearWhere",
        1e-4,
        "(bool[4] k, uint8[4] x, uint8[4] w) => (uint8[4] y) <float a = {0.02}, uint8 az = {120}, float b = {0.03}, uint8 bz = {130}, float o = {0.05}, uint8 oz = {110}> { y = com.microsoft.QLinearWhere (k, x, a, az, w, b, bz, o, oz) }",
        [
            ("bool", [ 4 ], [ 1.0; 0.0; 1.0; 0.0 ])
            ("uint8", [ 4 ], [ 26.0; 183.0; 99.0; 153.0 ])
            ("uint8", [ 4 ], [ 6.0; 46.0; 57.0; 32.0 ])
        ],
        [ [ 72.0; 60.0; 102.0; 51.0 ] ]
        "QGemm",
        1e-4,
        "(uint8[2,3] x) => (uint8[2,2] y) <uint8[2,3] w = {173, 138, 225, 210, 75, 82}, int32[2] c = {5, -7}, float a = {0.02}, uint8 az = {120}, float b = {0.03}, uint8 bz = {130}, float o = {0.05}, uint8 oz = {110}> { y = com.microsoft.QGemm <transB = 1> (x, a, az, w, b, bz, c, o, oz) }",
        [ ("uint8", [ 2; 3 ], [ 231.0; 129.0; 71.0; 62.0; 69.0; 61.0 ]) ],
        [ [ 112.0; 239.0; 8.0; 122.0 ] ]
        "MatMulIntegerToFloat",
        1e-4,
        "(uint8[2,3] x) => (float[2,2] y) <uint8[3,2] w = {156, 186, 45, 167, 46, 25}, float[2] c = {0.99, 0.39}, float a = {0.02}, float b = {0.03}, uint8 az = {120}, uint8 bz = {130}> { y = com.microsoft.MatMulIntegerToFloat (x, w, a, b, az, bz, c) }",
        [ ("uint8", [ 2; 3 ], [ 95.0; 212.0; 182.0; 113.0; 201.0; 159.0 ]) ],
        [ [ -7.2168; -2.3136; -5.215799; -0.5039999 ] ]
        "DynamicQuantizeMatMul",
        0.05,
        "(float[2,3] x) => (float[2,2] y) <uint8[3,2] w = {193, 9, 173, 21, 98, 68}, float b = {0.03}, uint8 bz = {130}, float[2] c = {-2.36, 0.44}> { y = com.microsoft.DynamicQuantizeMatMul (x, w, b, bz, c) }",
        [ ("float32", [ 2; 3 ], [ -0.56; -0.75; 0.12; 0.26; 0.61; -1.27 ]) ],
        [ [ -4.502315; 4.713572; 0.1344283; -0.13904 ] ]
        "MatMulNBits",
        1e-4,
        "(float[2,16] x) => (float[2,2] y) <uint8[2,1,8] w = {87, 247, 65, 236, 64, 224, 243, 65, 80, 25, 221, 42, 151, 84, 250, 164}, float[2] s = {0.1, 0.2}> { y = com.microsoft.MatMulNBits <K = 16, N = 2, bits = 4, block_size = 16> (x, w, s) }",
        [
            ("float32",
             [ 2; 16 ],
             [
                 -0.54
                 0.43
                 -0.49
                 0.36
                 1.56
                 0.35
                 0.43
                 0.37
                 -0.75
                 0.54
                 -0.21
                 -0.81
                 -0.04
                 -0.23
                 0.75
                 -0.04
                 -0.53
                 1.46
                 0.99
                 1.27
                 0.61
                 -0.11
                 -0.42
                 -0.28
                 0.95
                 0.11
                 -1.48
                 -0.04
                 -1.42
                 0.17
                 -1.2
                 -1.26
             ])
        ],
        [ [ -1.196; 1.6; 2.215; 0.2260001 ] ]
        "GatherBlockQuantized",
        1e-4,
        "(int64[2] x) => (float[2,16] y) <uint8[3,8] w = {41, 195, 240, 144, 196, 183, 144, 205, 180, 45, 184, 142, 114, 152, 161, 31, 58, 197, 5, 29, 172, 49, 120, 202}, float[3,1] s = {0.1, 0.2, 0.3}> { y = com.microsoft.GatherBlockQuantized <block_size = 16, quantize_axis = 1> (w, x, s) }",
        [ ("int64", [ 2 ], [ 2.0; 0.0 ]) ],
        [
            [
                0.6
                -1.5
                -0.9
                1.2
                -0.9
                -2.4
                1.5
                -2.1
                1.2
                0.6
                -2.1
                -1.5
                0.0
                -0.3
                0.6
                1.2
                0.1
                -0.6
                -0.5
                0.4
                -0.8
                0.7
                -0.8
                0.1
                -0.4
                0.4
                -0.1
                0.3
                -0.8
                0.1
                0.5
                0.4
            ]
        ]
        "SimplifiedLayerNormalization in ai.onnx",
        1e-5,
        "(float[1,4] x) => (float[1,4] y) <float[4] s = {1.0, 2.0, 1.0, 0.5}> { y = SimplifiedLayerNormalization <epsilon = 0.00001> (x, s) }",
        [ ("float32", [ 1; 4 ], [ -2.0; -0.5; 0.0; 1.5 ]) ],
        [ [ -1.5689242; -0.7844621; 0.0; 0.5883466 ] ]
    ]
