namespace ConcreteMl.Compiler.Core.Onnx.Schemas

open ConcreteMl.Compiler.Core.Onnx
open SchemaNotation

/// Signatures of control flow, sequences and optionals, opsets 1 to 28.
[<RequireQualifiedAccess>]
module internal ControlSchemas =

    // Graphs inside nodes.
    let private control =
        [
            schema
                "If"
                [ 1; 11; 13; 16; 19; 21; 23; 24; 25 ]
                (1, 1)
                (1, many)
                [ required (graph "else_branch"); required (graph "then_branch") ]
            // Both the count and the condition may be left out.
            schema "Loop" [ 1; 11; 13; 16; 19; 21; 23; 24; 25 ] (0, many) (1, many) [ required (graph "body") ]
            schema "Scan" [ 8 ] (0, many) (1, many) [ required (graph "body"); ints "directions"; required (int "num_scan_inputs") ]
            schema
                "Scan"
                [ 9; 11; 16; 19; 21; 23; 24; 25 ]
                (1, many)
                (1, many)
                [
                    required (graph "body")
                    required (int "num_scan_inputs")
                    ints "scan_input_axes"
                    ints "scan_input_directions"
                    ints "scan_output_axes"
                    ints "scan_output_directions"
                ]
            schema "SequenceMap" [ 17 ] (1, many) (1, many) [ required (graph "body") ]
        ]

    // Sequences and optionals.
    let private sequences =
        [
            schema "ConcatFromSequence" [ 11 ] (1, 1) (1, 1) [ required (int "axis"); int "new_axis" ]
            schema "Optional" [ 15; 28 ] (0, 1) (1, 1) [ kindOf "type" ]
            schema "OptionalGetElement" [ 15; 18; 28 ] (1, 1) (1, 1) []
            schema "OptionalHasElement" [ 15 ] (1, 1) (1, 1) []
            schema "OptionalHasElement" [ 18; 28 ] (0, 1) (1, 1) []
            schema "SequenceAt" [ 11 ] (2, 2) (1, 1) []
            schema "SequenceConstruct" [ 11 ] (1, many) (1, 1) []
            schema "SequenceEmpty" [ 11 ] (0, 0) (1, 1) [ int "dtype" ]
            schema "SequenceErase" [ 11 ] (1, 2) (1, 1) []
            schema "SequenceInsert" [ 11 ] (2, 3) (1, 1) []
            schema "SequenceLength" [ 11 ] (1, 1) (1, 1) []
            schema "SplitToSequence" [ 11; 24 ] (1, 2) (1, 1) [ int "axis"; int "keepdims" ]
        ]

    let all: OperatorSchema list =
        List.concat [ List.concat control; List.concat sequences ]
