// Without samples that show a mask, what is added to scores is no mask.
// pass: bound-masks
// idempotent

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("scores"), %1: tensor<1x2xf32> loc("mask")):
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  %3 = "float.exp"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "unmasked", inputs = [{name = "scores"}, {name = "mask"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("scores"), %1: tensor<1x2xf32> loc("mask")):
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Add")
  %3 = "float.exp"(%2) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "unmasked", inputs = [{name = "scores"}, {name = "mask"}], outputs = [{name = "y"}]} : () -> ()
