// Values that are not finite, here logarithms of negative numbers, are no part of a range.
// pass: measure

"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.log"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "log(x)"} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Log")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.less"(%x, %c0) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xi1>
    "planned.yield"(%s0) : (tensor<1x2xi1>) -> ()
  }) {function = "less(x, c)"} : (tensor<1x2xf32>) -> tensor<1x2xi1> loc("/Less")
  "planned.return"(%2) : (tensor<1x2xi1>) -> ()
}) {name = "infinite", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"planned.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "planned.lookup"(%0) ({
  ^bb0(%x: tensor<1x2xf32>):
    %s0 = "float.log"(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    "planned.yield"(%s0) : (tensor<1x2xf32>) -> ()
  }) {function = "log(x)", seen = [-1.0788096189498901, 1.3001916408538818]} : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Log")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x2xf32>):
    %c0 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.less"(%x, %c0) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xi1>
    "planned.yield"(%s0) : (tensor<1x2xi1>) -> ()
  }) {function = "less(x, c)", seen = [0.0, 1.0]} : (tensor<1x2xf32>) -> tensor<1x2xi1> loc("/Less")
  "planned.return"(%2) : (tensor<1x2xi1>) -> ()
}) {name = "infinite", inputs = [{name = "x", seen = [-3.859999895095825, 3.6700000762939453]}], outputs = [{name = "y"}]} : () -> ()
