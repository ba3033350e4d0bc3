// Two transposes that undo each other, and a reshape to the same shape, are nothing.
// pass: drop-identities, remove-dead-nodes
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.transpose"(%0) {perm = [0, 2, 1]} : (tensor<1x2x3xf32>) -> tensor<1x3x2xf32> loc("/Transpose")
  %2 = "float.transpose"(%1) {perm = [0, 2, 1]} : (tensor<1x3x2xf32>) -> tensor<1x2x3xf32> loc("/Transpose_1")
  %3 = "float.constant"() {value = dense<[1, 2, 3]> : tensor<3xi64>} : () -> tensor<3xi64> loc("/Constant")
  %4 = "float.reshape"(%2, %3) : (tensor<1x2x3xf32>, tensor<3xi64>) -> tensor<1x2x3xf32> loc("/Reshape")
  %5 = "float.relu"(%4) : (tensor<1x2x3xf32>) -> tensor<1x2x3xf32> loc("/Relu")
  "float.return"(%5) : (tensor<1x2x3xf32>) -> ()
}) {name = "there_and_back", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2x3xf32> loc("x")):
  %1 = "float.relu"(%0) : (tensor<1x2x3xf32>) -> tensor<1x2x3xf32> loc("/Relu")
  "float.return"(%1) : (tensor<1x2x3xf32>) -> ()
}) {name = "there_and_back", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
