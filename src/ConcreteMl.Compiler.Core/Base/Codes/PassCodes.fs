/// Diagnostic codes 7xxx: steps, their order, options and plugins (70xx), and what checks them (71xx).
module ConcreteMl.Compiler.Core.Base.Codes.PassCodes

let private steps: Code list =
    [
        code
            "CML7001"
            "there is no step of this name"
            "Steps are named as `concreteml passes` lists them."
            "concreteml opt model.mlir --pass fold-constant"
            "Take the name from `concreteml passes`."
        code
            "CML7002"
            "the pass has no such option"
            "Options are written behind the name of a pass, in brackets: pass[option=value,…]."
            "concreteml opt model.mlir --pass fold-constants[depth=2]"
            "Take the options from `concreteml passes --json`."
        code
            "CML7003"
            "the value of a pass's option is not accepted"
            "Every option says which values it takes."
            "concreteml opt model.mlir --pass my-pass[bits=many]"
            "Write a value as the message describes it."
        code
            "CML7004"
            "a step stands where its stage is not met"
            "A step takes one stage and gives one: the float steps run on a float graph, and so on down to the program."
            "concreteml opt circuit.mlir --pass fold-constants"
            "Give the text of the step's own stage, or put the steps between before it."
        code
            "CML7005"
            "the steps do not end in a program"
            "A compilation ends in the program that the run time executes; steps of one's own have to lead there."
            "Compile.runWith watch settings context (Pipeline.float) (Stage.Onnx model)"
            "Take the rest of the pipeline: Pipeline.from gives the steps that are left for a stage."
    ]

let all: Code list = steps
