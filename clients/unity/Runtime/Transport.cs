// What carries one request. Unity has its own; outside of Unity WebRequestTransport serves.

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Tenjo
{
    public sealed class HttpCall
    {
        public readonly string Method;
        public readonly string Url;
        public readonly string Body;
        public readonly Dictionary<string, string> Headers = new Dictionary<string, string>();

        public HttpCall(string method, string url, string body = null)
        {
            Method = method;
            Url = url;
            Body = body;
        }
    }

    public sealed class HttpAnswer
    {
        public readonly int Status;
        public readonly string Body;
        private readonly Dictionary<string, string> headers;

        public HttpAnswer(int status, string body, IDictionary<string, string> headers)
        {
            Status = status;
            Body = body ?? "";
            this.headers = new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase);
        }

        /// <summary>A header's value; null if there is none.</summary>
        public string Header(string name)
        {
            string value;
            return headers.TryGetValue(name, out value) ? value : null;
        }

        public bool IsSuccess { get { return Status >= 200 && Status < 300; } }
    }

    public interface ITransport
    {
        /// <summary>
        /// Sends once, and gives whatever status comes back. Fails with any exception if no
        /// whole answer came within the time.
        /// </summary>
        Task<HttpAnswer> Send(HttpCall call, TimeSpan timeout, CancellationToken stop);
    }
}
