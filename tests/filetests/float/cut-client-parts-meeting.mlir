// Nothing would be left, but two inputs meet: functions of one of them are the client's, what happens where they meet is not.
// pass: cut-client-parts

"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("a"), %1: tensor<1x2xf32> loc("b")):
  %2 = "float.round"(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Round")
  %3 = "float.round"(%1) : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("/Round_1")
  %4 = "float.equal"(%2, %3) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xi1> loc("/Equal")
  %5 = "float.cast"(%4) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Cast")
  "float.return"(%5) : (tensor<1x2xf32>) -> ()
}) {name = "equal", inputs = [{name = "a"}, {name = "b"}], outputs = [{name = "y"}]} : () -> ()

// expect
"float.graph"() ({
^bb0(%0: tensor<1x2xf32> loc("a"), %1: tensor<1x2xf32> loc("b")):
  %2 = "float.equal"(%0, %1) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xi1> loc("/Equal")
  %3 = "float.cast"(%2) {to = f32} : (tensor<1x2xi1>) -> tensor<1x2xf32> loc("/Cast")
  "float.return"(%3) : (tensor<1x2xf32>) -> ()
}) {name = "equal", inputs = [{name = "a"}, {name = "b"}], outputs = [{name = "y"}], client_before = {inputs = [{name = "a", element = "f32", shape = [1, 2]}, {name = "b", element = "f32", shape = [1, 2]}], steps = [{op = "float.round", reads = [0], element = "f32", shape = [1, 2], from = ["/Round"]}, {op = "float.round", reads = [1], element = "f32", shape = [1, 2], from = ["/Round_1"]}], outputs = [{name = "a", value = 2}, {name = "b", value = 3}]}} : () -> ()
