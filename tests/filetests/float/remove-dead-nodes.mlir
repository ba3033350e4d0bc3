// What no output needs is dropped; inputs stay, since callers count them.
// pass: remove-dead-nodes
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x"), %1: tensor<1x2xf32> loc("unused")):
  %2 = "float.exp"(%1) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Exp_0")
  %3 = "float.relu"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Relu_1")
  %4 = "float.add"(%2, %3) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("Add_2")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "dead", inputs = [{name = "x"}, {name = "unused"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x"), %1: tensor<1x2xf32> loc("unused")):
  %2 = "float.relu"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("Relu_1")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "dead", inputs = [{name = "x"}, {name = "unused"}], outputs = [{name = "y"}]} : () -> ()
