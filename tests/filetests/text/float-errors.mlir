// Every error of a text is reported at its place, not only the first.

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.rely"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Relu_0") // error CML9002
  %2 = "float.relu"(%0) {alpha = 1.0} : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9004
  %3 = "float.relu"(%9) : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9005
  %4 = "float.relu"(%0 : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9001
  %5 = "float.relu"(%0) : (tensor<1x3xf32>) -> tensor<1x3xf32> // error CML9006
  %6 = "float.flatten"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9003
  %7 = "float.flatten"(%0) {axis = "one"} : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9003
  %8 = "float.relu"(%0) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9007
  %0 = "float.relu"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9005
  %10 = "float.relu"(%0) : (tensor<1x2xf32>) -> tensor<1x2x!quant.uniform<i4:f32, 1.0>> // error CML9006
  %11 = "float.constant"() {value = dense<[1.0, 2.0]> : tensor<3xf32>} : () -> tensor<3xf32> // error CML9001
  %12 = "float.constant"() {value = dense_resource<missing> : tensor<3xf32>} : () -> tensor<3xf32> // error CML9008
  %13 = "float.add"(%1, %4) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  "float.return"(%13) : (tensor<1x2xf32>) -> ()
}) {name = "bad", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
