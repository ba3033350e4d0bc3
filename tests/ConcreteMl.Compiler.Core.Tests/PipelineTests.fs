module ConcreteMl.Compiler.Core.Tests.PipelineTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

let private settings = Settings.defaults

let private digits =
    lazy
        (match Onnx.Decode.file (Text.Models.file "digits_mlp" "model.onnx") with
         | Ok model -> model
         | Error findings -> failwithf "%A" findings)

/// A pass from outside: it only looks.
module private MyPass =

    let mutable seen = 0

    let pass: Pass<Float.Graph, Float.Graph> =
        {
            Name = "count-nodes"
            Summary = "Count the nodes."
            Options = []
            Run =
                fun _ graph ->
                    seen <- graph.Nodes.Length
                    Ok graph
        }

let private breakTypes: Pass<Float.Graph, Float.Graph> =
    Pass.rewrite "break-types" "Forget the types." (fun graph ->
        { graph with
            Types =
                graph.Types
                |> Array.map (fun valueType ->
                    { valueType with
                        Element = Element.Bool
                    })
        })

let private codes result =
    match result with
    | Ok _ -> []
    | Error findings -> findings |> List.map (fun (finding: Diagnostic) -> finding.Code)

// ---- options of passes

let private bits = PassOption.integer "bits" "how many" 1 16 6
let private gentle = PassOption.flag "gentle" "leave small ones" false

let private word =
    PassOption.choice
        "how"
        "which way"
        [
            "nearest", MidpointRounding.ToEven
            "up", MidpointRounding.ToPositiveInfinity
        ]

let private optioned (seen: Collections.Generic.List<int * bool * MidpointRounding>) : Step =
    Step.float
        "to see options"
        {
            Name = "see-options"
            Summary = "See options."
            Options = [ bits.Declaration; gentle.Declaration; word.Declaration ]
            Run =
                fun context graph ->
                    seen.Add((PassOption.read context bits, PassOption.read context gentle, PassOption.read context word))
                    Ok graph
        }

