// A graph without results.
"quantized.graph"() ({ // error CML9010
^bb0(%0: tensor<1x2xi5> loc("x")):
  %1 = "quantized.shift"(%0) {offsets = dense<3> : tensor<i8>, range = [-8, 11]} : (tensor<1x2xi5>) -> tensor<1x2xi5>
}) {name = "endless", inputs = [{name = "x", range = [-8, 7]}], outputs = [{name = "y"}]} : () -> ()
