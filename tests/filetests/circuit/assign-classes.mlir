// Every lookup gets its class and failure probability, every value its key.
// pass: analyse-noise, group-lookups, search-parameters, assign-classes
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<4>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[1, 2], [-1, 1]]> : tensor<2x2xi8>, range = [-8, 7]} : (tensor<1x2x!tfhe.eint<4>>) -> tensor<1x2x!tfhe.eint<4>> loc("/fc")
  %2 = "circuit.lookup"(%1) {function = "relu", entries = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, range = [0, 7]} : (tensor<1x2x!tfhe.eint<4>>) -> tensor<1x2x!tfhe.eint<4>> loc("/relu")
  "circuit.return"(%2) : (tensor<1x2x!tfhe.eint<4>>) -> ()
}) {name = "one", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = 0, high = 7, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.lwe<0, 4>> loc("x")):
  %1 = "circuit.matmul"(%0) {weights = dense<[[1, 2], [-1, 1]]> : tensor<2x2xi8>, range = [-8, 7], noise = [5.0, 0.0, 0.0]} : (tensor<1x2x!tfhe.lwe<0, 4>>) -> tensor<1x2x!tfhe.lwe<0, 4>> loc("/fc")
  %2 = "circuit.lookup"(%1) {function = "relu", entries = dense<[[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]]> : tensor<1x16xi8>, index = dense<0> : tensor<i8>, group = 0, class = 0, p_error = 8.912402222478496e-13, range = [0, 7], noise = [0.0, 1.0, 0.0]} : (tensor<1x2x!tfhe.lwe<0, 4>>) -> tensor<1x2x!tfhe.lwe<0, 4>> loc("/relu")
  "circuit.return"(%2) : (tensor<1x2x!tfhe.lwe<0, 4>>) -> ()
}) {name = "one", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -8, high = 7, real = f32, range = [-8, 7], noise = [1.0, 0.0, 0.0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = 0, high = 7, real = f32}], bound = 9.094947017729282e-13, classes = [{groups = [0], n = 772, key_switch = {base = 1, levels = 15}, ring = 1024, bootstrap = {base = 17, levels = 1}, body_bits = 37, extension = 1, grade = 1}], compression = {k = 597, size = 2, key_switch = {base = 13, levels = 1}, bits = 13, body_bits = 28}, key = {k = 3, size = 512}, security = 132} : () -> ()
