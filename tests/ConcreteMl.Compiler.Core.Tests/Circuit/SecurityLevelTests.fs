module ConcreteMl.Compiler.Core.Tests.Circuit.SecurityLevelTests

open NUnit.Framework
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

let private chooseParameters =
    Pipeline.all false |> List.find (fun step -> step.Name = "search-parameters")

[<Test>]
let ``The default is the line of 132 bits`` () =
    Assert.That(Settings.defaults.Security, Is.EqualTo 132)
    Assert.That(ParameterOptions.standard.Curve, Is.EqualTo SecurityCurve.bits132)

[<Test>]
let ``A level that is not offered is refused`` () =
    let circuit =
        match Lower.run Context.quiet (RandomGraphs.graph 1) with
        | Ok circuit -> Stage.Circuit circuit
        | Error findings -> failwithf "%A" findings

    for level in [ 0; 100; 127; 129; 256 ] do
        let settings =
            { Settings.defaults with
                Security = level
            }

        match chooseParameters.Run settings Context.quiet circuit with
        | Error [ finding ] -> Assert.That(finding.Code, Is.EqualTo "CML5003")
        | other -> failwithf "%d bits: %A" level other
