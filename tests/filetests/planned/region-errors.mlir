// Regions that cannot be read.

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.no_such"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9002
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "f(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/a")
  %2 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.relu"(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32> // error CML9005
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "f(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/b")
  %3 = "planned.lookup"(%0) {function = "f(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/c") // error CML9010
  "planned.return"(%0) : (tensor<1x2xf32>) -> ()
}) {name = "broken", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
