/// Functions of one encrypted value, as exporters write them.
module ConcreteMl.Compiler.Core.Tests.RandomModels.Functions

open ConcreteMl.Compiler.Core.Tests.Onnx

let private plain operator =
    fun (net: ModelBuilder) (x: Value) -> net.Node(operator, [ x ])

let private parametric operator attribute low high =
    fun (net: ModelBuilder) (x: Value) -> net.Node(operator, [ x ], [ Build.float attribute (float32 (net.Between(low, high))) ])

let private withConstant operator low high =
    fun (net: ModelBuilder) (x: Value) ->
        let constant = net.Broadcast(x, (fun () -> net.Between(low, high)))

        if net.Once 2 then
            net.Node(operator, [ x; constant ])
        else
            net.Node(operator, [ constant; x ])

let private clip (net: ModelBuilder) (x: Value) =
    let low = net.Between(-2.0, 0.0)
    net.Node("Clip", [ x; net.Scalar low; net.Scalar(low + net.Between(0.5, 3.0)) ], x.Shape, [])

/// Into (−bound, bound): the operand of functions that are undefined elsewhere.
let private bounded bound (net: ModelBuilder) (x: Value) =
    net.Node("Clip", [ x; net.Scalar -bound; net.Scalar bound ], x.Shape, [])

let private inside operator bound =
    fun (net: ModelBuilder) (x: Value) -> net.Node(operator, [ bounded bound net x ])

let private aboveOffset operator offset =
    fun (net: ModelBuilder) (x: Value) -> net.Node(operator, [ net.Node("Add", [ net.Node("Abs", [ x ]); net.Scalar offset ]) ])

let private square (net: ModelBuilder) (x: Value) =
    if net.Once 2 then
        net.Node("Mul", [ x; x ])
    else
        net.Node("Pow", [ x; net.Scalar 2.0 ])

let private prelu (net: ModelBuilder) (x: Value) =
    net.Node("PRelu", [ x; net.Broadcast(x, (fun () -> net.Between(-0.2, 0.6))) ])

let private gelu (net: ModelBuilder) (x: Value) =
    if net.Opset >= 20 then
        net.Node("Gelu", [ x ])
    else
        let inner = net.Node("Erf", [ net.Node("Div", [ x; net.Scalar 1.4142 ]) ])

        net.Node(
            "Mul",
            [
                net.Node("Mul", [ x; net.Scalar 0.5 ])
                net.Node("Add", [ inner; net.Scalar 1.0 ])
            ]
        )

let private quotient (net: ModelBuilder) (x: Value) =
    net.Node("Div", [ x; net.Constant([||], (fun () -> net.Between(0.5, 4.0))) ])

/// Functions without jumps.
let continuous =
    [
        yield!
            [
                "Relu"
                "Sigmoid"
                "Tanh"
                "Softplus"
                "Softsign"
                "Abs"
                "Neg"
                "Erf"
                "Atan"
                "Sin"
                "Cos"
                "Selu"
                "HardSwish"
                "Asinh"
                "Identity"
            ]
            |> List.map plain
        parametric "LeakyRelu" "alpha" 0.01 0.5
        parametric "Elu" "alpha" 0.5 1.5
        parametric "Celu" "alpha" 0.5 2.0
        parametric "HardSigmoid" "alpha" 0.1 0.5
        inside "Exp" 2.0
        inside "Asin" 1.0
        inside "Acos" 1.0
        inside "Atanh" 0.9
        inside "Tan" 1.2
        inside "Sinh" 2.0
        inside "Cosh" 2.0
        aboveOffset "Log" 0.5
        aboveOffset "Sqrt" 0.1
        aboveOffset "Acosh" 1.0
        aboveOffset "Reciprocal" 0.7
        withConstant "Add" -1.0 1.0
        withConstant "Sub" -1.0 1.0
        withConstant "Mul" -1.5 1.5
        withConstant "Max" -0.5 0.5
        withConstant "Min" -0.5 0.5
        clip
        square
        prelu
        gelu
        quotient
    ]

let private steps =
    [
        plain "Sign"
        plain "Floor"
        plain "Round"
        parametric "ThresholdedRelu" "alpha" 0.1 0.8
    ]

let private condition (net: ModelBuilder) (x: Value) =
    let constant = net.Broadcast(x, (fun () -> net.Normal 0.5))

    let test =
        net.Node(net.Choose [ "Greater"; "Less"; "GreaterOrEqual"; "LessOrEqual" ], [ x; constant ])

    match net.Random.Next 4 with
    | 0 -> net.Node("Not", [ test ])
    | 1 -> net.Node(net.Choose [ "And"; "Or" ], [ test; net.Node("Less", [ x; net.Scalar 1.5 ]) ])
    | _ -> test

/// A function of one value, with or without jumps.
let any (net: ModelBuilder) (x: Value) : Value =
    (net.Choose(if net.Once 6 then steps else continuous)) net x

/// Two functions of one value that meet again.
let fork (net: ModelBuilder) (x: Value) : Value =
    let left = any net x
    let right = if net.Once 2 then x else any net x

    match net.Random.Next 6 with
    | 0
    | 1 -> net.Node("Mul", [ left; right ])
    | 2 -> net.Node(net.Choose [ "Add"; "Sub" ], [ left; right ])
    | 3 -> net.Node(net.Choose [ "Max"; "Min" ], [ left; right ])
    | 4 -> net.Node("Div", [ left; net.Node("Add", [ net.Node("Abs", [ right ]); net.Scalar 1.0 ]) ])
    | _ -> net.Node("Where", [ condition net x; left; right ])
