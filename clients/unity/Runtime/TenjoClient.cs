using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Org.OpenAPITools.Model;

namespace Tenjo
{
    /// <summary>Everything that a game needs of the API, with sessions, repeats and types.</summary>
    public sealed class TenjoClient : ISessionCalls, IActCalls
    {
        private const int PageSize = 100;
        private readonly Options options;
        private readonly Sender sender;
        private readonly Sessions sessions;
        private readonly Acts acts;

        public TenjoClient(Options options, IStore store, ITransport transport)
        {
            this.options = options;
            sender = new Sender(transport, options);
            sessions = new Sessions(store, this);
            acts = new Acts(store, this, sender, options);
        }

        public ServerClock Clock { get { return options.Clock; } }

        // The session.

        /// <summary>Logs in with this device, or goes on with the session that was kept.</summary>
        public Task<Kept> Login() { return sessions.Resume(true); }

        /// <summary>Logs in, and takes back that the account is deleted. Ask the player first.</summary>
        public Task<Kept> KeepAccount() { return sessions.Login(true); }

        /// <summary>
        /// Logs in the player to whom an account of Apple's or Google's is linked. It is sent
        /// once, because a token works once: after a NoAnswerException sign in again. When the
        /// login has ended, calls fail with UnauthorizedException; they never go on as the player
        /// of the device.
        /// </summary>
        public async Task<Kept> SignIn(LinkRequest.ProviderEnum provider, string identityToken, string nonce, bool keepAccount = false)
        {
            var name = Name(provider);
            var body = Json.Write(new IdentityRequest(identityToken, nonce, keepAccount ? DeletionChoice.Cancel : (DeletionChoice?)null));
            var answer = await sender.Send(() => Call("POST", "/v1/auth/" + name, body), 1, CancellationToken.None);
            return await sessions.Adopt(Data<Session>(answer), name);
        }

        /// <summary>Ends the session. The device stays the player's, so Login comes back to them.</summary>
        public async Task Logout()
        {
            var session = sessions.Current;
            sessions.End();
            if (session == null) return;
            try
            {
                await Open<object>("POST", "/v1/auth/logout", new RefreshTokenRequest(session.RefreshToken));
            }
            catch (UnauthorizedException)
            {
                // It had ended already.
            }
        }

        /// <summary>Whether the game is open. Sets the clock.</summary>
        public async Task<Status> Status()
        {
            var sentAt = Clock.Tick();
            var status = await Open<Status>("GET", "/v1/status");
            Clock.Learn(status.ServerTime, sentAt, Clock.Tick(), TimeSpan.Zero);
            return status;
        }

        /// <summary>All that a first screen needs, in one answer. Sets the clock.</summary>
        public async Task<Home> Home()
        {
            var sentAt = Clock.Tick();
            var home = await Signed<Home>("GET", "/v1/home");
            Clock.Learn(home.ServerTime, sentAt, Clock.Tick(), TimeSpan.Zero);
            return home;
        }

        // The account.

        public Task<User> User() { return Signed<User>("GET", "/v1/users/me"); }

        public Task<User> UpdateUser(UserUpdate update) { return Signed<User>("PUT", "/v1/users/me", update); }

        public async Task<List<Currency>> Currencies()
        {
            return (await Signed<Currencies>("GET", "/v1/users/me/currencies")).VarCurrencies;
        }

        public Rows<LedgerEntry> Ledger()
        {
            return List<LedgerEntries, LedgerEntry>("/v1/users/me/ledger", page => page.VarLedgerEntries, page => page.NextCursor);
        }

        /// <summary>Where the player is logged in, newest first.</summary>
        public Rows<LiveSession> LiveSessions()
        {
            return List<Org.OpenAPITools.Model.Sessions, LiveSession>("/v1/users/me/sessions", page => page.VarSessions, page => page.NextCursor);
        }

        /// <summary>Ends a session, and the device that it is on, unless it is this one.</summary>
        public Task EndSession(Guid sessionId) { return Signed<object>("DELETE", "/v1/users/me/sessions/" + sessionId); }

        public Task EndOtherSessions() { return Signed<object>("DELETE", "/v1/users/me/sessions"); }

        /// <summary>Has another secret made for this device.</summary>
        public async Task RenewDeviceSecret()
        {
            var given = await Proven(refreshToken => Signed<NewDeviceSecret>("POST", "/v1/users/me/devices/current/secret", new RefreshTokenRequest(refreshToken)));
            sessions.Renewed(given.DeviceSecret);
        }

        /// <summary>The accounts of Apple's and Google's with which the player can come back.</summary>
        public async Task<List<Link>> Links() { return (await Signed<Links>("GET", "/v1/users/me/links")).VarLinks; }

