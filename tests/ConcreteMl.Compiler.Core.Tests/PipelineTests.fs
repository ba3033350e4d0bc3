module ConcreteMl.Compiler.Core.Tests.PipelineTests

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

let private settings = Settings.defaults

let private digits =
    lazy
        (let path =
            Path.Combine(Text.Models.root, "tests", "models", "digits_mlp", "model.onnx")

         match Onnx.Decode.file path with
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

[<Test>]
let ``every step has a kebab-case name, a summary and a reason`` () =
    for step in Pipeline.all false @ Pipeline.all true do
        Assert.That(Regex.IsMatch(step.Name, "^[a-z]+(-[a-z]+)*$"), step.Name)
        Assert.That(step.Summary, Is.Not.Empty)
        Assert.That(step.Reason, Is.Not.Empty)

[<Test>]
let ``passes are named like their files`` () =
    let core = Path.Combine(Text.Models.root, "src", "ConcreteMl.Compiler.Core")

    let kebab (name: string) =
        Regex.Replace(name, "(?<!^)([A-Z])", "-$1").ToLowerInvariant()

    let files =
        Directory.GetFiles(core, "*.fs", SearchOption.AllDirectories)
        |> Array.map (Path.GetFileNameWithoutExtension >> nonNull >> kebab)
        |> set

    for pass in Float.Passes.Standard.all do
        Assert.That(files.Contains pass.Name, pass.Name)

[<Test>]
let ``a step from outside runs where it was inserted`` () =
    let context = Context.quiet
    let model = digits.Value

    let mine =
        Step.float "before folding, to see constants as the file has them" MyPass.pass

    let steps = Pipeline.float |> Pipeline.before "fold-constants" mine
    let names = steps |> List.map _.Name

    Assert.That(List.findIndex ((=) "count-nodes") names, Is.EqualTo(List.findIndex ((=) "fold-constants") names - 1))

    let result = Driver.run ignore settings context steps (Stage.Onnx model)

    Assert.That(Result.isOk result)
    Assert.That(MyPass.seen, Is.GreaterThan 0)

[<Test>]
let ``the driver shows every step in order`` () =
    let seen = Collections.Generic.List<string>()

    Driver.run (fun record -> seen.Add $"{record.Number} {record.Name}") settings Context.quiet Pipeline.float (Stage.Onnx digits.Value)
    |> ignore

    let expected =
        Pipeline.float |> List.mapi (fun index step -> $"{index + 1} {step.Name}")

    Assert.That(List.ofSeq seen = expected)

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

[<Test>]
let ``a pass that leaves an illegal graph is a defect of ours, and its graph is shown`` () =
    let steps =
        Pipeline.float
        |> Pipeline.after "import" (Step.float "to see what happens" breakTypes)

    let seen = Collections.Generic.List<string>()

    let run () =
        Driver.run (fun record -> seen.Add record.Name) settings Context.quiet steps (Stage.Onnx digits.Value)
        |> ignore

    Assert.Throws<CompilerDefect>(System.Action run) |> ignore
    Assert.That(List.ofSeq seen = [ "import"; "break-types" ])

let private codes result =
    match result with
    | Ok _ -> []
    | Error findings -> findings |> List.map (fun (finding: Diagnostic) -> finding.Code)

[<Test>]
let ``a step in a place where its stage is not met is refused`` () =
    let late = Step.float "too late" MyPass.pass

    let result =
        Driver.run ignore settings Context.quiet [ late ] (Stage.Onnx digits.Value)

    Assert.That(codes result = [ "CML7004" ])

[<Test>]
let ``steps that do not end in a program are no compilation`` () =
    let result =
        Compile.runWith (Watch.observe ignore) settings Context.quiet Pipeline.float (Stage.Onnx digits.Value)

    Assert.That(codes result = [ "CML7005" ])

[<Test>]
let ``names are unique in the registry and in every pipeline`` () =
    for steps in [ Registry.all; Pipeline.all false; Pipeline.all true ] do
        Assert.That(steps |> List.map _.Name, Is.Unique)

    let twice = Pipeline.float[1]

    let insert place () =
        place "import" twice Pipeline.float |> ignore

    for place in [ Pipeline.before; Pipeline.after; Pipeline.replace ] do
        Assert.Throws<ArgumentException>(Action(insert place)) |> ignore

    let named = Step.again "fold-constants-first" "a second time" twice

    let names =
        Pipeline.replace "fold-constants" named Pipeline.float |> List.map _.Name

    Assert.That(names[1], Is.EqualTo "fold-constants-first")
    Assert.That(names.Length, Is.EqualTo Pipeline.float.Length)

[<Test>]
let ``every step stands where the step before leaves its stage`` () =
    for importQat in [ false; true ] do
        for before, after in List.pairwise (Pipeline.all importQat) do
            Assert.That(after.From, Is.EqualTo before.To, after.Name)

[<Test>]
let ``what is left for a stage begins behind its last step, or at the first that takes it`` () =
    let names last kind =
        Pipeline.from last kind (Pipeline.all false) |> List.map _.Name

    Assert.That(List.head (names None StageKind.Onnx), Is.EqualTo "import")
    Assert.That(List.head (names None StageKind.Float), Is.EqualTo "fold-constants")
    Assert.That(List.head (names (Some "expand-mixtures") StageKind.Float), Is.EqualTo "form-regions")
    Assert.That(List.head (names (Some "no-such-step") StageKind.Circuit), Is.EqualTo "share-values")
    Assert.That(names (Some "emit") StageKind.Program, Is.Empty)

[<Test>]
let ``a pass that changes nothing is known by its object`` () =
    let changed = Collections.Generic.Dictionary<string, bool>()

    Driver.run (fun record -> changed[record.Name] <- record.Changed) settings Context.quiet Pipeline.float (Stage.Onnx digits.Value)
    |> ignore

    Assert.That(changed["import"], Is.True)
    Assert.That(changed["remove-dead-nodes"], Is.False)

[<Test>]
let ``cancellation is met before the next step`` () =
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

    Assert.Throws<OperationCanceledException>(Action run) |> ignore
    Assert.That(Seq.last seen, Is.EqualTo "fold-batch-norm")

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

[<Test>]
let ``options are read with their types, and defaults stand for the others`` () =
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

    Assert.That(
        List.ofSeq seen =
            [
                6, false, MidpointRounding.ToEven
                9, true, MidpointRounding.ToPositiveInfinity
            ]
    )

[<Test>]
let ``options that a pass does not have or take are refused`` () =
    let check options =
        Step.withOptions (Map options) (optioned (Collections.Generic.List())) |> codes

    Assert.That(check [ "depth", "2" ] = [ "CML7002" ])
    Assert.That(check [ "bits", "17"; "gentle", "perhaps"; "how", "down" ] = [ "CML7003"; "CML7003"; "CML7003" ])

[<Test>]
let ``a step is found by its name, and the nearest are named otherwise`` () =
    Assert.That(codes (Registry.parse "fold-constants") = [])
    Assert.That(codes (Registry.parse "fold-constants[depth=2]") = [ "CML7002" ])

    match Registry.parse "fold-constant" with
    | Error [ finding ] ->
        Assert.That(finding.Code, Is.EqualTo "CML7001")
        Assert.That(finding.Expected, Does.Contain "fold-constants")
    | other -> Assert.Fail $"%A{other}"

[<Test>]
let ``work is done in order on as many threads as are allowed, and stops when it is cancelled`` () =
    let context = { Context.quiet with Threads = 2 }
    Assert.That(Context.map context (fun i -> i * i) [| 0..99 |] = Array.init 100 (fun i -> i * i))

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

    Assert.Throws<OperationCanceledException>(Action cancelled) |> ignore

    let failing () =
        Context.map context (fun i -> if i = 3 then invalidArg "i" "three" else i) [| 0..9 |]
        |> ignore

    Assert.Throws<ArgumentException>(Action failing) |> ignore
