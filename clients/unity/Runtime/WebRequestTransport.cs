using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Tenjo
{
    /// <summary>The .NET class library's own, for tools, tests and servers. It uses a thread while it waits.</summary>
    public sealed class WebRequestTransport : ITransport
    {
        public Task<HttpAnswer> Send(HttpCall call, TimeSpan timeout, CancellationToken stop)
        {
            return Task.Run(() => SendNow(call, timeout, stop), stop);
        }

        private static HttpAnswer SendNow(HttpCall call, TimeSpan timeout, CancellationToken stop)
        {
            var request = (HttpWebRequest)WebRequest.Create(call.Url);
            request.Method = call.Method;
            request.Timeout = request.ReadWriteTimeout = (int)timeout.TotalMilliseconds;
            request.AllowAutoRedirect = false;
            request.ServicePoint.Expect100Continue = false;
            foreach (var header in call.Headers)
            {
                if (header.Key == "Accept") request.Accept = header.Value;
                else if (header.Key == "Content-Type") request.ContentType = header.Value;
                else request.Headers[header.Key] = header.Value;
            }
            using (stop.Register(request.Abort))
            {
                if (call.Body != null)
                {
                    var bytes = Encoding.UTF8.GetBytes(call.Body);
                    request.ContentLength = bytes.Length;
                    using (var stream = request.GetRequestStream()) stream.Write(bytes, 0, bytes.Length);
                }
                else if (call.Method != "GET") request.ContentLength = 0;
                HttpWebResponse response;
                try
                {
                    response = (HttpWebResponse)request.GetResponse();
                }
                catch (WebException error)
                {
                    // Any status but a success comes as an exception here, with its answer.
                    response = error.Response as HttpWebResponse;
                    if (response == null) throw;
                }
                using (response)
                using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
                {
                    var headers = new Dictionary<string, string>();
                    foreach (string name in response.Headers) headers[name] = response.Headers[name];
                    return new HttpAnswer((int)response.StatusCode, reader.ReadToEnd(), headers);
                }
            }
        }
    }
}
