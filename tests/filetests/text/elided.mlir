// A text whose constants were left out cannot be read back.
"float.graph"() ({ // error CML9009
^bb0(%0: tensor<1x32xf32> loc("x")):
  %1 = "float.constant"() {value = dense_resource<elided_0011223344556677> : tensor<32xf32>} : () -> tensor<32xf32> loc("w")
  %2 = "float.add"(%0, %1) : (tensor<1x32xf32>, tensor<32xf32>) -> tensor<1x32xf32> loc("Add_0")
  "float.return"(%2) : (tensor<1x32xf32>) -> ()
}) {name = "elided", inputs = [{name = "x"}], outputs = [{name = "y"}], elided = true} : () -> ()
