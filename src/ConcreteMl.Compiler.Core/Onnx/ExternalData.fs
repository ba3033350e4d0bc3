namespace ConcreteMl.Compiler.Core.Onnx

open System
open System.Globalization
open System.IO
open ConcreteMl.Onnx.Proto

/// Tensor data in files beside the model. Only files inside the model's folder are read.
[<RequireQualifiedAccess>]
module ExternalData =

    let private entry key (tensor: TensorProto) =
        tensor.ExternalData
        |> Seq.tryFind (fun pair -> pair.Key = key)
        |> Option.map (fun pair -> pair.Value)

    let private number key (tensor: TensorProto) : Result<int64 option, string> =
        match entry key tensor with
        | None -> Ok None
        | Some text ->
            match Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value -> Ok(Some value)
            | false, _ -> Error $"its external data has the {key} '{text}', which is no number"

    let private isInside (folder: string) (path: string) =
        let root =
            Path.TrimEndingDirectorySeparator folder + string Path.DirectorySeparatorChar

        path.StartsWith(root, StringComparison.Ordinal)

    /// Follows a link at `path`, or at a folder between it and `folder`; the path itself when there is none.
    let private resolveLinks (folder: string) (path: string) =
        let steps = Path.GetRelativePath(folder, path).Split Path.DirectorySeparatorChar

        (folder, steps)
        ||> Array.fold (fun parent step ->
            let next = Path.Combine(parent, step)

            let info =
                if Directory.Exists next then
                    DirectoryInfo next :> FileSystemInfo
                else
                    FileInfo next

            match info.ResolveLinkTarget true with
            | null -> next
            | target -> target.FullName)

    let private locate (folder: string) (location: string) : Result<string, string> =
        let outside =
            Error $"its external file '{location}' lies outside the model's folder, which is refused"

        if location = "" || location.Contains '\000' then
            Error "its external data names no file"
        elif Path.IsPathRooted location || location.Contains '\\' then
            outside
        else
            let root = Path.GetFullPath folder
            let path = Path.GetFullPath(Path.Combine(root, location))

            if not (isInside root path) then
                outside
            elif not (File.Exists path) then
                Error $"its external file '{location}' does not exist in the model's folder"
            else
                let resolved = resolveLinks root path
                let real = resolveLinks (string (Path.GetPathRoot root)) root

                if isInside root resolved || isInside real resolved then
                    Ok path
                else
                    outside

    let private readRange (path: string) (offset: int64) (length: int) : byte[] =
        use handle = File.OpenHandle path
        let bytes = Array.zeroCreate<byte> length

        let rec fill position =
            if position < length then
                let read = RandomAccess.Read(handle, bytes.AsSpan position, offset + int64 position)

                if read = 0 then
                    raise (EndOfStreamException "the file ended early")

                fill (position + read)

        fill 0
        bytes

    let private readFile (location: string) (path: string) (offset: int64) (length: int64 option) (expected: int64) =
        let size = FileInfo(path).Length
        let available = max 0L (size - offset)
        let declared = length |> Option.defaultValue expected

        if declared <> expected then
            Error $"its external data declares {declared} bytes where type and shape need {expected}"
        elif expected > available then
            Error $"its external file '{location}' holds {size} bytes; {expected} from offset {offset} are needed"
        elif expected > int64 Array.MaxLength then
            Error "it is larger than 2 GB"
        else
            try
                Ok(readRange path offset (int expected))
            with
            | :? IOException
            | :? UnauthorizedAccessException as problem -> Error $"its external file '{location}' cannot be read ({problem.Message})"

    /// The `expected` bytes of a tensor whose data lies in a file below `folder` (None: the model has no folder), or
    /// what is wrong with them.
    let read (folder: string option) (tensor: TensorProto) (expected: int64) : Result<byte[], string> =
        match folder, number "offset" tensor, number "length" tensor with
        | None, _, _ -> Error "it refers to an external file, but the model was not read from a folder"
        | _, Error problem, _
        | _, _, Error problem -> Error problem
        | Some folder, Ok offset, Ok length ->
            let location = entry "location" tensor |> Option.defaultValue ""

            locate folder location
            |> Result.bind (fun path -> readFile location path (Option.defaultValue 0L offset) length expected)
