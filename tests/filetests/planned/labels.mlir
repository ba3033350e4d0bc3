// Classes, groups and meetings that do not belong to their values.

"planned.graph"() ({
^bb0(%0: tensor<2x2xf32> loc("x")):
  %1 = "planned.transpose"(%0) {perm = [1, 0], classes = "each", groups = dense<[0, 1, 1, 0]> : tensor<4xi8>} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/groups")
  %2 = "planned.transpose"(%1) {perm = [1, 0], classes = dense<[0, 2, 2, 3]> : tensor<4xi8>, groups = "axis 1"} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/label 2 is no first element") // error CML3091
  %3 = "planned.transpose"(%2) {perm = [1, 0], classes = "one", groups = dense<0> : tensor<3xi8>} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/three groups") // error CML3091
  %4 = "planned.transpose"(%3) {perm = [1, 0], meets = {sum = 1, position = 0}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/one sum") // error CML3091
  %5 = "planned.transpose"(%4) {perm = [1, 0], meets = {sum = 0, position = 0, elements = dense<[0, 1, 2, 4]> : tensor<4xi8>}} : (tensor<2x2xf32>) -> tensor<2x2xf32> loc("/four elements") // error CML3091
  %6 = "planned.combine"(%0, %5) {signs = [1, 1]} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> loc("/sum")
  "planned.return"(%6) : (tensor<2x2xf32>) -> ()
}) {name = "broken", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
