// dotnet run -- digits.server: serves a model on encrypted data. digits.client beside it is handed out to clients.
WebApplicationBuilder builder = WebApplication.CreateBuilder();
builder.Services.AddConcreteMl(options => options.Models.Add("digits", args[0]));

WebApplication application = builder.Build();
application.MapConcreteMl();
application.Run();
