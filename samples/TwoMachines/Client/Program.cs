// dotnet run -- http://localhost:5000/v2/models/digits x.npz: encrypts, asks the server, decrypts. The secret key stays in this process.
using ConcreteMl;
using ConcreteMl.Remote;

using HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
RemoteModel model = new(http, new Uri(args[0]));
FheClient client = await model.LoadClientAsync();

using SecretKey secret = client.GenerateKey();
using EvaluationKey evaluation = client.CreateEvaluationKey(secret);
using MemoryStream key = new();
await evaluation.WriteToAsync(key);
key.Position = 0;
string name = await RemoteModel.NameOfAsync(key);
await model.RegisterAsync(name, () => new MemoryStream(key.GetBuffer(), 0, (int)key.Length));
Console.WriteLine($"sent an evaluation key of {key.Length} bytes");

Tensor x = NpzFile.Load(args[1])["x0"].Sample(0);
EncryptedInputs inputs = client.Encrypt(secret, [x]);
Console.WriteLine($"sent a sample of {inputs.ByteCount} bytes");
EncryptedOutputs outputs = await model.InferAsync(client, name, inputs);
Console.WriteLine($"received {outputs.ByteCount} bytes");
foreach (Tensor y in client.Decrypt(secret, outputs))
    Console.WriteLine(string.Join(' ', y.ToDoubles()));
