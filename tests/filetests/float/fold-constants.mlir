// Two constants that meet become one at compile time; what depends on the input stays.
// pass: fold-constants
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("a")
  %2 = "float.constant"() {value = dense<[0.5, 0.25]> : tensor<2xf32>} : () -> tensor<2xf32> loc("b")
  %3 = "float.add"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("Add_1")
  %4 = "float.mul"(%0, %3) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("Mul_2")
  "float.return"(%4) : (tensor<1x2xf32>) -> ()
}) {name = "two_adds", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[1.5, 2.25]> : tensor<2xf32>} : () -> tensor<2xf32> loc("Add_1")
  %2 = "float.mul"(%0, %1) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("Mul_2")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "two_adds", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
