// A key that the run time has no kernels for: 41 polynomials where six are the most.

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<1>> loc("x")):
  %1 = "circuit.lookup"(%0) {function = "sign", entries = dense<[[0, 1]]> : tensor<1x2xi8>, index = dense<0> : tensor<i8>, group = 0, class = 0, range = [0, 1]} : (tensor<1x2x!tfhe.eint<1>>) -> tensor<1x2x!tfhe.eint<2>> loc("/sign")
  "circuit.return"(%1) : (tensor<1x2x!tfhe.eint<2>>) -> ()
}) {name = "classes", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -1, high = 0, real = f32, range = [-1, 0]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -2, high = 1, real = f32}], bound = 1.0e-12, security = 132, key = {k = 41, size = 2048}, classes = [{groups = [0], n = 900, key_switch = {base = 4, levels = 1}, bootstrap = {base = 20, levels = 1}, extension = 0, grade = 0}]} : () -> () // error CML4090