        /// <summary>Links an account. It is sent once, because a token works once.</summary>
        public async Task<List<Link>> Link(LinkRequest.ProviderEnum provider, string identityToken, string nonce)
        {
            var links = await Proven(refreshToken =>
            {
                var body = Json.Write(new LinkRequest(provider, identityToken, nonce, refreshToken));
                return SignedText<Links>("POST", "/v1/users/me/links", body, null, CancellationToken.None, 1);
            });
            return links.VarLinks;
        }

        public async Task<List<Link>> Unlink(LinkRequest.ProviderEnum provider)
        {
            return (await Signed<Links>("DELETE", "/v1/users/me/links/" + Name(provider))).VarLinks;
        }

        /// <summary>When the player's transfer code was made and used; null if there is none.</summary>
        public Task<TransferCode> TransferCode() { return Signed<TransferCode>("GET", "/v1/users/me/transfer-code"); }

        /// <summary>Makes a code with which, and with the password, the player can move to another device.</summary>
        public Task<NewTransferCode> CreateTransferCode(string password)
        {
            return Proven(refreshToken => Signed<NewTransferCode>("POST", "/v1/users/me/transfer-code", new TransferCodeRequest(password, refreshToken)));
        }

        /// <summary>
        /// Moves a player to this device. It is sent once, because it uses the code up. After a
        /// NoAnswerException there is no session: log in, and see whose player it is. If the
        /// device has a player, it is refused with device_has_player, unless replacePlayer is
        /// set: then that one is left. keepAccount takes a deletion of the account back.
        /// </summary>
        public async Task<Kept> Transfer(string transferCode, string password, bool replacePlayer = false, bool keepAccount = false)
        {
            var deletion = keepAccount ? DeletionChoice.Cancel : (DeletionChoice?)null;
            var type = (TransferRequest.DeviceTypeEnum)Enum.Parse(typeof(TransferRequest.DeviceTypeEnum), options.DeviceType.ToString());
            try
            {
                return await sessions.Adopt(await Attested(async attestation =>
                {
                    var body = Json.Write(new TransferRequest(transferCode, password, sessions.DeviceId, type, deviceSecret: sessions.DeviceSecret, attestation: attestation, replacePlayer: replacePlayer, deletion: deletion));
                    return Data<DeviceSession>(await sender.Send(() => Call("POST", "/v1/auth/transfer", body), 1, CancellationToken.None));
                }));
            }
            catch (TenjoException error)
            {
                // The gateway's own answers have no code: the function may have done it.
                var answered = error as AnswerException;
                if (answered == null || (answered.Status >= 500 && answered.Code == null)) sessions.Doubt();
                throw;
            }
        }

        /// <summary>
        /// Asks for the account to be deleted. Null if an earlier answer was lost, and only the
        /// deletion itself is known. Until it happens, KeepAccount takes it back.
        /// </summary>
        public async Task<Deletion> DeleteAccount()
        {
            Deletion asked = null;
            try
            {
                asked = await Signed<Deletion>("DELETE", "/v1/users/me");
            }
            catch (DeletingException)
            {
                // An answer was lost: it is to be deleted already.
            }
            sessions.End();
            return asked;
        }

        /// <summary>Everything that is held about the player, row by row.</summary>
        public Rows<ExportRow> ExportAccount()
        {
            return List<Export, ExportRow>("/v1/users/me/export", page => page.Rows, page => page.NextCursor);
        }

        // Pools and draws.

        public Rows<Pool> Pools()
        {
            return List<Pools, Pool>("/v1/gacha/pools", page => page.VarPools, page => page.NextCursor);
        }

        public Task<PoolDetails> Pool(string poolId) { return Signed<PoolDetails>("GET", "/v1/gacha/pools/" + Uri.EscapeDataString(poolId)); }

        /// <summary>The rules and odds of a revision. They never change: keep them.</summary>
        public Task<Revision> Revision(string revision) { return Open<Revision>("GET", "/v1/gacha/revisions/" + Uri.EscapeDataString(revision)); }

        /// <summary>
        /// Draws from the pool, at one of its prices, as the player was shown both: once, whatever
        /// happens to the connection. It asks for the player's next draw number, makes a new
        /// client seed unless the player brings one, and sends both with the revision and the
        /// price. If any of these is another one by then, the draw is refused and costs nothing.
        /// So is one of two draws at the same time.
        ///
        /// If it fails with an error that IsRetryable, the outcome is not known yet: Resume finds
        /// it out, with the very same order. If Pending does not have it, nothing was sent.
        /// </summary>
        public async Task<Draw> Draw(PoolDetails pool, Price price, string clientSeed = null, CancellationToken stop = default(CancellationToken))
        {
            var number = (await ClientSeed(stop)).NextDrawNumber;
            return await acts.Draw(Orders.Of(pool, price, clientSeed ?? Orders.NewClientSeed(), number), stop);
        }

