// A graph of element-wise operations alone stays whole: its owner wants just these encrypted.
// pass: cut-client-parts

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.exp"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  %2 = "float.sigmoid"(%1) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "functions", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("x")):
  %1 = "float.exp"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Exp")
  %2 = "float.sigmoid"(%1) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Sigmoid")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "functions", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()
