namespace ConcreteMl.Compiler.Core.Circuit

open ConcreteMl.Compiler.Core.Base
open ConcreteMl.Compiler.Core.Quant
open ConcreteMl.Compiler.Core.Circuit

/// A fingerprint of 128 bits of what an element computes from the inputs, linear in the results of lookups: equal ones always have
/// equal codes. Two functions meet by chance with a probability of 2^-80 or less.
type Identity = (struct (uint64 * uint64))

/// Computes identities.
[<RequireQualifiedAccess>]
module Identities =

    /// Terms of one operation up to which sums are told by their terms; elements of longer ones count as different.
    [<Literal>]
    let private MostTerms = 2000000L

    let private mix (word: uint64) =
        let word = (word ^^^ (word >>> 30)) * 0xBF58476D1CE4E5B9UL
        let word = (word ^^^ (word >>> 27)) * 0x94D049BB133111EBUL
        word ^^^ (word >>> 31)

    /// The fingerprint of a sequence of words.
    let private atom (words: uint64 seq) : Identity =
        let fold seed =
            words
            |> Seq.fold (fun state word -> mix ((state + 0x9E3779B97F4A7C15UL) ^^^ mix (word + state))) seed

        fold 1UL, fold 0xD1B54A32D192ED03UL

    let private one = atom [ 0UL ]

    let private scaled (factor: int64) (struct (a, b): Identity) : Identity = uint64 factor * a, uint64 factor * b
    let private plus (struct (a, b): Identity) (struct (c, d): Identity) : Identity = a + c, b + d

    let private constants (tensor: Tensor) (shape: int[]) =
        let values = Tensor.toInt64s tensor

        Layout.offsets shape (Shape.broadcastStrides tensor.Shape shape)
        |> Array.map (fun offset -> values[offset])

    /// A result of a lookup or rounding: what was done to an operand of which identity.
    let private made (what: Identity) (struct (a, b): Identity) =
        let struct (c, d) = what
        atom [ 1UL; c; d; a; b ]

    let private lookup (table: Table) bits (operand: Identity[]) (shape: int[]) =
        let entries = Tensor.toInt64s table.Entries
        let size = table.Entries.Shape[1]

        let tables =
            entries
            |> Array.chunkBySize size
            |> Array.map (fun own -> atom (Seq.append [ 2UL; uint64 (int bits) ] (Seq.map uint64 own)))

        Array.map2 (fun index one -> made tables[int index] one) (constants table.Index shape) operand

    /// The identity of every element of a sum, from its terms.
    let private sums (terms: Terms) (operands: Identity array array) elements =
        let sum = [| 0UL; 0UL |]

        let add operand from (weight: float) =
            let struct (a, b) =
                scaled (int64 weight) (Array.item from (Array.item operand operands))

            sum[0] <- sum[0] + a
            sum[1] <- sum[1] + b

        Array.init elements (fun element ->
            Array.fill sum 0 2 0UL
            terms element add
            (struct (sum[0], sum[1]): Identity))

    let private linear (linear: Linear) (operands: Identity array array) (shapes: int[][]) value (shape: int[]) =
        match linear with
        | Linear.Shift offsets -> Array.map2 (fun offset element -> plus (scaled offset one) element) (constants offsets shape) operands[0]
        | _ when Terms.count linear shapes shape > MostTerms ->
            Array.init (Shape.count shape) (fun element -> atom [ 3UL; uint64 (int value); uint64 element ])
        | _ -> sums (Terms.ofLinear linear shapes shape) operands (Shape.count shape)

    /// The identities of a node's result with this index.
    let private ofResult (graph: Graph) (node: Node<Op>) (operands: Identity[][]) index (ValueId value) =
        let shape = graph.Types[value].Shape
        let bits () = (graph.TypeOf node.Operands[0]).Bits

        match node.Op with
        | Op.Linear operation ->
            let shapes =
                node.Operands |> Array.map (fun operand -> (graph.TypeOf operand).Shape)

            linear operation operands shapes value shape
        | Op.Lookup(table, _) -> lookup table (bits ()) operands[0] shape
        | Op.LookupMany(tables, _) -> lookup tables[index] (bits ()) operands[0] shape
        | Op.Round(drop, _, _) -> operands[0] |> Array.map (made (atom [ 5UL; uint64 drop; uint64 (bits ()) ]))
        | Op.Reencode -> operands[0]
        | Op.Constant tensor -> constants tensor shape |> Array.map (fun code -> scaled code one)

    /// The identities of the elements of every value.
    let ofGraph (graph: Graph) : Identity[][] =
        let identities: Identity[][] = Array.create graph.Types.Length [||]
        let get (ValueId value) = identities[value]
        let set (ValueId value) own = identities[value] <- own

        for port in graph.Inputs do
            let (ValueId value) = port.Value
            let elements = Shape.count graph.Types[value].Shape
            set port.Value (Array.init elements (fun element -> atom [ 4UL; uint64 value; uint64 element ]))

        for node in graph.Nodes do
            let operands = Array.map get node.Operands

            node.Results
            |> Array.iteri (fun index result -> set result (ofResult graph node operands index result))

        identities
