namespace ConcreteMl.Orleans;

/// <summary>A cluster did not compute a batch.</summary>
/// <param name="status">What an HTTP server would answer: 4xx where the client's data is at fault.</param>
/// <param name="code">The diagnostic's code; `concreteml explain` says more.</param>
/// <param name="message">What was met.</param>
/// <param name="inner">What the cluster said last, if it did.</param>
public sealed class ClusterException(int status, string code, string message, Exception? inner = null)
    : Exception($"{code}: {message}", inner)
{
    /// <summary>What an HTTP server would answer: 4xx where the client's data is at fault, 5xx where the cluster is.</summary>
    public int Status => status;

    /// <summary>The diagnostic's code.</summary>
    public string Code => code;

    /// <summary>What was met, without the code.</summary>
    public string Reason => message;
}
