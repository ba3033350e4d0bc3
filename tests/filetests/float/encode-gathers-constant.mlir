// A movement of encrypted values by constant positions needs no encoding.
// pass: encode-gathers

"float.graph"() ({
^bb0(%0: tensor<1x3xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[2, 0]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Gather")
  %2 = "float.gather"(%0, %1) {axis = 1} : (tensor<1x3xf32>, tensor<2xi64>) -> tensor<1x2xf32> loc("/Gather")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "moved", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x3xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[2, 0]> : tensor<2xi64>} : () -> tensor<2xi64> loc("/Gather")
  %2 = "float.gather"(%0, %1) {axis = 1} : (tensor<1x3xf32>, tensor<2xi64>) -> tensor<1x2xf32> loc("/Gather")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "moved", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
