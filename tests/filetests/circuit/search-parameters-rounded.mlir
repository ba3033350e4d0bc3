// Digits have parameters of their own.
// pass: analyse-noise, split-digits, group-lookups, search-parameters
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<11>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-1024, 1023]} : (tensor<1x2x!tfhe.eint<11>>) -> tensor<1x1x!tfhe.eint<11>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 6, method = "exact", range = [-16, 15]} : (tensor<1x1x!tfhe.eint<11>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, range = [1, 1]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -256, high = 255, real = f32, range = [-256, 255]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<11>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[9], [-7]]> : tensor<2x1xi8>, range = [-1024, 1023], noise = [130.0, 0.0, 0.0]} : (tensor<1x2x!tfhe.eint<11>>) -> tensor<1x1x!tfhe.eint<11>> loc("/fc")
  %2 = "circuit.round"(%1) {drop = 6, method = "exact", digits = [{bits = 1, group = 1}, {bits = 1, group = 1}, {bits = 4, group = 2}], range = [-16, 15], noise = [130.0, 0.0, 1.0]} : (tensor<1x1x!tfhe.eint<11>>) -> tensor<1x1x!tfhe.eint<5>> loc("/relu")
  %3 = "circuit.lookup"(%2) {function = "one", entries = dense<1> : tensor<1x32xi8>, index = dense<0> : tensor<i8>, group = 0, range = [1, 1], noise = [0.0, 1.0, 0.0]} : (tensor<1x1x!tfhe.eint<5>>) -> tensor<1x1x!tfhe.eint<2>> loc("/relu")
  "circuit.return"(%3) : (tensor<1x1x!tfhe.eint<2>>) -> ()
}) {name = "rounded", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -256, high = 255, real = f32, range = [-256, 255], noise = [1.0, 0.0, 0.0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}], bound = 9.094947017729282e-13, classes = [{groups = [0, 1, 2], n = 834, key_switch = {base = 1, levels = 17}, ring = 1024, bootstrap = {base = 23, levels = 1}, body_bits = 49, extension = 0, grade = 0}], compression = {k = 1002, size = 1, key_switch = {base = 11, levels = 1}, bits = 10, body_bits = 23}, key = {k = 1, size = 2048}, security = 132} : () -> ()
