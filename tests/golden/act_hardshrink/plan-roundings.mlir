// after plan-roundings
// Constants of more than 16 elements are left out: this text cannot be read back.
"planned.graph"() ({
^bb0(%0: tensor<1x8xf32> loc("x0")):
  %1 = "planned.matmul"(%0) {weights = dense_resource<elided_425eaf43af782ddf> : tensor<8x6xf64>, bias = dense<[0.1674870252609253, -0.33014073967933655, -0.28893953561782837, 0.2824212610721588, 0.3490421175956726, -0.021009908989071846]> : tensor<6xf64>, transposed = true, seen = [-1.4512641429901123, 1.5430008172988892], classes = "each", groups = "each", read = "6:exact"} : (tensor<1x8xf32>) -> tensor<1x6xf32> loc("/0/Gemm")
  %2 = "planned.lookup"(%1) ({
  ^bb0(%x: tensor<1x6xf32>):
    %c0 = "float.constant"() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
    %s0 = "float.greater"(%x, %c0) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %c2 = "float.constant"() {value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
    %s1 = "float.less"(%x, %c2) : (tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xi1>
    %s2 = "float.or"(%s0, %s1) : (tensor<1x6xi1>, tensor<1x6xi1>) -> tensor<1x6xi1>
    %c5 = "float.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
    %s3 = "float.where"(%s2, %x, %c5) : (tensor<1x6xi1>, tensor<1x6xf32>, tensor<f32>) -> tensor<1x6xf32>
    "planned.yield"(%s3) : (tensor<1x6xf32>) -> ()
  }) {function = "where(or(greater(x, c), less(x, c)), x, c)", seen = [-1.4512641429901123, 1.5430008172988892], classes = "each", groups = "each"} : (tensor<1x6xf32>) -> tensor<1x6xf32> loc(fused["/1/Greater", "/1/Less", "/1/Or", "/1/Where"])
  %3 = "planned.matmul"(%2) {weights = dense_resource<elided_a62a66cc344f8552> : tensor<6x3xf64>, bias = dense<[0.22352539002895355, -0.22378994524478912, -0.09582535177469254]> : tensor<3xf64>, transposed = true, seen = [-0.79300856590271, 0.6106417775154114], classes = "each", groups = "each"} : (tensor<1x6xf32>) -> tensor<1x3xf32> loc("/2/Gemm")
  "planned.return"(%3) : (tensor<1x3xf32>) -> ()
}) {name = "main_graph", inputs = [{name = "x0", seen = [-2.660022020339966, 2.8417673110961914], classes = "each", groups = "each"}], outputs = [{name = "y"}], elided = true} : () -> ()
