// dotnet run -- digits.server localhost:6379 11111 30000: a silo that computes. Redis says who belongs to the cluster; the two ports
// are the silo's own, on this machine. Start as many as there are machines; each keeps keys in a folder of its own.
using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;

(string half, string redis, int siloPort, int gatewayPort) = (args[0], args[1], int.Parse(args[2]), int.Parse(args[3]));
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.UseOrleans(silo =>
{
    silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("digits", "digits"));
    silo.ConfigureEndpoints(Dns.GetHostName(), siloPort, gatewayPort);
    silo.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis));
    silo.AddConcreteMl(options =>
    {
        options.Models.Add("digits", half);
        options.Store = $"silo-{siloPort}";
        options.Threads = args.Length > 4 ? int.Parse(args[4]) : 0;
    });
});
builder.Build().Run();
