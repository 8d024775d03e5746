using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Org.OpenAPITools.Model;

namespace Tenjo
{
    /// <summary>What is kept of a session.</summary>
    public sealed class Kept
    {
        [JsonProperty("user_id")] public Guid UserId { get; set; }
        [JsonProperty("player_id")] public string PlayerId { get; set; }
        [JsonProperty("access_token")] public string AccessToken { get; set; }
        [JsonProperty("refresh_token")] public string RefreshToken { get; set; }
        /// <summary>By the device's clock. Only a hint: a token that is refused is refreshed whatever it says.</summary>
        [JsonProperty("expires_at")] public DateTime ExpiresAt { get; set; }
        /// <summary>Whose account logged in, "apple" or "google"; null if the device did. Then the device may be another player's.</summary>
        [JsonProperty("provider")] public string Provider { get; set; }
    }

    /// <summary>The calls that make sessions; they carry no token.</summary>
    internal interface ISessionCalls
    {
        Task<DeviceSession> Guest(string deviceId, string secret, bool keepAccount);
        Task<Session> Refresh(string refreshToken);
    }

    /// <summary>
    /// Keeps one session alive, and the device's secret. A refresh token works once, so
    /// however many calls want a new one, only one of them asks.
    /// </summary>
    internal sealed class Sessions
    {
        private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);
        private readonly IStore store;
        private readonly ISessionCalls calls;
        private readonly SemaphoreSlim turn = new SemaphoreSlim(1);

        public Sessions(IStore store, ISessionCalls calls)
        {
            this.store = store;
            this.calls = calls;
        }

        public Kept Current
        {
            get
            {
                var text = store.Get("session");
                if (text == null) return null;
                try
                {
                    return Json.Read<Kept>(text);
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }

        public string DeviceSecret { get { return store.Get("device-secret"); } }

        /// <summary>The device's id: made once, and kept.</summary>
        public string DeviceId
        {
            get
            {
                var known = store.Get("device");
                if (known == null) store.Set("device", known = Guid.NewGuid().ToString());
                return known;
            }
        }

        public Task<Kept> Login(bool keepAccount) { return InTurn(() => LoginNow(keepAccount)); }

        /// <summary>
        /// The session that there is, or a new one of this device. By itself the kit does not go on
        /// as the device's player where an account of Apple's or Google's was logged in.
        /// </summary>
        public async Task<Kept> Resume(bool isAsked = false)
        {
            return Current ?? await InTurn(async () =>
            {
                var session = Current;
                if (session != null) return session;
                if (!isAsked && store.Get("signed-in-by") != null) throw SignInAgain();
                return await LoginNow(false);
            });
        }

        /// <summary>A token that works for a while; refreshed first if it is about to expire.</summary>
        public async Task<string> Token()
        {
            var session = await Resume();
            if (session.ExpiresAt - DateTime.UtcNow > Early) return session.AccessToken;
            return (await Refresh(session.AccessToken)).AccessToken;
        }

        /// <summary>The session after an access token that works no longer.</summary>
        public Task<Kept> Refresh(string refused)
        {
            return InTurn(async () =>
            {
                var session = Current;
                // A call before this one was faster.
                if (session != null && session.AccessToken != refused) return session;
                try
                {
                    if (session != null)
                    {
                        try
                        {
                            var next = await calls.Refresh(session.RefreshToken);
                            return Keep(next, session.Provider);
                        }
                        catch (UnauthorizedException)
                        {
                            if (session.Provider != null)
                            {
                                store.Set("session", null);
                                throw SignInAgain();
                            }
                            // The whole login has ended. The device can still log in, unless the player has moved.
                        }
                    }
                    return await LoginNow(false);
                }
                catch (AnswerException error)
                {
                    // Who signed in by an account has no session now, and stays who signs in again.
                    var isSignedIn = session != null && session.Provider != null;
                    if (error is DeletingException || (error is UnauthorizedException && !isSignedIn)) End();
                    throw;
                }
            });
        }

        public Task<Kept> Adopt(DeviceSession session) { return InTurn(() => Keep(session)); }

        /// <summary>Takes a session that an account of Apple's or Google's began.</summary>
        public Task<Kept> Adopt(Session session, string provider) { return InTurn(() => Task.FromResult(Keep(session, provider))); }

        /// <summary>Forgets the session. The device stays who it is.</summary>
        public void End()
        {
            store.Set("session", null);
            store.Set("signed-in-by", null);
        }

        /// <summary>Nobody knows whether a transfer gave this device another player: the next login finds out.</summary>
        public void Doubt()
        {
            store.Set("transfer", "unanswered");
            End();
        }

        /// <summary>Keeps another secret, and the one before it until a login has shown the new one.</summary>
        public void Renewed(string secret)
        {
            if (DeviceSecret != null && store.Get("device-secret-before") == null) store.Set("device-secret-before", DeviceSecret);
            store.Set("device-secret", secret);
        }

        private async Task<Kept> LoginNow(bool keepAccount)
        {
            // What this device may have to log in with, likeliest first: docs/accounts.md.
            var secrets = new List<string>();
            if (DeviceSecret != null) secrets.Add(DeviceSecret);
            if (store.Get("device-secret-before") != null) secrets.Add(store.Get("device-secret-before"));
            if (secrets.Count == 0 || store.Get("transfer") != null) secrets.Add(null);
            for (var at = 0; ; at++)
            {
                try
                {
                    var session = await calls.Guest(DeviceId, secrets[at], keepAccount);
                    store.Set("transfer", null);
                    if (at == 0) store.Set("device-secret-before", null);
                    return await Keep(session);
                }
                catch (UnauthorizedException error)
                {
                    if (error.Code != "device_secret_required" || at + 1 == secrets.Count) throw;
                }
            }
        }

        /// <summary>
        /// Keeps the session of a device. A secret that came with it counts once it was shown, and
        /// until then the device's id is all that a thief needs: so it is refreshed at once.
        /// </summary>
        private async Task<Kept> Keep(DeviceSession session)
        {
            // Before anything else: it is not shown again.
            if (session.DeviceSecret != null) store.Set("device-secret", session.DeviceSecret);
            var kept = Keep(session.UserId, session.PlayerId, session.AccessToken, session.RefreshToken, session.ExpiresIn, null);
            if (session.DeviceSecret == null) return kept;
            try
            {
                return Keep(await calls.Refresh(session.RefreshToken), null);
            }
            catch (TenjoException)
            {
                // The player plays on: the next refresh shows it.
                return kept;
            }
        }

        private Kept Keep(Session session, string provider)
        {
            return Keep(session.UserId, session.PlayerId, session.AccessToken, session.RefreshToken, session.ExpiresIn, provider);
        }

        private Kept Keep(Guid userId, string playerId, string accessToken, string refreshToken, int expiresIn, string provider)
        {
            var kept = new Kept
            {
                UserId = userId, PlayerId = playerId, AccessToken = accessToken, RefreshToken = refreshToken,
                ExpiresAt = DateTime.UtcNow.AddSeconds(expiresIn), Provider = provider,
            };
            store.Set("signed-in-by", provider);
            store.Set("session", Json.Write(kept));
            return kept;
        }

        private static UnauthorizedException SignInAgain()
        {
            return new UnauthorizedException(new Told { Status = 401, Code = "unauthorized", Message = "The login has ended: sign in again." });
        }

        private async Task<T> InTurn<T>(Func<Task<T>> act)
        {
            await turn.WaitAsync();
            try
            {
                return await act();
            }
            finally
            {
                turn.Release();
            }
        }
    }
}
