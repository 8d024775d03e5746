// What UnityTransport and PlayerPrefsStore use of Unity, as its documentation declares it,
// so that mono can compile them. Nothing here runs.

using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public static class PlayerPrefs
    {
        public static bool HasKey(string key) { throw new NotSupportedException(); }
        public static string GetString(string key) { throw new NotSupportedException(); }
        public static void SetString(string key, string value) { throw new NotSupportedException(); }
        public static void DeleteKey(string key) { throw new NotSupportedException(); }
        public static void Save() { throw new NotSupportedException(); }
    }

    public class AsyncOperation
    {
        public event Action<AsyncOperation> completed { add { } remove { } }
    }
}

namespace UnityEngine.Networking
{
    public class UnityWebRequestAsyncOperation : AsyncOperation { }

    public abstract class DownloadHandler
    {
        public string text { get { throw new NotSupportedException(); } }
    }

    public sealed class DownloadHandlerBuffer : DownloadHandler { }

    public abstract class UploadHandler { }

    public sealed class UploadHandlerRaw : UploadHandler
    {
        public UploadHandlerRaw(byte[] data) { }
    }

    public class UnityWebRequest : IDisposable
    {
        public enum Result { InProgress, Success, ConnectionError, ProtocolError, DataProcessingError }

        public UnityWebRequest(string url, string method) { }

        public DownloadHandler downloadHandler { get; set; }
        public UploadHandler uploadHandler { get; set; }
        public int timeout { get; set; }
        public Result result { get { throw new NotSupportedException(); } }
        public string error { get { throw new NotSupportedException(); } }
        public long responseCode { get { throw new NotSupportedException(); } }
        public void SetRequestHeader(string name, string value) { }
        public Dictionary<string, string> GetResponseHeaders() { throw new NotSupportedException(); }
        public UnityWebRequestAsyncOperation SendWebRequest() { throw new NotSupportedException(); }
        public void Abort() { }
        public void Dispose() { }
    }
}
