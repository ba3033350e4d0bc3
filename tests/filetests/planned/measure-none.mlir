// Ranges that are there already stay as they are.
// pass: measure
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x1xf32> loc("x")):
  %1 = "planned.constant"() {value = dense<0.5> : tensor<1xf64>, seen = [0.5, 0.5]} : () -> tensor<1xf32> loc("/c")
  "planned.return"(%1) : (tensor<1xf32>) -> ()
}) {name = "nothing", inputs = [{name = "x", seen = [-3.97, 3.86]}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x1xf32> loc("x")):
  %1 = "planned.constant"() {value = dense<0.5> : tensor<1xf64>, seen = [0.5, 0.5]} : () -> tensor<1xf32> loc("/c")
  "planned.return"(%1) : (tensor<1xf32>) -> ()
}) {name = "nothing", inputs = [{name = "x", seen = [-3.799999952316284, 3.630000114440918]}], outputs = [{name = "y"}]} : () -> ()
