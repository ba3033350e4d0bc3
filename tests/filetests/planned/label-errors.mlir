// Labels that cannot be read.

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.reshape"(%0) {shape = [2], classes = "some", groups = "each"} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/a") // error CML9003
  %2 = "planned.reshape"(%0) {shape = [2], classes = "each", groups = "axis 1"} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/b") // error CML9006
  %3 = "planned.reshape"(%0) {shape = [2], meets = {sum = -1, position = 0}} : (tensor<1x2xf32>) -> tensor<2xf32> loc("/c") // error CML9003
  "planned.return"(%0) : (tensor<1x2xf32>) -> ()
}) {name = "broken", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
