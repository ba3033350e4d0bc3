// dotnet run -- digits.server localhost:6379: the server that clients talk to, as in samples/TwoMachines; silos compute.
using Orleans.Configuration;
using StackExchange.Redis;

WebApplicationBuilder builder = WebApplication.CreateBuilder();
builder.UseOrleansClient(client =>
{
    client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("digits", "digits"));
    client.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(args[1]));
});
builder.Services.AddConcreteMl(options =>
{
    options.Models.Add("digits", args[0]);
    options.Store = "front";
    options.Workers = 4; // batches that are under way at once
    // clients and their tokens, one setting each: Clients__alice=TOKEN in the environment
    foreach (IConfigurationSection client in builder.Configuration.GetSection("Clients").GetChildren())
        options.Clients.Add(client.Key, client.Value!);
});
builder.Services.AddConcreteMlCluster();

WebApplication application = builder.Build();
application.MapConcreteMl();
application.Run();
