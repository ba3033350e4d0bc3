// A scaler before and a softmax behind the product of matrices become the client's; the product and its bias stay.
// pass: cut-client-parts
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[0.5, -1.0]> : tensor<2xf32>} : () -> tensor<2xf32> loc("/Scaler")
  %2 = "float.sub"(%0, %1) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("/Scaler")
  %3 = "float.constant"() {value = dense<[[1.0, 2.0, -1.0], [0.5, 1.0, -1.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc("/MatMul")
  %4 = "float.matmul"(%2, %3) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc("/MatMul")
  %5 = "float.exp"(%4) : (tensor<1x3xf32>) -> tensor<1x3xf32> loc("/Softmax")
  %6 = "float.constant"() {value = dense<[1]> : tensor<1xi64>} : () -> tensor<1xi64> loc("/Softmax")
  %7 = "float.reducesum"(%5, %6) : (tensor<1x3xf32>, tensor<1xi64>) -> tensor<1x1xf32> loc("/Softmax")
  %8 = "float.div"(%5, %7) : (tensor<1x3xf32>, tensor<1x1xf32>) -> tensor<1x3xf32> loc("/Softmax")
  %9 = "float.argmax"(%4) {axis = 1, keepdims = false} : (tensor<1x3xf32>) -> tensor<1xi64> loc("/ArgMax")
  "float.return"(%9, %8) : (tensor<1xi64>, tensor<1x3xf32>) -> ()
}) {name = "classifier", inputs = [{name = "x"}], outputs = [{name = "label"}, {name = "scores"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.constant"() {value = dense<[[1.0, 2.0, -1.0], [0.5, 1.0, -1.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32> loc("/MatMul")
  %2 = "float.matmul"(%0, %1) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc("/MatMul")
  "float.return"(%2) : (tensor<1x3xf32>) -> ()
}) {name = "classifier", inputs = [{name = "x"}], outputs = [{name = "/MatMul"}], client_after = {inputs = [{name = "/MatMul", element = "f32", shape = [1, 3]}], steps = [{op = "float.exp", reads = [0], element = "f32", shape = [1, 3], from = ["/Softmax"]}, {op = "float.constant", reads = [], element = "i64", shape = [1], with = {value = dense<1> : tensor<1xi64>}, from = ["/Softmax"]}, {op = "float.reducesum", reads = [1, 2], element = "f32", shape = [1, 1], from = ["/Softmax"]}, {op = "float.div", reads = [1, 3], element = "f32", shape = [1, 3], from = ["/Softmax"]}, {op = "float.argmax", reads = [0], element = "i64", shape = [1], with = {axis = 1, keepdims = false}, from = ["/ArgMax"]}], outputs = [{name = "label", value = 5}, {name = "scores", value = 4}]}, client_before = {inputs = [{name = "x", element = "f32", shape = [1, 2]}], steps = [{op = "float.constant", reads = [], element = "f32", shape = [2], with = {value = dense<[0.5, -1.0]> : tensor<2xf32>}, from = ["/Scaler"]}, {op = "float.sub", reads = [0, 1], element = "f32", shape = [1, 2], from = ["/Scaler"]}], outputs = [{name = "x", value = 2}]}} : () -> ()
