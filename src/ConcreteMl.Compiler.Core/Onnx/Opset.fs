namespace ConcreteMl.Compiler.Core.Onnx

open ConcreteMl.Compiler.Core.Onnx.Schemas

/// Operator sets: which version a node is read by, and the signature that this version gives its operator.
[<RequireQualifiedAccess>]
module Opset =

    /// The newest version of ai.onnx whose operators are known here.
    let newest = 28

    /// The newest version of the file format that is known here.
    let newestIr = 13L

    let private table =
        List.concat
            [
                ElementwiseSchemas.all
                TensorSchemas.all
                NetworkSchemas.all
                IndexSchemas.all
                ControlSchemas.all
                MlSchemas.all
                RuntimeSchemas.all
            ]
        |> List.groupBy (fun schema -> schema.Domain, schema.Name)
        |> List.map (fun (key, schemas) -> key, schemas |> List.sortByDescending (fun schema -> schema.Since))
        |> Map.ofList

    /// The version that a list of imports gives a domain; the largest one when it is imported more than once.
    let ofImports (imports: (string * int64) list) (domain: string) : int option =
        imports
        |> List.choose (fun (name, version) ->
            if name = domain then
                Some(int (min version 1000000L))
            else
                None)
        |> function
            | [] -> None
            | versions -> Some(List.max versions)

    /// The version of a domain ("" for ai.onnx) that a model imports; 1 when it imports none.
    let version (model: Model) (domain: string) : int =
        ofImports model.Opsets domain |> Option.defaultValue 1

    /// The version by which a node of the model is read: its own where it came from a function, else the model's.
    let ofNode (model: Model) (node: Node) : int =
        node.Opset |> Option.defaultWith (fun () -> version model node.Domain)

    /// All known signatures of an operator, newest first; empty for operators that are not in the table.
    let history (domain: string) (opType: string) : OperatorSchema list =
        Map.tryFind (domain, opType) table |> Option.defaultValue []

    /// The signature in force: that of the largest since-version not above `version`.
    let trySchema (domain: string) (opType: string) (version: int) : OperatorSchema option =
        history domain opType |> List.tryFind (fun schema -> schema.Since <= version)

    /// The largest since-version of an operator not above `version`; None when the operator is unknown or younger.
    let since (domain: string) (opType: string) (version: int) : int option =
        trySchema domain opType version |> Option.map (fun schema -> schema.Since)
