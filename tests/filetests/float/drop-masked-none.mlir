// A constant that all elements share is no mask, however large: inputs may be as large.
// pass: drop-masked

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<-20000.0> : tensor<f32>} : () -> tensor<f32> loc("/Constant")
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("/Add")
  %3 = "float.relu"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Relu")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "bias", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<-20000.0> : tensor<f32>} : () -> tensor<f32> loc("/Constant")
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("/Add")
  %3 = "float.relu"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Relu")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "bias", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
