#if UNITY_5_3_OR_NEWER
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine.Networking;

namespace Tenjo
{
    /// <summary>UnityWebRequest, on all of Unity's platforms. Call the kit from the main thread.</summary>
    public sealed class UnityTransport : ITransport
    {
        public async Task<HttpAnswer> Send(HttpCall call, TimeSpan timeout, CancellationToken stop)
        {
            using (var request = new UnityWebRequest(call.Url, call.Method))
            {
                request.downloadHandler = new DownloadHandlerBuffer();
                if (call.Body != null) request.uploadHandler = new UploadHandlerRaw(Encoding.UTF8.GetBytes(call.Body));
                foreach (var header in call.Headers) request.SetRequestHeader(header.Key, header.Value);
                request.timeout = Math.Max(1, (int)Math.Ceiling(timeout.TotalSeconds));
                var done = new TaskCompletionSource<bool>();
                request.SendWebRequest().completed += _ => done.TrySetResult(true);
                using (stop.Register(request.Abort)) await done.Task;
                stop.ThrowIfCancellationRequested();
                if (request.result == UnityWebRequest.Result.ConnectionError || request.result == UnityWebRequest.Result.DataProcessingError)
                {
                    throw new IOException(request.error);
                }
                return new HttpAnswer((int)request.responseCode, request.downloadHandler.text,
                    request.GetResponseHeaders() ?? new Dictionary<string, string>());
            }
        }
    }
}
#endif
