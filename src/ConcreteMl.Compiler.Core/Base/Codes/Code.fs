namespace ConcreteMl.Compiler.Core.Base.Codes

/// What `explain` says about one diagnostic code. A code never changes its meaning and is never used again for another.
type Code =
    {
        /// "CML" and four digits.
        Id: string
        /// What is wrong, in a few words.
        Title: string
        /// Why it is refused (or warned about).
        Explanation: string
        /// A situation in which it is met.
        Example: string
        /// What the user can do.
        Cure: string
    }

[<AutoOpen>]
module internal CodeEntry =

    /// One line of a table: the code, its title, explanation, example and cure.
    let code id title explanation example cure =
        {
            Id = id
            Title = title
            Explanation = explanation
            Example = example
            Cure = cure
        }
