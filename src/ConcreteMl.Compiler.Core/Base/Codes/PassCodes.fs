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
        code
            "CML7006"
            "a plugin cannot be loaded"
            "Passes from outside are .NET assemblies, built against the release of ConcreteMl.Compiler.Core that runs them."
            "concreteml compile model.onnx -c calib.npz -o out.cml --before form-regions=Mine.dll:MyPass"
            "Check the path, and build the plugin against this release."
        code
            "CML7007"
            "the plugin has no such pass"
            "A plugin's pass is a static property of a public type (an F# module is one): a Pass from a stage's graph to itself, or a Step."
            "--before form-regions=Mine.dll:NoSuchType"
            "Name the module that holds the pass."
        code
            "CML7008"
            "a plugin left an illegal graph"
            "Every graph is verified after every step; what this pass returned breaks the rules of its stage."
            "A pass that changes the element type of a value and not those of its readers."
            "Look at the graph with --print-after, and at the findings that follow; Verify of the stage says what is legal."
        code
            "CML7009"
            "graphs of different stages are compared"
            "Differences are between graphs of one vocabulary; what one stage means in another is a question for --validate."
            "concreteml diff float.mlir quant.mlir"
            "Print both at the same stage."
        code
            "CML7010"
            "the command does not keep the whole file"
            "reduce shrinks a graph as long as a command exits 0 on it; here it does not on the graph that it begins with."
            "concreteml reduce model.mlir --keep false"
            "Try the command on the file itself."
    ]

let private checks: Code list =
    [
        code
            "CML7101"
            "a pass changed what the graph computes"
            "Validation runs every stage before and after each pass on some samples; this pass gave other outputs. Float passes may differ by float32's rounding, passes on integers not at all."
            "concreteml compile model.onnx -c calib.npz -o out.cml --before form-regions=Mine.dll:Negate --validate"
            "Look at the node that the message names, with --print-after; a pass that approximates on purpose is a step made with Step.lossy."
        code
            "CML7102"
            "what a lossy step costs"
            "Quantization and other steps that approximate on purpose change the outputs; validation measures by how much, on some samples."
            "concreteml compile model.onnx -c calib.npz -o out.cml --bits 2 --validate"
            "Nothing has to be done; with more bits the error is smaller."
        code
            "CML7103"
            "a pass changed the inputs or outputs"
            "Passes keep the ports of a graph: their number, order and shapes."
            "A pass that drops an output."
            "Keep the ports as they are."
    ]

let all: Code list = steps @ checks
