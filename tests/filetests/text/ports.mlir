// Ports and graph lines do not agree.
"quantized.graph"() ({ // error CML9007 CML9004 CML9003
^bb0(%0: tensor<1x2xi5> loc("x")):
  "quantized.return"(%0, %0) : (tensor<1x2xi5>, tensor<1x2xi5>) -> ()
}) {name = "ports", inputs = [{name = "x", rnage = [-8, 7]}], outputs = [{name = "y"}]} : () -> ()
