module ConcreteMl.Compiler.Core.Tests.BaseTests

open NUnit.Framework
open ConcreteMl.Compiler.Core.Base

[<Test>]
let ``the count of a shape is the product of its dimensions`` () =
    Assert.That(Shape.count [| 2; 3 |], Is.EqualTo 6)