        /// <summary>Turns points into an item, once.</summary>
        public Task<Exchange> Exchange(ExchangeRequest order, CancellationToken stop = default(CancellationToken)) { return acts.Exchange(order, stop); }

        /// <summary>What was ordered and has no final answer. While there is any, a balance may change.</summary>
        public Task<List<PendingAct>> Pending() { return acts.Pending(); }

        /// <summary>Finds out how each pending act ended. Call it at every start, and when the network is back.</summary>
        public Task<List<Resumed>> Resume(Action<Resumed> told = null, CancellationToken stop = default(CancellationToken)) { return acts.Resume(told, stop); }

        /// <summary>A draw's status and timeline: at once, or within so many seconds (20 at most) as soon as it has ended.</summary>
        public Task<Saga> Saga(Guid sagaId, int waitS = 0) { return Signed<Saga>("GET", SagaPath(sagaId, waitS)); }

        public Rows<History> Histories()
        {
            return List<Histories, History>("/v1/gacha/histories", page => page.VarHistories, page => page.NextCursor);
        }

        /// <summary>The seed of draws that bring none, and the number of the player's next draw.</summary>
        public Task<PlayerSeed> ClientSeed(CancellationToken stop = default(CancellationToken))
        {
            return SignedText<PlayerSeed>("GET", "/v1/gacha/client-seed", null, null, stop);
        }

        public Task<PlayerSeed> SetClientSeed(string clientSeed) { return Signed<PlayerSeed>("PUT", "/v1/gacha/client-seed", new ClientSeedUpdate(clientSeed)); }

        public Rows<NumberedDraw> DrawNumbers()
        {
            return List<DrawNumbers, NumberedDraw>("/v1/gacha/draw-numbers", page => page.VarDrawNumbers, page => page.NextCursor);
        }

        /// <summary>What the server is committed to, and what it has revealed. Without a session.</summary>
        public Rows<SeedPeriod> SeedPeriods()
        {
            return new Rows<SeedPeriod>(async cursor =>
            {
                var page = await Open<SeedPeriods>("GET", Asked("/v1/gacha/seed-periods", cursor));
                return new Page<SeedPeriod>(page.VarSeedPeriods, page.NextCursor);
            });
        }

        /// <summary>The proof of a purchase. `tenjo verify`, docs/verify.py and the kit for TypeScript check it.</summary>
        public async Task<Proof> Proof(Guid sagaId) { return (await Signed<DrawProof>("GET", "/v1/gacha/sagas/" + sagaId + "/proof")).Proof; }

        // Items, presents and the shop.

        public Rows<Item> Items()
        {
            return List<Items, Item>("/v1/inventory/items", page => page.VarItems, page => page.NextCursor);
        }

        public Rows<ItemMaster> ItemMasters()
        {
            return List<ItemMasters, ItemMaster>("/v1/inventory/item-masters", page => page.VarItemMasters, page => page.NextCursor);
        }

        public Rows<Present> Presents()
        {
            return List<Presents, Present>("/v1/presents", page => page.VarPresents, page => page.NextCursor);
        }

        public Task<Present> ReceivePresent(string presentId)
        {
            return Signed<Present>("POST", "/v1/presents/" + Uri.EscapeDataString(presentId) + "/receive");
        }

        /// <summary>Receives all presents, 50 at most; after a lost answer it receives what is left.</summary>
        public Task<ReceivedPresents> ReceivePresents() { return Signed<ReceivedPresents>("POST", "/v1/presents/receive"); }

        public Task<Allowance> Allowance() { return Signed<Allowance>("GET", "/v1/purchases/allowance"); }

        /// <summary>The month of the player's birth, such as 1990-04: once.</summary>
        public Task SetBirthMonth(string birthMonth) { return Signed<object>("PUT", "/v1/purchases/birth-month", new BirthMonthRequest(birthMonth)); }

        public Task<Shop> Shop() { return Signed<Shop>("GET", "/v1/purchases/products"); }

        /// <summary>Books what the App Store sold. A transaction is booked once, however often it is sent.</summary>
        public Task<Purchase> BookApplePurchase(string signedTransaction)
        {
            return Signed<Purchase>("POST", "/v1/purchases/apple", new ApplePurchaseRequest(signedTransaction));
        }

        /// <summary>Books what Google Play sold, in the same way.</summary>
        public Task<Purchase> BookGooglePurchase(string productId, string purchaseToken)
        {
            return Signed<Purchase>("POST", "/v1/purchases/google", new GooglePurchaseRequest(productId, purchaseToken));
        }

        // What the parts call.

