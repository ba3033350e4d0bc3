// Groups that are there already stay as they are.
// pass: group-scales
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [2], classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [2], classes = "each", groups = "each"} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/Reshape")
  "planned.return"(%1) : (tensor<2xf32>) -> ()
}) {name = "movement", inputs = [{name = "x", classes = "each", groups = "each"}], outputs = [{name = "y"}]} : () -> ()
