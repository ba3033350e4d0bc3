using System.Runtime.CompilerServices;
using ConcreteMl;

// Types that clients need too live in ConcreteMl.Client; code compiled against earlier releases finds them here.
[assembly: TypeForwardedTo(typeof(CompilationException))]
[assembly: TypeForwardedTo(typeof(Diagnostic))]
[assembly: TypeForwardedTo(typeof(DiagnosticSeverity))]
[assembly: TypeForwardedTo(typeof(ElementType))]
[assembly: TypeForwardedTo(typeof(IntegerTensor))]
[assembly: TypeForwardedTo(typeof(ModelPort))]
[assembly: TypeForwardedTo(typeof(NpzFile))]
[assembly: TypeForwardedTo(typeof(Tensor))]
