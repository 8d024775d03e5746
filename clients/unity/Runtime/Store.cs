using System.Collections.Generic;

namespace Tenjo
{
    /// <summary>
    /// Where the kit keeps what must survive a restart: the device's id and secret, the
    /// session, and draws that were begun. Give your own to use a keychain.
    /// </summary>
    public interface IStore
    {
        /// <summary>Null if there is nothing of that name.</summary>
        string Get(string name);

        /// <summary>Keeps a text, for good, before it returns; null removes it.</summary>
        void Set(string name, string value);
    }

    /// <summary>For tests, and for tools that must forget.</summary>
    public sealed class MemoryStore : IStore
    {
        private readonly Dictionary<string, string> values = new Dictionary<string, string>();

        public string Get(string name)
        {
            lock (values)
            {
                string value;
                return values.TryGetValue(name, out value) ? value : null;
            }
        }

        public void Set(string name, string value)
        {
            lock (values)
            {
                if (value == null) values.Remove(name);
                else values[name] = value;
            }
        }
    }

#if UNITY_5_3_OR_NEWER
    /// <summary>
    /// Unity's PlayerPrefs. They are not encrypted: on a phone a keychain is the better place
    /// for the device's secret.
    /// </summary>
    public sealed class PlayerPrefsStore : IStore
    {
        public string Get(string name)
        {
            return UnityEngine.PlayerPrefs.HasKey("tenjo." + name) ? UnityEngine.PlayerPrefs.GetString("tenjo." + name) : null;
        }

        public void Set(string name, string value)
        {
            if (value == null) UnityEngine.PlayerPrefs.DeleteKey("tenjo." + name);
            else UnityEngine.PlayerPrefs.SetString("tenjo." + name, value);
            UnityEngine.PlayerPrefs.Save();
        }
    }
#endif
}
