/// No attribute that ONNX knows is passed over: whatever legal value it has, the result is ONNX Runtime's, or the file is refused.
module ConcreteMl.Compiler.Core.Tests.RuntimeTypes.AttributeTests

open System
open System.Collections.Generic
open Expecto
open ConcreteMl.Onnx.Proto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Onnx
open ConcreteMl.Compiler.Core.Tests.Onnx
open ConcreteMl.Compiler.Core.Tests.RuntimeTypes.RuntimeTypeTests

let private opset = 21

/// Values that some operator takes for an attribute of this name; those that the operator at hand does not take, ONNX Runtime refuses.
/// Lists have the length that the rank asks for: ONNX Runtime ends the process at some others.
let private values (rank: int) (attribute: AttributeSchema) : AttributeProto list =
    let name = attribute.Name
    let spatial = rank - 2
    let texts = List.map (Build.text name)
    let ints = List.map (Build.ints name)

    match attribute.Kind, name with
    | AttributeKind.Int, "axis" -> [ -2L; -1L; 0L; 1L; 2L ] |> List.map (Build.int name)
    | AttributeKind.Int, ("blocksize" | "group" | "num_groups" | "p" | "size") -> [ 1L; 2L; 3L ] |> List.map (Build.int name)
    | AttributeKind.Int, "to" -> [ 1L; 6L; 7L; 9L; 10L; 11L ] |> List.map (Build.int name)
    | AttributeKind.Int, "num_outputs" -> []
    | AttributeKind.Int, _ -> [ 0L; 1L ] |> List.map (Build.int name)
    | AttributeKind.Float, _ -> [ -1.0f; 0.25f; 2.0f ] |> List.map (Build.float name)
    | AttributeKind.Text, "approximate" -> texts [ "none"; "tanh" ]
    | AttributeKind.Text, "auto_pad" -> texts [ "NOTSET"; "SAME_UPPER"; "SAME_LOWER"; "VALID" ]
    | AttributeKind.Text, "direction" -> texts [ "LEFT"; "RIGHT"; "forward"; "reverse" ]
    | AttributeKind.Text, "reduction" -> texts [ "none"; "add"; "mul"; "min"; "max" ]
    | AttributeKind.Text, "nearest_mode" -> texts [ "floor"; "ceil"; "round_prefer_floor"; "round_prefer_ceil" ]
    | AttributeKind.Text, "coordinate_transformation_mode" ->
        texts
            [
                "half_pixel"
                "pytorch_half_pixel"
                "half_pixel_symmetric"
                "align_corners"
                "asymmetric"
            ]
    | AttributeKind.Text, "mode" ->
        texts
            [
                "constant"
                "edge"
                "reflect"
                "wrap"
                "DCR"
                "CRD"
                "nearest"
                "linear"
                "cubic"
            ]
    | AttributeKind.Ints, "axes" -> ints [ [ 0L ]; [ -1L ]; [ 0L; 1L ] ]
    | AttributeKind.Ints, "perm" ->
        let order = [ for axis in 0 .. rank - 1 -> int64 axis ]
        ints [ order; List.rev order; List.tail order @ [ 0L ] ]
    | AttributeKind.Ints, ("kernel_shape" | "strides" | "dilations" | "output_padding") when spatial > 0 ->
        ints [ for size in 0L .. 3L -> List.replicate spatial size ]
    | AttributeKind.Ints, "pads" when spatial > 0 ->
        ints
            [
                List.replicate (2 * spatial) 1L
                List.replicate spatial 1L @ List.replicate spatial 0L
                List.replicate spatial 0L @ List.replicate spatial 1L
            ]
    | _ -> []

/// Where ONNX Runtime does something else than ONNX says, or ONNX says nothing: operator, attribute, and what.
let private otherwise =
    [
        "TopK", "sorted", "unsorted results are in any order"
        "Shrink", "bias", "what a fraction does to integers; there, results are cut off, here the bias is"
        "ConvTranspose", "auto_pad", "ends are left out where the kernel is shorter than the stride; ONNX says input · stride"
    ]

let private isOtherwise operator attribute =
    otherwise
    |> List.exists (fun (known, name, _) -> known = operator && name = attribute)

let private cases =
    Cases.all
    |> List.groupBy (fun case -> case.Operator)
    |> List.collect (fun (_, some) -> some |> List.truncate 3)

