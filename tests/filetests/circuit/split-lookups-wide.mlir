// Two tables of nine bits are faster one at a time.
// pass: split-lookups
// idempotent

"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<9>> loc("x")):
  %1, %2 = "circuit.lookup_many"(%0) {function = "one", entries = dense<1> : tensor<1x512xi8>, index = dense<0> : tensor<i8>, function_1 = "two", entries_1 = dense<2> : tensor<1x512xi8>, index_1 = dense<0> : tensor<i8>, range = [1, 1], range_1 = [2, 2]} : (tensor<1x2x!tfhe.eint<9>>) -> (tensor<1x2x!tfhe.eint<3>>, tensor<1x2x!tfhe.eint<3>>) loc("/two")
  %3 = "circuit.combine"(%1, %2) {multipliers = [1, 1], range = [3, 3]} : (tensor<1x2x!tfhe.eint<3>>, tensor<1x2x!tfhe.eint<3>>) -> tensor<1x2x!tfhe.eint<3>> loc("/add")
  "circuit.return"(%3) : (tensor<1x2x!tfhe.eint<3>>) -> ()
}) {name = "fork", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -256, high = 255, real = f32, range = [-256, 255]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()

// expect
"circuit.graph"() ({
^bb0(%0: tensor<1x2x!tfhe.eint<9>> loc("x")):
  %1, %2 = "circuit.lookup_many"(%0) {function = "one", entries = dense<1> : tensor<1x512xi8>, index = dense<0> : tensor<i8>, function_1 = "two", entries_1 = dense<2> : tensor<1x512xi8>, index_1 = dense<0> : tensor<i8>, range = [1, 1], range_1 = [2, 2]} : (tensor<1x2x!tfhe.eint<9>>) -> (tensor<1x2x!tfhe.eint<3>>, tensor<1x2x!tfhe.eint<3>>) loc("/two")
  %3 = "circuit.combine"(%1, %2) {multipliers = [1, 1], range = [3, 3]} : (tensor<1x2x!tfhe.eint<3>>, tensor<1x2x!tfhe.eint<3>>) -> tensor<1x2x!tfhe.eint<3>> loc("/add")
  "circuit.return"(%3) : (tensor<1x2x!tfhe.eint<3>>) -> ()
}) {name = "fork", inputs = [{name = "x", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -256, high = 255, real = f32, range = [-256, 255]}], outputs = [{name = "y", scale = dense<1.0> : tensor<f64>, zero = dense<0.0> : tensor<f64>, low = -4, high = 3, real = f32}]} : () -> ()
