namespace ConcreteMl.Compiler.Core.Circuit

/// How a class reads its operands bit by bit (`ConcreteMl.Tfhe.WideLookup`).
type WideChoice =
    {
        /// Of the products that select an entry.
        Selector: Decomposition
        /// Of the key switches that make GGSW encryptions of bits.
        Switch: Decomposition
        /// Variance at the decision that reads a selected entry.
        SelectedVariance: float
    }

/// What the keys of a class are made with, and how its blind rotations run.
[<Struct>]
type ClassParameters =
    {
        SmallDimension: int
        KeySwitch: Decomposition
        /// M of a key switch in the Fourier domain; 0 where it is by inner products.
        Ring: int
        Bootstrap: Decomposition
        /// Bits that the bootstrapping key's bodies keep as they are stored; 0: all 64.
        BodyBits: int
        /// ν: 2^ν polynomials act as one of size N · 2^ν.
        Extension: int
        /// Of the modulus switch: trades its noise for cheaper mask words.
        Grade: int
        /// Mask words that a step of the blind rotation takes: 1, or 2 under a key with three elements a pair.
        WordsPerStep: int
    }

/// Parameters of one class of lookups, with what follows from them under the circuit's big key.
type ClassChoice =
    {
        Parameters: ClassParameters
        /// Variance of a result: that of the blind rotation.
        OutputVariance: float
        /// Variance of key switch and modulus switch, at the decision.
        DecisionVariance: float
        /// Seconds of one lookup on one core.
        Seconds: float
        /// Seconds of its blind rotation; of a wide lookup, of selecting an entry and reading it.
        Rotation: float
        /// In memory.
        KeyBytes: float
        /// As they are stored and sent; 0 where another class's key serves.
        StoredBytes: float
        /// The class whose bootstrapping key serves this one; None: its own.
        KeyOf: int option
        /// Seconds of key generation on one core.
        KeySeconds: float
        /// None: one blind rotation reads a whole operand. Extension and grade are otherwise those of the bootstrap that reads the entry.
        Wide: WideChoice option
    }

    member this.SmallDimension = this.Parameters.SmallDimension

    member this.KeySwitch = this.Parameters.KeySwitch

    member this.Ring = this.Parameters.Ring

    member this.Bootstrap = this.Parameters.Bootstrap

    member this.BodyBits = this.Parameters.BodyBits

    member this.Extension = this.Parameters.Extension

    member this.Grade = this.Parameters.Grade

    member this.WordsPerStep = this.Parameters.WordsPerStep

    /// Seconds of looking up several tables (a mean number of them) at one input: extended bootstraps rotate table by table, wide ones
    /// select and read entry by entry.
    member this.SecondsOf(tables: float) =
        if this.Extension = 0 && this.Wide.IsNone then
            this.Seconds
        else
            this.Seconds + (tables - 1.0) * this.Rotation

    /// What making the keys counts beside seconds of running.
    member this.SharedObjective = KernelTimes.keyGenerationWeight * this.KeySeconds

    /// What the keys count beside seconds of running: making them and sending them.
    member this.KeyObjective =
        KernelTimes.keyGenerationWeight
        * (this.KeySeconds + this.StoredBytes * KernelTimes.keyByte)

/// What lookups of one class ask for beside their bounds.
[<Struct>]
type ClassLoad =
    {
        /// Width of the widest operand.
        Bits: int
        /// log2 of the least size of a test polynomial that has all boxes in whole cells.
        LogSize: int
        /// The most tables that one bootstrap looks up.
        Tables: int
        /// Tables of a bootstrap on the average.
        MeanTables: float
        /// Width of the narrowest operand.
        LeastBits: int
        /// Bits that tell the results of a table apart, at most.
        ResultBits: int
        /// Whether operands may be read bit by bit.
        MayBeWide: bool
        /// Lookups that the cores share at a time, on the average.
        AtOnce: float
        /// Bootstraps of a run, over which the keys' making and sending are spread.
        Bootstraps: int64
    }

/// The big key under which classes are sought.
type BigKey =
    {
        Rank: int
        Size: int
        Curve: SecurityCurve
        Model: NoiseModel
        /// How classes under it switch keys.
        Switch: KeySwitchKind
    }

    /// Words of a mask under the big key: k · N.
    member this.Dimension = this.Rank * this.Size
    /// Variance of a fresh encryption, of the torus as 1.
    member this.FreshVariance = SecurityCurve.variance this.Curve this.Dimension

    /// Bits of bootstrapping bodies whose rounding is lost in their noise; 0: all.
    member this.BodyBits =
        NoiseFormulas.bodyBits (SecurityCurve.log2Sigma this.Curve this.Dimension) 64

/// One bound on a class: Base + Self · v_br + v_ks + v_ms ≤ Budget.
[<Struct>]
type ClassBound =
    {
        Base: float
        Self: float
        Budget: float
    }
