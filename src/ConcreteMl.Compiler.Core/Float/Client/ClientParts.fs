namespace ConcreteMl.Compiler.Core.Float.Client

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// What the client computes itself, as float graphs: from the file's inputs to the circuit's, and from the circuit's outputs to the
/// file's. None: they are the same.
type ClientParts =
    {
        Before: Graph option
        After: Graph option
    }

    member this.IsEmpty = this.Before.IsNone && this.After.IsNone

/// The client's parts stand in two attributes of the graph of every stage behind the cut, and pass through its steps unchanged.
[<RequireQualifiedAccess>]
module ClientParts =

    /// The names of the attributes.
    let before, after = "client_before", "client_after"

    /// There is nothing to do.
    let none: ClientParts = { Before = None; After = None }

    let private part name (attributes: Map<string, Attribute>) : Result<Graph option, Diagnostic list> =
        let refuse message =
            Error
                [
                    Diagnostic.error
                        "CML9011"
                        name
                        $"what the client does cannot be read: {message}"
                        "a part as `concreteml dump` prints it"
                        "Print the stage again, or leave the attribute out."
                ]

        match Map.tryFind name attributes with
        | None -> Ok None
        | Some attribute ->
            match PartText.tryRead name attribute with
            | Error message -> refuse message
            | Ok graph ->
                match Verify.graph graph |> List.filter Diagnostic.isError with
                | [] -> Ok(Some graph)
                | finding :: _ -> refuse finding.Message

    /// The parts that a graph's attributes hold; CML9011 says what is wrong with one.
    let tryRead (attributes: Map<string, Attribute>) : Result<ClientParts, Diagnostic list> =
        part before attributes
        |> Result.bind (fun first ->
            part after attributes
            |> Result.map (fun last -> { Before = first; After = last }))

    /// The parts that the attributes of a verified graph hold.
    let read (attributes: Map<string, Attribute>) : ClientParts =
        match tryRead attributes with
        | Ok parts -> parts
        | Error findings -> invalidArg (nameof attributes) (findings |> List.map Diagnostic.render |> String.concat "\n")

    /// The graph with these parts in its attributes.
    let write (parts: ClientParts) (graph: Graph<'Op, 'Type>) : Graph<'Op, 'Type> =
        let put name (part: Graph option) (graph: Graph<'Op, 'Type>) =
            match part with
            | Some part -> Graph.withAttribute name (PartText.write part) graph
            | None -> Graph.withoutAttribute name graph

        graph |> put before parts.Before |> put after parts.After

    let private misfit (name: string) what expected =
        Diagnostic.error
            "CML9011"
            name
            $"what the client does fits no circuit of this graph: {what}"
            expected
            "Print the stage again, or leave the attribute out."

    let private paired name what (mine: (string * int[]) list) (theirs: (string * int[]) list) =
        if List.map snd mine = List.map snd theirs then
            []
        else
            let show (ports: (string * int[]) list) =
                ports
                |> List.map (fun (name, shape) -> $"{name} {Shape.print shape}")
                |> String.concat ", "

            [ misfit name $"it {what} {show mine}" (show theirs) ]

    let private shaped (graph: Graph) (ports: Port[]) =
        [
            for port in ports -> port.Name, graph.TypeOf port.Value |> ValueType.tryShape |> Option.defaultValue [||]
        ]

    /// What is wrong with the parts of a graph with these inputs and outputs (CML9011): unreadable, or of other shapes.
    let verify (attributes: Map<string, Attribute>) (inputs: (string * int[]) list) (outputs: (string * int[]) list) : Diagnostic list =
        match tryRead attributes with
        | Error findings -> findings
        | Ok parts ->
            [
                match parts.Before with
                | Some part -> yield! paired before "gives" (shaped part part.Outputs) inputs
                | None -> ()
                match parts.After with
                | Some part -> yield! paired after "takes" (shaped part part.Inputs) outputs
                | None -> ()
            ]

    let private through (part: Graph option) (sample: Tensor list) =
        match part with
        | Some graph -> Eval.graph graph sample
        | None -> sample

    /// The circuit's inputs for the file's.
    let enter (parts: ClientParts) (sample: Tensor list) : Tensor list = through parts.Before sample

    /// The file's outputs for the circuit's.
    let leave (parts: ClientParts) (outputs: Tensor list) : Tensor list = through parts.After outputs

    /// The attribute with the texts that an output's numbers stand for, by the name of the output.
    let labels = "labels"

    /// The attribute with the texts that an input's numbers stand for, by the name of the input.
    let inputTexts = "input_texts"

    /// Texts by the name of a port, as an attribute.
    let textsAttribute (texts: (string * string[]) list) : Attribute =
        texts
        |> List.map (fun (name, texts) -> name, texts |> Array.map Attribute.Text |> List.ofArray |> Attribute.List)
        |> Attribute.Record

    /// For each of these ports the texts that its numbers from 0 on stand for, by the attribute `key`; none for a port that is numbers.
    let textsOf (key: string) (attributes: Map<string, Attribute>) (ports: string list) : string list list =
        let entries =
            match Map.tryFind key attributes with
            | Some(Attribute.Record entries) -> entries
            | _ -> []

        [
            for port in ports ->
                match
                    entries
                    |> List.tryPick (fun (name, texts) -> if name = port then Some texts else None)
                with
                | Some(Attribute.List items) ->
                    items
                    |> List.choose (fun item ->
                        match item with
                        | Attribute.Text text -> Some text
                        | _ -> None)
                | _ -> []
        ]
