module ConcreteMl.Compiler.Core.Tests.Circuit.SecurityLevelTests

open Expecto
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Circuit

let private chooseParameters =
    Pipeline.all false |> List.find (fun step -> step.Name = "search-parameters")

[<Tests>]
let tests =
    testList
        "Circuit.SecurityLevel"
        [
            testCase "The default is the line of 132 bits"
            <| fun () ->
                Expect.equal Settings.defaults.Security 132 "Settings.defaults.Security"
                Expect.equal ParameterOptions.standard.Curve SecurityCurve.bits132 "ParameterOptions.standard.Curve"

            testCase "A level that is not offered is refused"
            <| fun () ->
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
                    | Error [ finding ] -> Expect.equal finding.Code "CML5003" "finding.Code"
                    | other -> failwithf "%d bits: %A" level other
        ]
