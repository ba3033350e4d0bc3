// Behind an explicit padding all readers take the centred value, and so does the output; a reader before it does not.
// pass: centre-padding
// idempotent

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.slice"(%0) {starts = [0, 0], sizes = [1, 1], steps = [1, 1]} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Slice")
  %2 = "planned.pad"(%0) {before = [0, 1], after = [0, 0]} : (tensor<1x2xf32>) -> tensor<1x3xf32> loc("/Pad")
  %3 = "planned.combine"(%0, %1) {signs = [1, -1]} : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32> loc("/Sub")
  "planned.return"(%2, %3, %0) : (tensor<1x3xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> ()
}) {name = "shared", inputs = [{name = "x"}], outputs = [{name = "y"}, {name = "z"}, {name = "w"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.slice"(%0) {starts = [0, 0], sizes = [1, 1], steps = [1, 1]} : (tensor<1x2xf32>) -> tensor<1x1xf32> loc("/Slice")
  %2 = "planned.centre"(%0) {exact_zero = true} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Pad")
  %3 = "planned.pad"(%2) {before = [0, 1], after = [0, 0]} : (tensor<1x2xf32>) -> tensor<1x3xf32> loc("/Pad")
  %4 = "planned.combine"(%2, %1) {signs = [1, -1]} : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32> loc("/Sub")
  "planned.return"(%3, %4, %2) : (tensor<1x3xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> ()
}) {name = "shared", inputs = [{name = "x", exact_zero = true}], outputs = [{name = "y"}, {name = "z"}, {name = "w"}]} : () -> ()
