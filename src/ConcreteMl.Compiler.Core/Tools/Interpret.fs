namespace ConcreteMl.Compiler.Core.Tools

open System
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Tfhe.Programs

/// An input of a stage as users give it: real numbers, or codes where the port has no coding.
type InputPort =
    {
        Name: string
        Element: Element
        /// None for any shape, and for a dimension of any size.
        Dims: int option[] option
    }

/// One value of a run on some samples.
type SeenValue =
    {
        /// The nodes that it comes from, or the port's name.
        Place: string
        /// As the text calls it: "%5"; empty for an output.
        Name: string
        Shape: int[]
        /// One array of elements for each sample.
        Samples: float[][]
    }

/// What a stage computes on some samples.
type Outcome =
    {
        /// In the order of the ports.
        Outputs: SeenValue list
        /// The results of all nodes, in order; empty for a program.
        Values: SeenValue list
    }

/// Runs stages in clear: each by its own interpreter. Integer stages take real samples through the codings of their ports.
[<RequireQualifiedAccess>]
module Interpret =

    /// The codes of real samples, by the coding of each port; a port without one takes whole numbers as they are.
    let codes (ports: (Port * int[]) list) (samples: Tensor list list) : IntegerBatch list =
        ports
        |> List.mapi (fun index (port, shape) ->
            samples
            |> List.map (fun sample ->
                let real = List.item index sample

                match port.Coding with
                | Some coding -> Client.quantizeInput coding shape real
                | None -> Tensor.toFloat64s real |> Array.map (Math.Round >> int64))
            |> Array.ofList
            |> IntegerBatch.ofSamples shape)

    /// The real numbers of output codes, by the coding of each port: one list of outputs per sample; without a coding, the codes.
    let reals (ports: Port list) (outputs: IntegerBatch list) : Tensor list list =
        let lanes = outputs |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 0

        let one lane (port: Port) (batch: IntegerBatch) =
            let values = IntegerBatch.sample lane batch

            match port.Coding with
            | Some coding -> Client.dequantizeOutput coding batch.Shape values
            | None -> Tensor.Create(Element.Int64, batch.Shape, values)

        [ for lane in 0 .. lanes - 1 -> List.map2 (one lane) ports outputs ]

    let private place (origin: Origin) = String.Join(", ", origin)

    let private ofBatch place name (batch: IntegerBatch) =
        {
            Place = place
            Name = name
            Shape = batch.Shape
            Samples = Array.init batch.Lanes (fun lane -> IntegerBatch.sample lane batch |> Array.map float)
        }

    /// A graph that gives every value, so that one run shows all of them.
    let private opened (graph: Graph<'Op, 'Type>) =
        { graph with
            Outputs =
                [|
                    for node in graph.Nodes do
                        for value in node.Results do
                            {
                                Name = place node.Origin
                                Value = value
                                Coding = None
                            }
                |]
        }

    let private integers (graph: Graph<'Op, 'Type>) (run: Graph<'Op, 'Type> -> IntegerBatch list) =
        let all = opened graph

        {
            Outputs =
                (List.ofArray graph.Outputs, run graph)
                ||> List.map2 (fun port batch -> ofBatch port.Name "" batch)
            Values =
                (List.ofArray all.Outputs, run all)
                ||> List.map2 (fun port batch -> ofBatch port.Name (string port.Value) batch)
        }

    let private reality (graph: Float.Graph) (samples: Tensor list list) =
        let traces = samples |> List.map (Float.Eval.trace graph) |> Array.ofList

        let seen place name (ValueId index) =
            {
                Place = place
                Name = name
                Shape = (Array.item index traces[0]).Shape
                Samples = traces |> Array.map (Array.item index >> Tensor.toFloat64s)
            }

        {
            Outputs = [ for port in graph.Outputs -> seen port.Name "" port.Value ]
            Values =
                [
                    for node in graph.Nodes do
                        for value in node.Results do
                            seen (place node.Origin) (string value) value
                ]
        }

    let private inputs (shapeOf: ValueId -> int[]) (graph: Graph<'Op, 'Type>) =
        [ for port in graph.Inputs -> port, shapeOf port.Value ]

    let private quantInputs (graph: Quant.Graph) =
        inputs (fun value -> (graph.TypeOf value).Shape) graph

    let private circuitInputs (graph: Circuit.Graph) =
        inputs (fun value -> (graph.TypeOf value).Shape) graph

    let private program (program: TfheProgram) (batches: IntegerBatch list) =
        let lanes = batches |> List.tryHead |> Option.map _.Lanes |> Option.defaultValue 1

        let samples =
            Array.init lanes (fun lane ->
                batches
                |> List.map (fun batch -> IntegerBatch.sample lane batch)
                |> Array.ofList)

        let result =
            ClearExecutor(program).Run(samples, ExecutionOptions(Threads = 1), Threading.CancellationToken.None)

        {
            Outputs =
                [
                    for index, port in Seq.indexed program.Outputs ->
                        {
                            Place = port.Name
                            Name = ""
                            Shape = program.Values[port.Value].Shape
                            Samples = [| for outputs in result.Outputs -> outputs[index] |> Array.map float |]
                        }
                ]
            Values = []
        }

    // What is chosen in a planned graph is exactly what its tables do.
    let private chosen (graph: Planned.Graph) : Quant.Graph option =
        match Planned.Passes.Tabulate.pass.Run Context.quiet graph with
        | Ok tables -> Some tables
        | Error _ -> None

    let private plannedReality (graph: Planned.Graph) (samples: Tensor list list) : Outcome =
        let traces = samples |> List.map (Planned.RealEval.trace graph) |> Array.ofList

        let seen place name (ValueId index) =
            {
                Place = place
                Name = name
                Shape = graph.Types[index].Shape
                Samples = traces |> Array.map (fun values -> Tensor.toFloat64s values[index])
            }

        {
            Outputs = [ for port in graph.Outputs -> seen port.Name "" port.Value ]
            Values =
                [
                    for node in graph.Nodes -> seen (place node.Origin) (string node.Results[0]) node.Results[0]
                ]
        }

    /// The codes that an integer stage computes with on real samples; None for stages of real numbers.
    let inputCodes (stage: Stage) (samples: Tensor list list) : IntegerBatch list option =
        match stage with
        | Stage.Planned graph -> chosen graph |> Option.map (fun graph -> codes (quantInputs graph) samples)
        | Stage.Quant graph -> codes (quantInputs graph) samples |> Some
        | Stage.Circuit graph -> codes (circuitInputs graph) samples |> Some
        | Stage.Onnx _
        | Stage.Float _
        | Stage.Program _ -> None

    /// What a stage's graph computes on real samples of its own inputs. Programs take the codes of the circuit above them; ONNX models are
    /// not run.
    let run (stage: Stage) (samples: Tensor list list) (above: IntegerBatch list option) : Outcome option =
        let codes = above |> Option.orElseWith (fun () -> inputCodes stage samples)

        match stage, codes with
        | Stage.Float graph, _ -> Some(reality graph samples)
        | Stage.Planned graph, Some codes ->
            chosen graph
            |> Option.map (fun graph -> integers graph (fun graph -> (Quant.Eval.graph graph codes).Outputs))
        | Stage.Planned graph, None -> Some(plannedReality graph samples)
        | Stage.Quant graph, Some codes -> Some(integers graph (fun graph -> (Quant.Eval.graph graph codes).Outputs))
        | Stage.Circuit graph, Some codes -> Some(integers graph (fun graph -> (Circuit.Eval.graph graph codes).Outputs))
        | Stage.Program lowered, Some codes -> Some(program lowered codes)
        | (Stage.Onnx _ | Stage.Quant _ | Stage.Circuit _ | Stage.Program _), _ -> None

    let private ofModel (model: Onnx.Model) =
        Onnx.Inline.functions model
        |> Result.bind (Float.Import.model Context.quiet { BindBatch = false; Sizes = Map.empty })

    let private unable (stage: Stage) message =
        Error
            [
                Diagnostic.error "CML6021" (string stage.Kind) message "a text of a stage" "Programs are run with `concreteml run`."
            ]

    let private floatPorts (graph: Float.Graph) =
        [
            for port in graph.Inputs ->
                let valueType = graph.TypeOf port.Value

                let size dim =
                    match dim with
                    | Float.Dim.Known size -> Some size
                    | Float.Dim.Dynamic -> None

                {
                    Name = port.Name
                    Element = valueType.Element
                    Dims = valueType.Dims |> Option.map (Array.map size)
                }
        ]

    // A leading 1 is the place of the samples.
    let private staticPort name element shape =
        {
            Name = name
            Element = element
            Dims =
                shape
                |> Array.mapi (fun axis size -> if axis = 0 && size = 1 then None else Some size)
                |> Some
        }

    let private codedPorts (ports: (Port * int[]) list) =
        [
            for port, shape in ports -> staticPort port.Name (port.Coding |> Option.map _.Real |> Option.defaultValue Element.Int64) shape
        ]

    let private plannedPorts (graph: Planned.Graph) =
        [
            for port in graph.Inputs ->
                let planned = graph.TypeOf port.Value
                staticPort port.Name planned.Real planned.Shape
        ]

    /// The inputs of a stage's graph; ONNX models are imported for it, programs have none (CML6021).
    let circuitPorts (stage: Stage) : Result<InputPort list, Diagnostic list> =
        match stage with
        | Stage.Onnx model -> ofModel model |> Result.map floatPorts
        | Stage.Float graph -> Ok(floatPorts graph)
        | Stage.Planned graph -> Ok(plannedPorts graph)
        | Stage.Quant graph -> Ok(codedPorts (quantInputs graph))
        | Stage.Circuit graph -> Ok(codedPorts (circuitInputs graph))
        | Stage.Program _ -> unable stage "a program is not run by this interpreter"

    /// For each of these inputs the texts that its numbers from 0 on stand for; none for an input that is numbers.
    let texts (stage: Stage) (inputs: string list) : string list list =
        let attributes =
            match stage with
            | Stage.Onnx model -> ofModel model |> Result.map _.Attributes |> Result.defaultValue Map.empty
            | other -> other.Attributes

        Float.Client.ClientParts.textsOf Float.Client.ClientParts.inputTexts attributes inputs

    /// The inputs of a stage as users give them: those of the file, where the client has a part before the graph.
    let ports (stage: Stage) : Result<InputPort list, Diagnostic list> =
        match stage.ClientParts.Before with
        | Some part ->
            [
                for port in part.Inputs ->
                    let valueType = part.TypeOf port.Value
                    staticPort port.Name valueType.Element (Float.ValueType.tryShape valueType |> Option.defaultValue [||])
            ]
            |> Ok
        | None -> circuitPorts stage

    let private coded (graph: Graph<'Op, 'Type>) (outputs: IntegerBatch list) =
        reals (List.ofArray graph.Outputs) outputs, Some outputs

    /// The real outputs of a stage's graph for each sample of its inputs, and the codes that they stand for where the stage has codes. The
    /// samples are real, or, with `asCodes`, the codes of an integer stage themselves. Float stages throw `Float.EvalException` where an
    /// operation cannot be computed.
    let circuit
        (asCodes: bool)
        (stage: Stage)
        (samples: Tensor list list)
        : Result<Tensor list list * IntegerBatch list option, Diagnostic list> =
        let enter (inputs: (Port * int[]) list) =
            let plain (port: Port, shape) =
                (if asCodes then { port with Coding = None } else port), shape

            codes (List.map plain inputs) samples

        let real (graph: Float.Graph) =
            samples |> List.map (Float.Eval.graph graph), None

        match stage with
        | Stage.Onnx model -> ofModel model |> Result.map real
        | Stage.Float graph -> Ok(real graph)
        | Stage.Planned graph ->
            match chosen graph with
            | Some graph -> Ok(coded graph (Quant.Eval.graph graph (enter (quantInputs graph))).Outputs)
            | None -> Ok(samples |> List.map (Planned.RealEval.outputs graph), None)
        | Stage.Quant graph -> Ok(coded graph (Quant.Eval.graph graph (enter (quantInputs graph))).Outputs)
        | Stage.Circuit graph -> Ok(coded graph (Circuit.Eval.graph graph (enter (circuitInputs graph))).Outputs)
        | Stage.Program _ -> unable stage "a program is not run by this interpreter"

    /// As `circuit`, with what the client does before and behind it: from the file's inputs (or, with `asCodes`, the circuit's) to the
    /// file's outputs.
    let forward asCodes (stage: Stage) (samples: Tensor list list) =
        let parts = stage.ClientParts

        let entered =
            if asCodes then
                samples
            else
                samples |> List.map (Float.Client.ClientParts.enter parts)

        circuit asCodes stage entered
        |> Result.map (fun (outputs, codes) -> outputs |> List.map (Float.Client.ClientParts.leave parts), codes)

    /// Random samples for a stage's inputs: normal numbers for reals, small whole numbers for integers, booleans for booleans.
    let randomSamples (seed: int) (count: int) (stage: Stage) : Tensor list list =
        let random = Random seed

        let normal () =
            sqrt (-2.0 * log (1.0 - random.NextDouble()))
            * cos (2.0 * Math.PI * random.NextDouble())

        let tensor (port: InputPort) =
            let shape =
                port.Dims |> Option.defaultValue [||] |> Array.map (Option.defaultValue 1)

            let value () =
                if port.Element = Element.Bool then float (random.Next 2)
                elif Element.isFloat port.Element then normal ()
                else float (random.Next 4)

            Array.init (Shape.count shape) (fun _ -> value ())
            |> Float.Elements.ofFloat64s port.Element shape

        match ports stage with
        | Ok ports -> [ for _ in 1..count -> List.map tensor ports ]
        | Error _ -> []
