// A slice leaves elements behind, which meet nothing; a transpose moves the others.
// pass: find-meetings

"planned.graph"() ({
^bb0(%0: tensor<2x2xf32> loc("a"), %1: tensor<2x1xf32> loc("b")):
  %2 = "planned.transpose"(%0) {perm = [1, 0]} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Transpose")
  %3 = "planned.slice"(%2) {starts = [0, 1], sizes = [2, 1], steps = [1, 1]} : (tensor<2x2xf32>) -> tensor<2x1xf32> loc("/Slice")
  %4 = "planned.combine"(%3, %1) {signs = [1, -1]} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32> loc("/Sub")
  "planned.return"(%4) : (tensor<2x1xf32>) -> ()
}) {name = "moved", inputs = [{name = "a"}, {name = "b"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<2x2xf32> loc("a"), %1: tensor<2x1xf32> loc("b")):
  %2 = "planned.transpose"(%0) {perm = [1, 0]} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/Transpose")
  %3 = "planned.slice"(%2) {starts = [0, 1], sizes = [2, 1], steps = [1, 1]} : (tensor<2x2xf32>) -> tensor<2x1xf32> loc("/Slice")
  %4 = "planned.combine"(%3, %1) {signs = [1, -1]} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32> loc("/Sub")
  "planned.return"(%4) : (tensor<2x1xf32>) -> ()
}) {name = "moved", inputs = [{name = "a", meets = {sum = 0, position = 0, elements = dense<[-1, -1, 0, 1]> : tensor<4xi8>}}, {name = "b", meets = {sum = 0, position = 1}}], outputs = [{name = "y"}]} : () -> ()
