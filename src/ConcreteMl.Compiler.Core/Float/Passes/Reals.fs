namespace ConcreteMl.Compiler.Core.Float.Passes

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Float

/// Integers and booleans as reals, and back: codes can hold no more than float32 holds exactly.
module internal Reals =

    let real (writer: GraphWriter) value =
        writer.Unary(Unary.Cast Element.Float32, value)

    /// A value as it is where it is real.
    let asReal (writer: GraphWriter) value =
        if Element.isFloat (writer.TypeOf value).Element then
            value
        else
            real writer value

    /// A real result in the type of the operands it was computed for: whole numbers are rounded, because a cast truncates.
    let typed (writer: GraphWriter) element value =
        if Element.isFloat element then
            if (writer.TypeOf value).Element = element then
                value
            else
                writer.Unary(Unary.Cast element, value)
        elif element = Element.Bool then
            writer.Binary(Binary.Greater, value, writer.Scalar(value, 0.5))
        else
            writer.Unary(Unary.Cast element, writer.Unary(Unary.Round, value))
