// The flatten between two element-wise operations moves before both, so that they become one lookup.
// pass: hoist-movement

"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.relu"(%0) : (tensor<1x2x3xf32>) -> tensor<1x2x3xf32> loc("/Relu")
  %2 = "float.flatten"(%1) {axis = 1} : (tensor<1x2x3xf32>) -> tensor<1x6xf32> loc("/Flatten")
  %3 = "float.sqrt"(%2) : (tensor<1x6xf32>) -> tensor<1x6xf32> loc("/Sqrt")
  "float.return"(%3) : (tensor<1x6xf32>) -> ()
}) {name = "flatten_between", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.flatten"(%0) {axis = 1} : (tensor<1x2x3xf32>) -> tensor<1x6xf32> loc("/Flatten")
  %2 = "float.relu"(%1) : (tensor<1x6xf32>) -> tensor<1x6xf32> loc("/Relu")
  %3 = "float.sqrt"(%2) : (tensor<1x6xf32>) -> tensor<1x6xf32> loc("/Sqrt")
  "float.return"(%3) : (tensor<1x6xf32>) -> ()
}) {name = "flatten_between", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