[<Tests>]
let tests =
    testSequenced
    <| testList
        "Pipeline"
        [
            testCase "every step has a kebab-case name, a summary and a reason"
            <| fun () ->
                for step in Pipeline.all false @ Pipeline.all true do
                    Expect.isTrue (Regex.IsMatch(step.Name, "^[a-z]+(-[a-z]+)*$")) step.Name
                    Expect.isNonEmpty step.Summary "step.Summary"
                    Expect.isNonEmpty step.Reason "step.Reason"

            testCase "passes are named like their files"
            <| fun () ->
                let core = Path.Combine(Text.Models.root, "src", "ConcreteMl.Compiler.Core")

                let kebab (name: string) =
                    Regex.Replace(name, "(?<!^)([A-Z])", "-$1").ToLowerInvariant()

                let files =
                    Directory.GetFiles(core, "*.fs", SearchOption.AllDirectories)
                    |> Array.map (Path.GetFileNameWithoutExtension >> nonNull >> kebab)
                    |> set

                for pass in Float.Passes.Standard.all do
                    Expect.isTrue (files.Contains pass.Name) pass.Name

            testCase "a step from outside runs where it was inserted"
            <| fun () ->
                let context = Context.quiet
                let model = digits.Value

                let mine =
                    Step.float "before folding, to see constants as the file has them" MyPass.pass

                let steps = Pipeline.float |> Pipeline.before "fold-constants" mine
                let names = steps |> List.map _.Name

                Expect.equal
                    (List.findIndex ((=) "count-nodes") names)
                    (List.findIndex ((=) "fold-constants") names - 1)
                    "List.findIndex ((=) 'count-nodes') names"

                let result = Driver.run ignore settings context steps (Stage.Onnx model)

                Expect.isTrue (Result.isOk result) "Result.isOk result"
                Expect.isGreaterThan MyPass.seen 0 "MyPass.seen"

            testCase "the driver shows every step in order"
            <| fun () ->
                let seen = Collections.Generic.List<string>()

                Driver.run
                    (fun record -> seen.Add $"{record.Number} {record.Name}")
                    settings
                    Context.quiet
                    Pipeline.float
                    (Stage.Onnx digits.Value)
                |> ignore

                let expected =
                    Pipeline.float |> List.mapi (fun index step -> $"{index + 1} {step.Name}")

                Expect.isTrue (List.ofSeq seen = expected) "List.ofSeq seen = expected"

            testCase "a pass that leaves an illegal graph is a defect of ours, and its graph is shown"
            <| fun () ->
                let steps =
                    Pipeline.float
                    |> Pipeline.after "import" (Step.float "to see what happens" breakTypes)

                let seen = Collections.Generic.List<string>()

                let run () =
                    Driver.run (fun record -> seen.Add record.Name) settings Context.quiet steps (Stage.Onnx digits.Value)
                    |> ignore

                Expect.throwsT<CompilerDefect> run "CompilerDefect"
                Expect.isTrue (List.ofSeq seen = [ "import"; "break-types" ]) "List.ofSeq seen = [ 'import'; 'break-types' ]"

            testCase "a step in a place where its stage is not met is refused"
            <| fun () ->
                let late = Step.float "too late" MyPass.pass

                let result =
                    Driver.run ignore settings Context.quiet [ late ] (Stage.Onnx digits.Value)

                Expect.isTrue (codes result = [ "CML7004" ]) "codes result = [ 'CML7004' ]"

            testCase "steps that do not end in a program are no compilation"
            <| fun () ->
                let result =
                    Compile.runWith (Watch.observe ignore) settings Context.quiet Pipeline.float (Stage.Onnx digits.Value)

                Expect.isTrue (codes result = [ "CML7005" ]) "codes result = [ 'CML7005' ]"

            testCase "a chain of 20,000 nodes is read and compiled"
            <| fun () ->
                let node at =
                    match at % 3 with
                    | 0 -> $"v{at + 1} = Relu (v{at})"
                    | 1 -> $"v{at + 1} = Mul (v{at}, c)"
                    | _ -> $"v{at + 1} = Add (v{at}, d)"

                let nodes = 20_000
                let body = Seq.init nodes node |> String.concat " "

                let text =
                    $"<ir_version: 8, opset_import: [\"\" : 17]> g (float[1,4] v0) => (float[1,4] v{nodes}) <float[4] c = {{1.0, 1.001, 0.999, 1.0}}, float[4] d = {{0.01, -0.01, 0.0, 0.02}}> {{ {body} }}"

                let sample seed =
                    let random = Random seed

                    [
                        Tensor.ofFloat32 [| 1; 4 |] (Array.init 4 (fun _ -> random.NextSingle() * 2.0f - 1.0f))
                    ]

                let settings =
                    { settings with
                        Calibration = List.init 20 sample
                    }

                match Onnx.Text.parse text |> Result.bind (Compile.run ignore settings Context.quiet) with
                | Ok compiled -> Expect.isNonEmpty compiled.Stages "stages"
                | Error findings -> failtestf "%A" findings

            testCase "a value that has 2^40 ways to a lookup is measured once"
            <| fun () ->
                let sum at =
                    $"g{at} = Gather <axis = 1> (v{at}, i) v{at + 1} = Add (v{at}, g{at})"

                let body = Seq.init 40 sum |> String.concat " "

                let text =
                    $"<ir_version: 8, opset_import: [\"\" : 17]> g (float[1,2] x) => (float[1,2] y) <float[2,2] w = {{1.0, 0.5, 0.25, 1.0}}, int64[2] i = {{1, 0}}> {{ v0 = MatMul (x, w) {body} r = Relu (v40) y = MatMul (r, w) }}"

                let sample at =
                    [
                        Tensor.ofFloat32 [| 1; 2 |] [| float32 at / 10.0f - 1.0f; 1.0f - float32 at / 20.0f |]
                    ]

                let settings =
                    { settings with
                        Calibration = List.init 20 sample
                    }

                let result =
                    Onnx.Text.parse text |> Result.bind (Compile.run ignore settings Context.quiet)

                Expect.contains (codes result) "CML3030" "forty doublings are wider than any lookup"

            testCase "names are unique in the registry and in every pipeline"
            <| fun () ->
                for steps in [ Registry.all; Pipeline.all false; Pipeline.all true ] do
                    Expect.equal
                        (steps |> List.map _.Name |> Seq.distinct |> Seq.length)
                        (Seq.length (steps |> List.map _.Name))
                        "steps |> List.map _.Name"

                let twice = Pipeline.float[1]

                let insert place () =
                    place "import" twice Pipeline.float |> ignore

                for place in [ Pipeline.before; Pipeline.after; Pipeline.replace ] do
                    Expect.throwsT<ArgumentException> (insert place) "ArgumentException"

                let named = Step.again "fold-constants-first" "a second time" twice

                let names =
                    Pipeline.replace "fold-constants" named Pipeline.float |> List.map _.Name

                Expect.equal names[1] "fold-constants-first" "names[1]"
                Expect.equal names.Length Pipeline.float.Length "names.Length"

            testCase "every step stands where the step before leaves its stage"
            <| fun () ->
                for importQat in [ false; true ] do
                    for before, after in List.pairwise (Pipeline.all importQat) do
                        Expect.equal after.From before.To after.Name

            testCase "what is left for a stage begins behind its last step, or at the first that takes it"
            <| fun () ->
                let names last kind =
                    Pipeline.from last kind (Pipeline.all false) |> List.map _.Name

                Expect.equal (List.head (names None StageKind.Onnx)) "import" "List.head (names None StageKind.Onnx)"
                Expect.equal (List.head (names None StageKind.Float)) "fold-constants" "List.head (names None StageKind.Float)"

                Expect.equal
                    (List.head (names (Some "sharpen-differences") StageKind.Float))
                    "form-regions"
                    "List.head (names (Some 'sharpen-differences') StageKind.Float)"

                Expect.equal
                    (List.head (names (Some "no-such-step") StageKind.Circuit))
                    "share-values"
                    "List.head (names (Some 'no-such-step') StageKind.Circuit)"

                Expect.isEmpty (names (Some "emit") StageKind.Program) "names (Some 'emit') StageKind.Program"

            testCase "a pass that changes nothing is known by its object"
            <| fun () ->
                let changed = Collections.Generic.Dictionary<string, bool>()

                Driver.run
                    (fun record -> changed[record.Name] <- record.Changed)
                    settings
                    Context.quiet
                    Pipeline.float
                    (Stage.Onnx digits.Value)
                |> ignore

                Expect.isTrue (changed["import"]) "changed['import']"
                Expect.isFalse (changed["remove-dead-nodes"]) "changed['remove-dead-nodes']"

            testCase "cancellation is met before the next step"
            <| fun () ->
                use source = new Threading.CancellationTokenSource()

                let context =
                    { Context.quiet with
                        Cancellation = source.Token
                    }

                let seen = Collections.Generic.List<string>()

                let observe (record: StepRecord) =
                    seen.Add record.Name

                    if record.Name = "fold-batch-norm" then
                        source.Cancel()

                let run () =
                    Driver.run observe settings context Pipeline.float (Stage.Onnx digits.Value)
                    |> ignore

                Expect.throwsT<OperationCanceledException> run "OperationCanceledException"
                Expect.equal (Seq.last seen) "fold-batch-norm" "Seq.last seen"

            testCase "options are read with their types, and defaults stand for the others"
            <| fun () ->
                let seen = Collections.Generic.List()
                let graph = Pipeline.float |> List.truncate 1

                let steps =
                    [ Map.empty; Map [ "bits", "9"; "gentle", "true"; "how", "up" ] ]
                    |> List.map (fun options ->
                        match Step.withOptions options (optioned seen) with
                        | Ok step -> step
                        | Error findings -> failwith $"%A{findings}")

                Driver.run ignore settings Context.quiet (graph @ steps) (Stage.Onnx digits.Value)
                |> ignore

                Expect.isTrue
                    (List.ofSeq seen =
                        [
                            6, false, MidpointRounding.ToEven
                            9, true, MidpointRounding.ToPositiveInfinity
                        ])
                    "as expected"

            testCase "options that a pass does not have or take are refused"
            <| fun () ->
                let check options =
                    Step.withOptions (Map options) (optioned (Collections.Generic.List())) |> codes

                Expect.isTrue (check [ "depth", "2" ] = [ "CML7002" ]) "check [ 'depth', '2' ] = [ 'CML7002' ]"

                Expect.isTrue
                    (check [ "bits", "17"; "gentle", "perhaps"; "how", "down" ] = [ "CML7003"; "CML7003"; "CML7003" ])
                    "as expected"

            testCase "a step is found by its name, and the nearest are named otherwise"
            <| fun () ->
                Expect.isTrue (codes (Registry.parse "fold-constants") = []) "codes (Registry.parse 'fold-constants') = []"

                Expect.isTrue
                    (codes (Registry.parse "fold-constants[depth=2]") = [ "CML7002" ])
                    "codes (Registry.parse 'fold-constants[depth=2]') = [ 'CML7002' ]"

                match Registry.parse "fold-constant" with
                | Error [ finding ] ->
                    Expect.equal finding.Code "CML7001" "finding.Code"
                    Expect.stringContains finding.Expected "fold-constants" "finding.Expected"
                | other -> failtest $"%A{other}"

            testCase "work is done in order on as many threads as are allowed, and stops when it is cancelled"
            <| fun () ->
                let context = { Context.quiet with Threads = 2 }
                Expect.isTrue (Context.map context (fun i -> i * i) [| 0..99 |] = Array.init 100 (fun i -> i * i)) "as expected"

                use source = new Threading.CancellationTokenSource()
                source.Cancel()

                let cancelled () =
                    Context.map
                        { context with
                            Cancellation = source.Token
                        }
                        id
                        [| 1 |]
                    |> ignore

                Expect.throwsT<OperationCanceledException> cancelled "OperationCanceledException"

                let failing () =
                    Context.map context (fun i -> if i = 3 then invalidArg "i" "three" else i) [| 0..9 |]
                    |> ignore

                Expect.throwsT<ArgumentException> failing "ArgumentException"
        ]
