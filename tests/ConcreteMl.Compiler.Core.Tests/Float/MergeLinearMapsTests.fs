/// Linear maps that follow each other, multiplied out.
module ConcreteMl.Compiler.Core.Tests.Float.MergeLinearMapsTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float
open ConcreteMl.Compiler.Core.Float.Passes

let private merged graph =
    match MergeLinearMaps.pass.Run Context.quiet graph with
    | Ok result -> result
    | Error findings -> failwithf "%A" findings

/// Up to eight products, sums, differences, factors, divisors and choices with constants over the last axis, or the last two.
let private chain (seed: int) count : Graph =
    let random = Random seed
    let writer = GraphBuilder<Op, ValueType>("chain")
    let rank = random.Next(1, 4)
    let last = random.Next(1, 5)

    let x =
        writer.Input("x", ValueType.ofShape Element.Float32 (Array.append (Array.create (rank - 1) 2) [| last |]))

    let write = GraphWriter(writer, [ "chain" ])

    let numbers like shape =
        write.Numbers(like, shape, Array.init (Shape.count shape) (fun _ -> 0.3 + random.NextDouble()))

    let step value _ =
        let size = Array.last (write.Shape value)

        let one =
            match random.Next 3 with
            | 0 -> [| size |]
            | 1 when rank = 2 -> [| 2; (if random.Next 2 = 0 then size else 1) |]
            | _ -> [||]

        let kept () =
            write.Constant(Tensor.ofBool one (Array.init (Shape.count one) (fun _ -> random.Next 2 = 0)))

        match random.Next 8 with
        | 0 -> write.Binary(Binary.Add, numbers value one, value)
        | 1 -> write.Binary(Binary.Sub, value, numbers value one)
        | 2 -> write.Binary(Binary.Mul, value, numbers value one)
        | 3 -> write.Binary(Binary.Div, value, numbers value one)
        | 4 -> write.Add(Op.Where, [ kept (); value; numbers value one ])
        | 5 -> write.Add(Op.Where, [ kept (); numbers value [||]; value ])
        | 6 when rank = 2 ->
            let columns = random.Next(1, 5)

            write.Add(Op.Gemm(0.5f, 2.0f, false, true), [ value; numbers value [| columns; size |]; numbers value [| columns |] ])
        | _ -> write.Add(Op.MatMul, [ value; numbers value [| size; random.Next(1, 5) |] ])

    let y = List.fold step x [ 1..count ]
    writer.Build [ { Name = "y"; Value = y; Coding = None } ]

let private products (graph: Graph) =
    graph.Nodes
    |> Array.filter (fun node ->
        match node.Op with
        | Op.MatMul
        | Op.Gemm _ -> true
        | _ -> false)
    |> Array.length

let private chains =
    gen {
        let! seed = Gen.choose (0, 1000000)
        let! count = Gen.choose (1, 8)
        return seed, count
    }

[<Tests>]
let tests =
    testList
        "Float.MergeLinearMaps"
        [
            testCase "a chain of linear maps becomes one product, and computes the same but for rounding"
            <| fun () ->
                Prop.forAll (Arb.fromGen chains) (fun (seed, count) ->
                    let before = chain seed count
                    let after = merged before
                    let shape = (ValueType.tryShape (before.TypeOf before.Inputs[0].Value)).Value
                    let random = Random seed

                    let input =
                        [
                            Tensor.ofFloat32 shape (Array.init (Shape.count shape) (fun _ -> random.NextSingle()))
                        ]

                    let near (e: float) (a: float) = abs (e - a) <= 1e-4 * (1.0 + abs e)
                    let expected, actual = Eval.graph before input, Eval.graph after input

                    Verify.graph after = []
                    && products after <= 1
                    && List.forall2 (fun (e: Tensor) (a: Tensor) -> e.Shape = a.Shape) expected actual
                    && List.forall2 (fun e a -> Array.forall2 near (Tensor.toFloat64s e) (Tensor.toFloat64s a)) expected actual)
                |> Check.QuickThrowOnFailure
        ]
