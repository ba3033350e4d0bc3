// Nothing but a movement: no region is formed.
// pass: form-regions

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.transpose"(%0) {perm = [1, 0]} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "float.return"(%1) : (tensor<2x1xf32>) -> ()
}) {name = "movement", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.transpose"(%0) {perm = [1, 0]} : (tensor<1x2xf32>) -> tensor<2x1xf32> loc("/Transpose")
  "planned.return"(%1) : (tensor<2x1xf32>) -> ()
}) {name = "movement", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
