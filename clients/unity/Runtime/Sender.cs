using System;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Tenjo
{
    /// <summary>Settings of a client. Only the address must be given.</summary>
    public sealed class Options
    {
        /// <summary>Where the API is: an origin, such as https://api.example.com.</summary>
        public string BaseUrl;
        /// <summary>The version of the game, such as 1.12.0.</summary>
        public string ClientVersion;
        /// <summary>
        /// The languages that the player reads, such as "ja, en;q=0.5": names and descriptions
        /// come in the best of them. Set it again when the player chooses another, and read
        /// names again.
        /// </summary>
        public string Language;
        public Org.OpenAPITools.Model.GuestSessionRequest.DeviceTypeEnum DeviceType = Org.OpenAPITools.Model.GuestSessionRequest.DeviceTypeEnum.Other;
        /// <summary>How often one call is sent at most.</summary>
        public int Attempts = 5;
        /// <summary>After how long a try without an answer counts as lost.</summary>
        public TimeSpan Timeout = TimeSpan.FromSeconds(30);
        /// <summary>The kit waits this long at most when a server asks it to; then the caller is told.</summary>
        public TimeSpan LongestWait = TimeSpan.FromSeconds(8);
        /// <summary>
        /// How often a running draw is asked for, up to 20 s each time, before the caller is told
        /// that it still runs.
        /// </summary>
        public int Asks = 6;
        /// <summary>
        /// Has App Attest or Play Integrity answer a challenge, where the server asks new devices
        /// for that: docs/accounts.md. The challenge of what it gives is the one that it got.
        /// </summary>
        public Func<string, Task<Org.OpenAPITools.Model.Attestation>> Attest;
        public ServerClock Clock = new ServerClock();
        public Func<TimeSpan, CancellationToken, Task> Sleep = Task.Delay;
        public Func<double> Random = new Random().NextDouble;
    }

    /// <summary>
    /// Sends one call until there is an answer to go by: again after a lost connection, and
    /// after as long a wait as the server asks for.
    /// </summary>
    internal sealed class Sender
    {
        private readonly ITransport transport;
        private readonly Options options;

        public Sender(ITransport transport, Options options)
        {
            this.transport = transport;
            this.options = options;
        }

        /// <summary>1, 2, 4, … seconds, at most 30, each between half and all of it by chance.</summary>
        public TimeSpan Backoff(int attempt)
        {
            var most = Math.Min(30.0, Math.Pow(2, attempt));
            return TimeSpan.FromSeconds(most / 2 + most / 2 * options.Random());
        }

        public async Task<HttpAnswer> Send(Func<HttpCall> make, int attempts, CancellationToken stop)
        {
            for (var tried = 0; ; tried++)
            {
                var wait = Backoff(tried);
                HttpAnswer answer = null;
                NoAnswerException lost = null;
                try
                {
                    answer = await Try(make(), stop);
                }
                catch (NoAnswerException error)
                {
                    lost = error;
                }
                if (answer != null)
                {
                    if (answer.IsSuccess) return answer;
                    var error = Answers.Read(answer, options.Clock.Now);
                    if (!error.IsRetryable || error is MaintenanceException) return answer;
                    // Some chance on top, so that all who were told the same do not come together.
                    if (error.RetryAfter.HasValue) wait = error.RetryAfter.Value + TimeSpan.FromMilliseconds(250 * options.Random());
                    if (wait > options.LongestWait) return answer;
                }
                if (tried + 1 >= attempts)
                {
                    if (answer != null) return answer;
                    throw lost;
                }
                await options.Sleep(wait, stop);
            }
        }

        /// <summary>One try. An answer that is cut off counts as none.</summary>
        private async Task<HttpAnswer> Try(HttpCall call, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            var clock = options.Clock;
            call.Headers["Accept"] = "application/json";
            if (call.Body != null) call.Headers["Content-Type"] = "application/json";
            if (options.ClientVersion != null) call.Headers["X-Client-Version"] = options.ClientVersion;
            if (options.Language != null) call.Headers["Accept-Language"] = options.Language;
            var sentAt = clock.Tick();
            try
            {
                var answer = await transport.Send(call, options.Timeout, stop);
                DateTime told;
                if (IsFresh(answer) && Answers.HttpDate(answer.Header("Date"), out told)) clock.Learn(told, sentAt, clock.Tick(), TimeSpan.FromSeconds(1));
                if (answer.IsSuccess) JObject.Parse(answer.Body);
                return answer;
            }
            catch (Exception error)
            {
                if (stop.IsCancellationRequested) throw new OperationCanceledException("The caller went away.", error, stop);
                throw new NoAnswerException(error);
            }
        }

        /// <summary>Whether the server wrote the answer now: a cache gives one with the date of long ago.</summary>
        private static bool IsFresh(HttpAnswer answer)
        {
            return answer.Header("Age") == null && (answer.Header("Cache-Control") ?? "").IndexOf("max-age=", StringComparison.Ordinal) < 0;
        }
    }

    /// <summary>What every successful answer looks like.</summary>
    internal sealed class Envelope<T>
    {
        [JsonProperty("data")]
        public T Data { get; set; }
    }
}
