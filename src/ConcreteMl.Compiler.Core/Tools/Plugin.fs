namespace ConcreteMl.Compiler.Core.Tools

open System
open System.IO
open System.Reflection
open System.Runtime.Loader
open ConcreteMl.Compiler.Core
open ConcreteMl.Compiler.Core.Base

/// Passes from assemblies outside: a type (an F# module is one) with a static property or field that holds a pass or a step.
[<RequireQualifiedAccess>]
module Plugin =

    /// What is loaded already, the compiler before all, is shared; what only the plugin uses comes from beside it.
    type private Beside(path: string) =
        inherit AssemblyLoadContext(path)
        let resolver = AssemblyDependencyResolver path

        override this.Load name =
            let shared =
                AssemblyLoadContext.Default.Assemblies
                |> Seq.exists (fun loaded -> loaded.GetName().Name = name.Name)

            if shared then
                null
            else
                match resolver.ResolveAssemblyToPath name with
                | null -> null
                | found -> this.LoadFromAssemblyPath found

    let private refuse code place message expected cure =
        Error [ Diagnostic.error code place message expected cure ]

    let private asStep (reason: string) (value: obj | null) : Step option =
        match value with
        | :? Step as step -> Some step
        | :? Pass<Float.Graph, Float.Graph> as pass -> Some(Step.float reason pass)
        | :? Pass<Quant.Graph, Quant.Graph> as pass -> Some(Step.quant reason pass)
        | :? Pass<Circuit.Graph, Circuit.Graph> as pass -> Some(Step.circuit reason pass)
        | _ -> None

    let private flags = BindingFlags.Static ||| BindingFlags.Public

    /// Values of static properties and fields, by name.
    let private members (holder: Type) =
        [
            for property in holder.GetProperties flags do
                if property.GetIndexParameters().Length = 0 then
                    property.Name, (fun () -> property.GetValue null)

            for field in holder.GetFields flags do
                field.Name, (fun () -> field.GetValue null)
        ]

    let private named (assembly: Assembly) (name: string) =
        let types = assembly.GetTypes()

        // An F# module of the name of a type is called NameModule.
        let isNamed (candidate: Type) =
            [ candidate.FullName; candidate.Name ]
            |> List.exists (fun full -> full = name || full = name + "Module")

        types |> Array.tryFind isNamed

    let private find path (assembly: Assembly) (name: string) =
        let holding (holder: Type) =
            members holder
            |> List.choose (fun (_, value) -> asStep $"from {Path.GetFileName(path: string)}" (value ()))

        match named assembly name with
        | None ->
            let candidates =
                assembly.GetTypes()
                |> Array.filter (fun holder -> holder.IsPublic && not (holding holder).IsEmpty)
                |> Array.map _.FullName

            let expected =
                if candidates.Length = 0 then
                    "a public F# module or class with a static `pass` or `step`"
                else
                    String.Join(" or ", candidates)

            refuse "CML7007" path $"{Path.GetFileName path} has no type '{name}'" expected "Write --before STEP=plugin.dll:Namespace.Type."
        | Some holder ->
            match holding holder with
            | [ step ] -> Ok step
            | [] ->
                refuse
                    "CML7007"
                    path
                    $"'{name}' holds no pass"
                    "a static property of type Pass<Graph, Graph> of the float, quant or circuit stage, or Step"
                    "In an F# module: let pass: Pass<Float.Graph, Float.Graph> = …"
            | several ->
                refuse
                    "CML7007"
                    path
                    $"'{name}' holds {several.Length} passes"
                    "one pass in a type"
                    "Give each pass a module of its own, and name the module."

    // Names stay unique: a second pass of one name is numbered.
    let private renamed (steps: Step list) (step: Step) =
        let taken = steps |> List.map _.Name |> Set.ofList

        let name =
            Seq.append [ step.Name ] (Seq.initInfinite (fun index -> $"{step.Name}-{index + 2}"))
            |> Seq.find (fun name -> not (taken.Contains name))

        { step with Name = name }

    /// The step that a type of an assembly holds (CML7006, CML7007). Code of the assembly runs in this process.
    let load (path: string) (typeName: string) : Result<Step, Diagnostic list> =
        let full = Path.GetFullPath path

        if not (File.Exists full) then
            refuse "CML7006" path $"there is no file {path}" "the assembly of a plugin (.dll)" "Build the plugin, and check the path."
        else
            try
                find path (Beside(full).LoadFromAssemblyPath full) typeName
            with
            | :? BadImageFormatException ->
                refuse "CML7006" path $"{Path.GetFileName path} is no .NET assembly" "the assembly of a plugin (.dll)" "Build the plugin."
            | :? FileLoadException
            | :? FileNotFoundException
            | :? TypeLoadException
            | :? ReflectionTypeLoadException
            | :? TargetInvocationException as problem ->
                let cause =
                    match problem.InnerException with
                    | null -> problem.Message
                    | inner -> inner.Message

                refuse
                    "CML7006"
                    path
                    $"{Path.GetFileName path} cannot be loaded: {cause}"
                    "a plugin built against this release of ConcreteMl.Compiler.Core"
                    "Build the plugin again against this release."

    /// The steps with one more before or after the named one, which `concreteml passes` lists (CML7001).
    let place (after: bool) (name: string) (step: Step) (steps: Step list) : Result<Step list, Diagnostic list> =
        let put = if after then Pipeline.after else Pipeline.before

        if steps |> List.exists (fun known -> known.Name = name) then
            Ok(put name (renamed steps step) steps)
        else
            Registry.find name
            |> Result.bind (fun known ->
                Error
                    [
                        Diagnostic.error
                            "CML7004"
                            name
                            $"the step '{known.Name}' does not run in this compilation"
                            (steps |> List.map _.Name |> String.concat ", ")
                            "Name a step that runs."
                    ])
