// Reads answers with the generated C# models, as the generated client does, and writes
// what the models hold. A line of the input is a model's name, a tab and an answer.

using System;
using System.IO;
using System.Reflection;
using Newtonsoft.Json;

public static class Read
{
    public static int Main(string[] arguments)
    {
        // The settings of the generated ApiClient, but for its naming strategy: every
        // field of the models has a name of its own.
        var settings = new JsonSerializerSettings
        {
            ConstructorHandling = ConstructorHandling.AllowNonPublicDefaultConstructor,
        };
        var models = typeof(Org.OpenAPITools.Model.ErrorAnswer).Assembly;
        var refused = 0;
        using (var output = new StreamWriter(arguments[1]))
        {
            foreach (var line in File.ReadLines(arguments[0]))
            {
                var parts = line.Split(new[] { '\t' }, 2);
                try
                {
                    var type = models.GetType("Org.OpenAPITools.Model." + parts[0], true);
                    var answer = JsonConvert.DeserializeObject(parts[1], type, settings);
                    output.WriteLine(JsonConvert.SerializeObject(answer, settings));
                }
                catch (Exception error)
                {
                    refused++;
                    output.WriteLine();
                    Console.Error.WriteLine("{0} cannot be read: {1}", parts[0], error.Message);
                    Console.Error.WriteLine(parts[1]);
                }
            }
        }
        return refused == 0 ? 0 : 1;
    }
}
