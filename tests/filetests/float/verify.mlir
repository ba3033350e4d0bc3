// What the verifier says about graphs that can be read but mean nothing.

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.relu"(%0, %0) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("Relu_0") // error CML2001
  %2 = "float.relu"(%0) : (tensor<1x2xf32>) -> tensor<1x3xf32> loc("Relu_1") // error CML2002
  "float.return"(%2) : (tensor<1x3xf32>) -> ()
}) {name = "bad", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
