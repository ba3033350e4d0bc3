// A product of two encrypted values becomes a difference of squares, each of which is a lookup on a sum.
// pass: expand-mixtures

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("a"), %1: tensor<1x2xf32> loc("b")):
  %2 = "float.mul"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  "float.return"(%2) : (tensor<1x2xf32>) -> ()
}) {name = "product", inputs = [{name = "a"}, {name = "b"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("a"), %1: tensor<1x2xf32> loc("b")):
  %2 = "float.add"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %3 = "float.sub"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %4 = "float.mul"(%2, %2) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %5 = "float.mul"(%3, %3) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %6 = "float.neg"(%5) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %7 = "float.add"(%4, %6) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Mul")
  %8 = "float.constant"() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32> loc("/Mul")
  %9 = "float.mul"(%7, %8) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("/Mul")
  "float.return"(%9) : (tensor<1x2xf32>) -> ()
}) {name = "product", inputs = [{name = "a"}, {name = "b"}], outputs = [{name = "y"}]} : () -> ()
