// A large constant with too few bytes, and one that is cut off in the middle of a byte.

"float.graph"() ({
^bb0(%0: tensor<2xf32> loc("x")):
  %1 = "float.constant"() {value = dense_resource<c0> : tensor<2xf32>} : () -> tensor<2xf32> // error CML9008
  %2 = "float.constant"() {value = dense_resource<c1> : tensor<2xf32>} : () -> tensor<2xf32> // error CML9008
  "float.return"(%0) : (tensor<2xf32>) -> ()
}) {name = "damaged", inputs = [{name = "x"}], outputs = [{name = "y"}]} : () -> ()

{-#
  dialect_resources: {
    builtin: {
      c0: "0x040000000000803F",
      c1: "0x040000000000803F0" // error CML9001
    }
  }
#-}
