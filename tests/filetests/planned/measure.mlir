// The range of every value over 40 samples; the samples themselves stay beside the graph.
// pass: measure
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, bias = dense<[0.125, -0.5]> : tensor<2xf64>} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "chain", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, -1.0], [2.0, 0.25]]> : tensor<2x2xf64>, bias = dense<[0.125, -0.5]> : tensor<2xf64>, seen = [-8.46500015258789, 8.260000228881836]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.sigmoid"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "sigmoid(x)", seen = [0.00021067142370156944, 0.9997414350509644]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "planned.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "chain", inputs = [{name = "x", seen = [-3.859999895095825, 3.6700000762939453]}], outputs = [{name = "y"}]} : () -> ()
