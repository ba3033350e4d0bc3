namespace ConcreteMl.Compiler.Core.Planned

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant

/// Subgraphs that are factor · x + offset, element by element: they change what codes mean, and cost nothing.
[<RequireQualifiedAccess>]
module Affine =

    open ConcreteMl.Compiler.Core.Float

    type private Form = { Factor: float[]; Offset: float[] }

    let private spread (shape: int[]) (tensor: Tensor) =
        let values = Tensor.toFloat64s tensor

        if tensor.Count = 1 then
            Array.create (Shape.count shape) values[0]
        else
            Moves.broadcast tensor.Shape shape |> Array.map (fun element -> values[element])

    let private binary op (left: Form) (right: Form) =
        let constant (form: Form) = Array.forall ((=) 0.0) form.Factor

        let both (f: float -> float -> float) =
            {
                Factor = Array.map2 f left.Factor right.Factor
                Offset = Array.map2 f left.Offset right.Offset
            }

        let by (f: float -> float -> float) (x: Form) (y: Form) =
            {
                Factor = Array.map2 f x.Factor y.Offset
                Offset = Array.map2 f x.Offset y.Offset
            }

        match op with
        | Binary.Add -> Some(both (+))
        | Binary.Sub -> Some(both (-))
        | Binary.Mul when constant right -> Some(by (*) left right)
        | Binary.Mul when constant left -> Some(by (*) right left)
        | Binary.Div when constant right && Array.forall ((<>) 0.0) right.Offset -> Some(by (/) left right)
        | _ -> None

    let private fits (shape: int[]) (tensor: Tensor) =
        tensor.Count = 1 || Shape.tryBroadcast tensor.Shape shape = Some shape

    /// Factor and offset of every element where the region is affine in its source and finite; None otherwise.
    let tryOf (region: Region) : (float[] * float[]) option =
        let region = Region.expanded region
        let count = Shape.count region.Shape

        let source =
            {
                Factor = Array.create count 1.0
                Offset = Array.zeroCreate count
            }

        let results = Array.create region.Steps.Length None

        let operand item =
            match item with
            | RegionOperand.Source -> Some source
            | RegionOperand.Constant tensor when fits region.Shape tensor ->
                Some
                    {
                        Factor = Array.zeroCreate count
                        Offset = spread region.Shape tensor
                    }
            | RegionOperand.Constant _ -> None
            | RegionOperand.Step earlier -> results[earlier]

        region.Steps
        |> Array.iteri (fun position (op, operands) ->
            results[position] <-
                match op, operands |> Array.map operand with
                | Op.Unary(Unary.Cast target), [| x |] when Element.isFloat target -> x
                | Op.Unary Unary.Neg, [| Some x |] ->
                    Some
                        {
                            Factor = Array.map (~-) x.Factor
                            Offset = Array.map (~-) x.Offset
                        }
                | Op.Binary kind, [| Some left; Some right |] -> binary kind left right
                | Op.Where, [| Some condition; Some left; Some right |] when Array.forall ((=) 0.0) condition.Factor ->
                    let pick (left: float[]) (right: float[]) =
                        Array.map3 (fun condition left right -> if condition <> 0.0 then left else right) condition.Offset left right

                    Some
                        {
                            Factor = pick left.Factor right.Factor
                            Offset = pick left.Offset right.Offset
                        }
                | _ -> None)

        let last =
            if results.Length = 0 then
                Some source
            else
                results[results.Length - 1]

        let finite form =
            Array.forall System.Double.IsFinite form.Factor
            && Array.forall System.Double.IsFinite form.Offset

        last
        |> Option.filter finite
        |> Option.map (fun form -> form.Factor, form.Offset)

    /// Factor and offset of every element of a region that is affine.
    let form (region: Region) : float[] * float[] =
        match tryOf region with
        | Some form -> form
        | None -> invalidOp $"'{region.Function}' is not affine"
