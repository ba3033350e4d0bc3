namespace ConcreteMl.Compiler.Core.Base

module Shape =
    let count (shape: int[]) = Array.fold (*) 1 shape
