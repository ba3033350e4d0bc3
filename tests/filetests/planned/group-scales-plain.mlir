// What a weighted operation only adds shares a scale; results have roles by column and by what they are made of.
// pass: group-scales

"planned.graph"() ({
^bb0(%0: tensor<2x3xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, 0.0], [-0.5, 0.0], [0.0, 2.0]]> : tensor<3x2xf64>} : (tensor<2x3xf32>) -> tensor<2x2xf32> loc("/MatMul")
  "planned.return"(%1) : (tensor<2x2xf32>) -> ()
}) {name = "plain", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<2x3xf32> loc("x")):
  %1 = "planned.matmul"(%0) {weights = dense<[[0.5, 0.0], [-0.5, 0.0], [0.0, 2.0]]> : tensor<3x2xf64>, classes = "each", groups = "each"} : (tensor<2x3xf32>) -> tensor<2x2xf32> loc("/MatMul")
  "planned.return"(%1) : (tensor<2x2xf32>) -> ()
}) {name = "plain", inputs = [{name = "x", classes = dense<[0, 0, 2, 3, 3, 5]> : tensor<6xi8>, groups = "each"}], outputs = [{name = "y"}]} : () -> ()
