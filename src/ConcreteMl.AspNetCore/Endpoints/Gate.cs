using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ConcreteMl.AspNetCore;

/// <summary>What stands before every request: who sends it, and what becomes of what goes wrong.</summary>
internal sealed class Gate(ClientAccess access, ILogger<Gate> logger)
{
    /// <summary>Runs a request of a known client.</summary>
    internal Task RunAsync(HttpContext context, Func<HttpContext, string, Task> work) =>
        RunOpenAsync(context, request => work(request, access.Require(request)));

    /// <summary>Runs a request of anybody.</summary>
    internal async Task RunOpenAsync(HttpContext context, Func<HttpContext, Task> work)
    {
        try
        {
            await work(context).ConfigureAwait(false);
        }
        catch (RefusalException refusal)
        {
            await RefuseAsync(context, refusal.Status, refusal, refusal.RetryAfter).ConfigureAwait(false);
        }
        catch (BadHttpRequestException problem)
        {
            (string code, string cure) =
                problem.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? ("CML6206", "Send less at once")
                    : ("CML6411", "Send the whole body, without pauses");
            ServingException refusal = new(code, problem.Message.TrimEnd('.'), "", cure);
            await RefuseAsync(context, problem.StatusCode, refusal, null).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client is gone: nobody reads an answer
            context.Abort();
        }
        catch (Exception problem) when (RefusalException.IsStore(problem))
        {
            logger.RequestFailed(problem, context.Request.Method, context.Request.Path);
            RefusalException refusal = RefusalException.OfStore();
            await RefuseAsync(context, refusal.Status, refusal, null).ConfigureAwait(false);
        }
        catch (Exception problem)
        {
            logger.RequestFailed(problem, context.Request.Method, context.Request.Path);
            ServingException refusal = new("CML6409", "the request failed in the server", "", "Try again; the server's log says more");
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, refusal, null).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(HttpContext context, int status, ServingException problem, TimeSpan? retryAfter)
    {
        logger.Refused(context.Request.Method, context.Request.Path, status, problem.Code);
        await RefusalBody.WriteAsync(context, status, problem, retryAfter).ConfigureAwait(false);
    }
}
