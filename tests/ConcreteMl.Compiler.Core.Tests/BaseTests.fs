module ConcreteMl.Compiler.Core.Tests.BaseTests

open Expecto
open ConcreteMl.Compiler.Core.Base

[<Tests>]
let tests =
    testList
        "Base"
        [
            testCase "the count of a shape is the product of its dimensions"
            <| fun () -> Expect.equal (Shape.count [| 2; 3 |]) 6 "Shape.count [| 2; 3 |]"
        ]