/// What differs when an attribute of a case has another value.
let private differences (random: int) (case: Case) (attribute: AttributeSchema) : string list =
    let element =
        if List.contains Element.Float32 case.Elements then
            Element.Float32
        else
            case.Elements.Head

    let rank =
        match case.Operands (Random random) element with
        | (Operand.Input tensor | Operand.Constant tensor) :: _ -> tensor.Shape.Length
        | _ -> 0

    [
        for value in values rank attribute do
            let others =
                case.Attributes |> List.filter (fun present -> present.Name <> attribute.Name)

            match
                compare
                    (Random random)
                    { case with
                        Attributes = value :: others
                    }
                    element
            with
            | Outcome.Differs what -> $"{case.Operator} with {value}: {what}"
            | Outcome.Agrees
            | Outcome.Unknown
            | Outcome.Refused _ -> ()
    ]

let private schemas =
    [
        for domain, name in Import.supported do
            for schema in Opset.history domain name do
                schema
    ]

/// A node with one attribute, of a value that is nobody's default.
let private nodeWith (schema: OperatorSchema) (attribute: AttributeSchema) : Node =
    let text =
        if attribute.Kind = AttributeKind.Float then
            "0.375"
        else
            "7"

    let kind =
        match attribute.Kind with
        | AttributeKind.Float -> Attribute.Float 0.375f
        | AttributeKind.Text -> Attribute.Text text
        | AttributeKind.Ints -> Attribute.Ints [| 7L |]
        | AttributeKind.Floats -> Attribute.Floats [| 0.375f |]
        | AttributeKind.Texts -> Attribute.Texts [| text |]
        | _ -> Attribute.Int 7L

    {
        Name = "n"
        OpType = schema.Name
        Domain = schema.Domain
        Overload = ""
        Opset = None
        Inputs = [||]
        Outputs = [||]
        Attributes = [ attribute.Name, kind ]
    }

let private isListed (schema: OperatorSchema) (attribute: AttributeSchema) =
    UnreadAttributes.meaningless
    |> List.exists (fun (operators, name, _) ->
        name = attribute.Name
        && (operators.IsEmpty || List.contains schema.Name operators))

[<Tests>]
let tests =
    testList
        "RuntimeAttributes"
        [
            testCase "every attribute with every value gives ONNX Runtime's result or a refusal"
            <| fun () ->
                let seed = Random.Shared.Next()
                printfn $"RuntimeAttributes: seed {seed}"

                let found =
                    [
                        for case in cases do
                            match Opset.trySchema "" case.Operator opset with
                            | Some schema ->
                                for attribute in schema.Attributes do
                                    if not (isOtherwise case.Operator attribute.Name) then
                                        yield! differences seed case attribute
                            | None -> ()
                    ]

                Expect.isEmpty found (found |> List.truncate 20 |> String.concat "\n")

            testCase "an attribute of any schema that no importer reads is refused, unless it is listed as meaning nothing"
            <| fun () ->
                let passed =
                    [
                        for schema in schemas do
                            for attribute in schema.Attributes do
                                let refused = UnreadAttributes.find (nodeWith schema attribute) (HashSet()) <> []

                                if refused = isListed schema attribute then
                                    $"{schema.Name} {schema.Since}: {attribute.Name}"
                    ]

                Expect.isGreaterThan schemas.Length 300 "the table of schemas"
                Expect.isEmpty passed (String.concat "; " passed)

            testCase "what is listed as meaning nothing is an attribute of that operator"
            <| fun () ->
                let has operator name =
                    schemas
                    |> List.exists (fun schema ->
                        schema.Name = operator
                        && schema.Attributes |> List.exists (fun attribute -> attribute.Name = name))

                let stale =
                    [
                        for operators, name, _ in UnreadAttributes.meaningless do
                            for operator in operators do
                                if not (has operator name) then
                                    $"{operator}: {name}"
                    ]

                Expect.isEmpty stale (String.concat "; " stale)

            testCase "an importer that passes over an attribute refuses the node by its name"
            <| fun () ->
                let body =
                    Build.graph [ Build.real "a" "2" ] [] [ Build.node "Relu" [ "a" ] [ "b" ] [] ] [ Build.real "b" "2" ]

                let scan =
                    Build.node
                        "Scan"
                        [ ""; "x" ]
                        [ "y" ]
                        [
                            Build.graphAttribute "body" body
                            Build.int "num_scan_inputs" 1L
                            Build.ints "directions" [ 1L ]
                        ]

                let model =
                    Build.graph [ Build.real "x" "1 3 2" ] [] [ scan ] [ Build.untyped "y" ]
                    |> Build.model 8L
                    |> Build.decode

                match Import.model Context.quiet { BindBatch = false; Sizes = Map.empty } model with
                | Ok _ -> failtest "the direction of the scan is passed over"
                | Error findings -> Expect.contains (Build.codes findings) "CML1101" "the code"
        ]
