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

    let private isConstant (form: Form) = Array.forall ((=) 0.0) form.Factor

    let private binary op (left: Form) (right: Form) =
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
        | Binary.Mul when isConstant right -> Some(by (*) left right)
        | Binary.Mul when isConstant left -> Some(by (*) right left)
        | Binary.Div when isConstant right && Array.forall ((<>) 0.0) right.Offset -> Some(by (/) left right)
        | _ -> None

    let private negated (x: Form) =
        {
            Factor = Array.map (~-) x.Factor
            Offset = Array.map (~-) x.Offset
        }

    /// What a condition that does not depend on the source picks, element by element.
    let private picked (condition: Form) (left: Form) (right: Form) =
        let pick (left: float[]) (right: float[]) =
            Array.map3 (fun condition left right -> if condition <> 0.0 then left else right) condition.Offset left right

        {
            Factor = pick left.Factor right.Factor
            Offset = pick left.Offset right.Offset
        }

    let private fits (shape: int[]) (tensor: Tensor) =
        tensor.Count = 1 || Shape.tryBroadcast tensor.Shape shape = Some shape

    let private constant (shape: int[]) (tensor: Tensor) : Form option =
        if fits shape tensor then
            Some
                {
                    Factor = Array.zeroCreate (Shape.count shape)
                    Offset = spread shape tensor
                }
        else
            None

    /// The form of an operation's result, of its operands' forms.
    let private step op (operands: Form option[]) : Form option =
        match op, operands with
        | Op.Unary(Unary.Cast target), [| x |] when Element.isFloat target -> x
        | Op.Unary Unary.Neg, [| Some x |] -> Some(negated x)
        | Op.Binary kind, [| Some left; Some right |] -> binary kind left right
        | Op.Where, [| Some condition; Some left; Some right |] when isConstant condition -> Some(picked condition left right)
        | _ -> None

    let private isFinite (form: Form) =
        Array.forall System.Double.IsFinite form.Factor
        && Array.forall System.Double.IsFinite form.Offset

    /// Factor and offset of every element where the region is affine in its source and finite; None otherwise.
    let tryOf (region: Region) : (float[] * float[]) option =
        let region = Region.expanded region
        let count = Shape.count region.Shape

        let source: Form =
            {
                Factor = Array.create count 1.0
                Offset = Array.zeroCreate count
            }

        let results = Array.create region.Steps.Length None

        let operand item =
            match item with
            | RegionOperand.Source -> Some source
            | RegionOperand.Constant tensor -> constant region.Shape tensor
            | RegionOperand.Step earlier -> results[earlier]

        region.Steps
        |> Array.iteri (fun position (op, operands) -> results[position] <- step op (Array.map operand operands))

        Array.tryLast results
        |> Option.defaultValue (Some source)
        |> Option.filter isFinite
        |> Option.map (fun form -> form.Factor, form.Offset)

    /// Factor and offset of every element of a region that is affine.
    let form (region: Region) : float[] * float[] =
        match tryOf region with
        | Some form -> form
        | None -> invalidOp $"'{region.Function}' is not affine"