        Task<DeviceSession> ISessionCalls.Guest(string deviceId, string secret, bool keepAccount)
        {
            var deletion = keepAccount ? DeletionChoice.Cancel : (DeletionChoice?)null;
            return Attested(attestation => Open<DeviceSession>("POST", "/v1/auth/guest", new GuestSessionRequest(deviceId, options.DeviceType, deviceSecret: secret, attestation: attestation, deletion: deletion)));
        }

        /// <summary>Sends, and once more with what attests this device, if the server asks for that.</summary>
        private async Task<DeviceSession> Attested(Func<Attestation, Task<DeviceSession>> send)
        {
            string challenge;
            try
            {
                return await send(null);
            }
            catch (UnauthorizedException asked)
            {
                if (asked.Challenge == null || options.Attest == null) throw;
                challenge = asked.Challenge;
            }
            return await send(await options.Attest(challenge));
        }

        /// <summary>
        /// Sends with the session's refresh token, which adds a way into the account; and once
        /// more, if the session is another one by then.
        /// </summary>
        private async Task<T> Proven<T>(Func<string, Task<T>> send)
        {
            await sessions.Token(); // refreshes what is about to expire
            var refreshToken = (await sessions.Resume()).RefreshToken;
            try
            {
                return await send(refreshToken);
            }
            catch (AnswerException refused)
            {
                var newest = sessions.Current;
                if (refused.Code != "refresh_token_required" || newest == null || newest.RefreshToken == refreshToken) throw;
                refreshToken = newest.RefreshToken;
            }
            return await send(refreshToken);
        }

        Task<Session> ISessionCalls.Refresh(string refreshToken)
        {
            return Open<Session>("POST", "/v1/auth/refresh", new RefreshTokenRequest(refreshToken));
        }

        Task<Draw> IActCalls.Draw(string key, string body, CancellationToken stop) { return SignedText<Draw>("POST", "/v1/gacha/draw", body, key, stop); }

        Task<Exchange> IActCalls.Exchange(string key, string body, CancellationToken stop) { return SignedText<Exchange>("POST", "/v1/gacha/exchange", body, key, stop); }

        Task<Saga> IActCalls.Saga(Guid sagaId, CancellationToken stop) { return SignedText<Saga>("GET", SagaPath(sagaId, LongestWaitS), null, null, stop); }

        async Task<Guid> IActCalls.UserId() { return (await sessions.Resume()).UserId; }

        private static string SagaPath(Guid sagaId, int waitS) { return "/v1/gacha/sagas/" + sagaId + "?wait_s=" + waitS; }

        /// <summary>How long the server may wait with an answer, so that the try does not count as lost.</summary>
        private int LongestWaitS { get { return Math.Min(20, (int)(options.Timeout.TotalSeconds / 1.5)); } }

        private Rows<T> List<TPage, T>(string path, Func<TPage, List<T>> rows, Func<TPage, string> next)
        {
            return new Rows<T>(async cursor =>
            {
                var page = await Signed<TPage>("GET", Asked(path, cursor));
                return new Page<T>(rows(page), next(page));
            });
        }

        private static string Asked(string path, string cursor)
        {
            return path + "?limit=" + PageSize + (cursor == null ? "" : "&cursor=" + Uri.EscapeDataString(cursor));
        }

        private static string Name(LinkRequest.ProviderEnum provider) { return provider == LinkRequest.ProviderEnum.Apple ? "apple" : "google"; }

        private async Task<T> Open<T>(string method, string path, object body = null)
        {
            var text = body == null ? null : Json.Write(body);
            return Data<T>(await sender.Send(() => Call(method, path, text), options.Attempts, CancellationToken.None));
        }

        private Task<T> Signed<T>(string method, string path, object body = null)
        {
            return SignedText<T>(method, path, body == null ? null : Json.Write(body), null, CancellationToken.None);
        }

        /// <summary>Sends with the session's token, and once more with a new one if it is refused.</summary>
        private async Task<T> SignedText<T>(string method, string path, string body, string key, CancellationToken stop, int attempts = 0)
        {
            if (attempts == 0) attempts = options.Attempts;
            var token = await sessions.Token();
            Func<HttpCall> make = () =>
            {
                var call = Call(method, path, body);
                call.Headers["Authorization"] = "Bearer " + token;
                if (key != null) call.Headers["Idempotency-Key"] = key;
                return call;
            };
            var answer = await sender.Send(make, attempts, stop);
            if (answer.Status == 401)
            {
                token = (await sessions.Refresh(token)).AccessToken;
                answer = await sender.Send(make, attempts, stop);
            }
            return Data<T>(answer);
        }

        private HttpCall Call(string method, string path, string body) { return new HttpCall(method, options.BaseUrl.TrimEnd('/') + path, body); }

        private T Data<T>(HttpAnswer answer)
        {
            if (!answer.IsSuccess) throw Answers.Read(answer, Clock.Now);
            return Json.Read<Envelope<T>>(answer.Body).Data;
        }
    }
}
