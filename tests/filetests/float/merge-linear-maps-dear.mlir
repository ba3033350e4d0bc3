// A bottleneck of one element: the product of both has 40,000 weights, more than a lookup of that element costs.
// pass: merge-linear-maps

"float.graph"() ({
^bb0(%0: tensor<1x200xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.5> : tensor<200x1xf32>} : () -> tensor<200x1xf32>
  %2 = "float.matmul"(%0, %1) : (tensor<1x200xf32>, tensor<200x1xf32>) -> tensor<1x1xf32> loc("/in/MatMul")
  %3 = "float.constant"() {value = dense<0.25> : tensor<1x200xf32>} : () -> tensor<1x200xf32>
  %4 = "float.matmul"(%2, %3) : (tensor<1x1xf32>, tensor<1x200xf32>) -> tensor<1x200xf32> loc("/out/MatMul")
  "float.return"(%4) : (tensor<1x200xf32>) -> ()
}) {name = "bottleneck", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x200xf32> loc("x")):
  %1 = "float.constant"() {value = dense<0.5> : tensor<200x1xf32>} : () -> tensor<200x1xf32>
  %2 = "float.matmul"(%0, %1) : (tensor<1x200xf32>, tensor<200x1xf32>) -> tensor<1x1xf32> loc("/in/MatMul")
  %3 = "float.constant"() {value = dense<0.25> : tensor<1x200xf32>} : () -> tensor<1x200xf32>
  %4 = "float.matmul"(%2, %3) : (tensor<1x1xf32>, tensor<1x200xf32>) -> tensor<1x200xf32> loc("/out/MatMul")
  "float.return"(%4) : (tensor<1x200xf32>) -> ()
}) {name = "bottleneck", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
