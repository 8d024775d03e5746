// The kit on a server that loses answers. Each test is a sentence; any that fails is named.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Org.OpenAPITools.Model;
using Tenjo;

public static class Check
{
    private const string DrawPath = "/v1/gacha/draw";
    private const string SeedPath = "/v1/gacha/client-seed";
    private static readonly Price One = new Price(1, "free_gem", 300);
    private static readonly Price Ten = new Price(10, "any_gem", 3000);
    private static readonly PoolDetails Gate = ShownPool();
    private static int failed;

    public static int Main()
    {
        Test("a draw brings a new seed, and all that the player was shown", async () =>
        {
            var fake = new Fake(call => Fake.Drawn());
            var client = fake.Client();
            await client.Draw(Gate, One);
            await client.Draw(Gate, Ten);
            var orders = fake.Of(DrawPath).Select(call => JObject.Parse(call.Body)).ToList();
            var seeds = orders.Select(order => (string)order["client_seed"]).ToList();
            Equal(true, seeds.All(seed => seed.Length == 32) && seeds[0] != seeds[1]);
            var rest = ",\"expected_revision\":\"9f86d081\",\"expected_draw_number\":7}";
            Equal("{\"pool_id\":\"pool-standard\",\"draw_count\":1,\"expected_cost\":{\"currency_type\":\"free_gem\",\"amount\":300},\"client_seed\":\"" + seeds[0] + "\"" + rest,
                orders[0].ToString(Formatting.None));
            Equal("{\"pool_id\":\"pool-standard\",\"draw_count\":10,\"expected_cost\":{\"currency_type\":\"any_gem\",\"amount\":3000},\"client_seed\":\"" + seeds[1] + "\"" + rest,
                orders[1].ToString(Formatting.None));
            // The server has told the number before it knows the seed.
            Equal(SeedPath + DrawPath + SeedPath + DrawPath, string.Concat(fake.Seen.Select(Fake.Path).Where(path => path == SeedPath || path == DrawPath)));
        });
        Test("a player can bring a seed of their own", async () =>
        {
            var fake = new Fake(call => Fake.Drawn());
            await fake.Client().Draw(Gate, One, "6-3-1-4-4-2-5");
            Equal("6-3-1-4-4-2-5", (string)JObject.Parse(fake.Of(DrawPath).Single().Body)["client_seed"]);
        });
        Test("nothing is ordered while the draw number is not known", async () =>
        {
            var fake = new Fake(call => null, true, false);
            var client = fake.Client();
            await Fails<NoAnswerException>(() => client.Draw(Gate, One));
            Equal(0, fake.Of(DrawPath).Count());
            Equal(0, (await client.Pending()).Count);
        });
        Test("a lost answer is asked for again with the same key and body", async () =>
        {
            var calls = 0;
            var fake = new Fake(call => ++calls < 3 ? null : Fake.Drawn());
            var drawn = await fake.Client().Draw(Gate, One);
            Equal(1, drawn.Results.Count);
            Equal(3, fake.Of(DrawPath).Count());
            Equal(1, Keys(fake).Count());
            Equal(1, fake.Of(DrawPath).Select(call => call.Body).Distinct().Count());
            Equal(1, fake.Of(SeedPath).Count());
            Equal("1,2", string.Join(",", fake.Slept.Select(wait => wait.TotalSeconds)));
        });
        Test("an answer that is cut off counts as none", async () =>
        {
            var calls = 0;
            var fake = new Fake(call => ++calls < 2 ? Fake.Raw(200, "{\"success\":true,\"da") : Fake.Drawn());
            await fake.Client().Draw(Gate, One);
            Equal(2, fake.Of(DrawPath).Count());
        });
        Test("a draw that was interrupted is resumed with its key after a restart", async () =>
        {
            var store = new MemoryStore();
            var before = new Fake(call => null);
            await Fails<NoAnswerException>(() => before.Client(store).Draw(Gate, One));
            var after = new Fake(call => Fake.Drawn());
            var client = after.Client(store);
            Equal(1, (await client.Pending()).Count);
            var outcomes = await client.Resume();
            Equal("COMPLETED", outcomes.Single().Draw.Status);
            Equal(Keys(before).Single(), Keys(after).Single());
            Equal(before.Of(DrawPath).First().Body, after.Of(DrawPath).First().Body);
            Equal(0, after.Of(SeedPath).Count());
            Equal(0, (await client.Pending()).Count);
        });
        Test("another player's draw is not sent", async () =>
        {
            var store = new MemoryStore();
            await Fails<NoAnswerException>(() => new Fake(call => null).Client(store).Draw(Gate, One));
            store.Set("session", store.Get("session").Replace(Fake.Player, "9f1b8a0e-4a5a-4c4f-8e9a-640d6d7c1d2b"));
            var after = new Fake(call => Fake.Drawn());
            Equal(0, (await after.Client(store).Resume()).Count);
            Equal(0, after.Of(DrawPath).Count());
        });
        Test("a running draw is asked for, and fetched by its key", async () =>
        {
            var statuses = new Queue<string>(new[] { "CURRENCY_RESERVED", "COMPLETED" });
            var draws = 0;
            var fake = new Fake(call =>
            {
                if (Fake.Path(call) == DrawPath) return ++draws == 1 ? Fake.Drawn("STARTED", false) : Fake.Drawn();
                return Fake.Ok("{\"saga_id\":\"5cdca3eb-0087-8e51-a01b-c1daae46db29\",\"pool_id\":\"pool-standard\",\"draw_count\":1,\"status\":\"" + statuses.Dequeue()
                    + "\",\"failure\":null,\"cost\":{\"currency_type\":\"free_gem\",\"amount\":300,\"breakdown\":[]},\"created_at\":\"2026-08-01T00:00:00Z\",\"updated_at\":\"2026-08-01T00:00:00Z\",\"timeline\":[],\"results\":null,\"pity\":null}");
            });
            Equal("a.b.c", (await fake.Client().Draw(Gate, One)).Receipt);
            Equal(1, Keys(fake).Count());
            // The server waits for the end, so it is asked at once.
            Equal(2, fake.Of("/v1/gacha/sagas/5cdca3eb-0087-8e51-a01b-c1daae46db29?wait_s=20").Count());
            Equal(1, fake.Slept.Count);
        });
        // docs/clients.md, "Draw safely".
        foreach (var row in new[]
        {
            "400 invalid_request final", "403 user_suspended final", "403 client_outdated open", "404 not_found final",
            "409 insufficient_currency final", "409 price_changed final", "409 draw_in_progress open", "422 idempotency_key_reused final",
            "429 too_many_requests open", "500 internal open", "503 try_later open", "503 draw_failed final", "503 maintenance open",
        })
        {
            var parts = row.Split(' ');
            Test(parts[0] + " " + parts[1] + " leaves a draw " + parts[2], async () =>
            {
                var client = new Fake(call => Fake.Refusal(int.Parse(parts[0]), parts[1])).Client();
                var error = await Fails<AnswerException>(() => client.Draw(Gate, One));
                Equal(parts[1], error.Code);
                Equal("request-1", error.RequestId);
                Equal(parts[2] == "final", error.IsFinal);
                Equal(parts[2] == "final" ? 0 : 1, (await client.Pending()).Count);
            });
        }
        foreach (var status in new[] { 429, 500, 502, 503, 504 })
        {
            Test("the gateway's " + status + " in HTML does not end a draw", async () =>
            {
                var calls = 0;
                var fake = new Fake(call => ++calls < 2 ? Fake.Raw(status, "<html>") : Fake.Drawn());
                await fake.Client().Draw(Gate, One);
                Equal(1, Keys(fake).Count());
            });
        }
        Test("Retry-After is waited for, and a wait that is too long is the caller's", async () =>
        {
            var calls = 0;
            var fake = new Fake(call => ++calls < 2 ? Fake.Refusal(503, "try_later", "Retry-After", "3") : Fake.Drawn());
            await fake.Client().Draw(Gate, One);
            Equal(3.25, fake.Slept.Single().TotalSeconds);
            var slow = new Fake(call => Fake.Refusal(429, "too_many_requests", "retry-after", "40"));
            Equal(40.0, (await Fails<TooManyException>(() => slow.Client().Draw(Gate, One))).RetryAfter.Value.TotalSeconds);
            Equal(0, slow.Slept.Count);
        });
        Test("many calls that are refused refresh once", async () =>
        {
            var fake = new Fake(call =>
            {
                if (Fake.Path(call) == "/v1/auth/refresh") return Fake.Session("2");
                return call.Headers["Authorization"] == "Bearer access-2" ? Fake.Ok("{\"currencies\":[]}") : Fake.Refusal(401, "unauthorized");
            });
            var client = fake.Client();
            await Task.WhenAll(client.Currencies(), client.Currencies(), client.Currencies());
            Equal(1, fake.Of("/v1/auth/refresh").Count());
            Equal(1, fake.Of("/v1/auth/guest").Count());
        });
        Test("the secret of the device is kept, sent, and kept beside a new one until that was shown", async () =>
        {
            var accepted = "first";
            var fake = new Fake(call =>
            {
                if (Fake.Path(call).EndsWith("/secret")) return Fake.Ok("{\"device_secret\":\"second\"}");
                var secret = (string)JObject.Parse(call.Body)["device_secret"];
                if (secret == null) return Fake.Session("1", "first");
                return secret == accepted ? Fake.Session("2") : Fake.Refusal(401, "device_secret_required");
            }, false);
            var store = new MemoryStore();
            var client = fake.Client(store);
            await client.Login();
            await client.RenewDeviceSecret();
            store.Set("session", null);
            await client.Login();
            Equal("first", store.Get("device-secret-before"));
            accepted = "second";
            store.Set("session", null);
            await client.Login();
            Equal(null, store.Get("device-secret-before"));
        });
        Test("a session that brought a secret is refreshed at once, and kept if that has no answer", async () =>
        {
            foreach (var isAnswered in new[] { true, false })
            {
                var fake = new Fake(call =>
                {
                    if (Fake.Path(call) == "/v1/auth/guest") return Fake.Session("1", "given");
                    return isAnswered ? Fake.Session("2") : null;
                }, false);
                Equal(isAnswered ? "access-2" : "access-1", (await fake.Client().Login()).AccessToken);
                Equal("refresh-1", (string)JObject.Parse(fake.Of("/v1/auth/refresh").First().Body)["refresh_token"]);
            }
        });
        Test("a device that is asked for an attestation answers the challenge, once", async () =>
        {
            var asked = "{\"success\":false,\"error\":{\"code\":\"attestation_required\",\"message\":\"Answer.\",\"challenge\":\"c-1\",\"request_id\":\"request-1\"}}";
            var fake = new Fake(call => JObject.Parse(call.Body)["attestation"] == null ? Fake.Raw(401, asked) : Fake.Session("1", "first"), false);
            Equal("c-1", (await Fails<UnauthorizedException>(() => fake.Client().Login())).Challenge);
            Equal(1, fake.Of("/v1/auth/guest").Count());
            var client = new TenjoClient(new Options
            {
                BaseUrl = "http://game.test",
                Attest = challenge => Task.FromResult(new Attestation(Attestation.PlatformEnum.Google, challenge, "of-" + challenge)),
            }, new MemoryStore(), fake);
            Equal("access-1", (await client.Login()).AccessToken);
            Equal("of-c-1", (string)JObject.Parse(fake.Of("/v1/auth/guest").Last().Body)["attestation"]["statement"]);
            Equal("access-1", (await client.Transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival")).AccessToken);
            Equal(2, fake.Of("/v1/auth/transfer").Count());
        });
        Test("a player who is to be deleted moves to this device by saying that they stay", async () =>
        {
            var fake = new Fake(call => (string)JObject.Parse(call.Body)["deletion"] == "cancel" ? Fake.Session("moved", "new") : Fake.Refusal(403, "user_deleting"), false);
            var client = fake.Client();
            await Fails<DeletingException>(() => client.Transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival"));
            Equal(null, (string)JObject.Parse(fake.Of("/v1/auth/transfer").Single().Body)["deletion"]);
            Equal("access-moved", (await client.Transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival", keepAccount: true)).AccessToken);
        });
        Test("the player's language is sent with each call, and can change", async () =>
        {
            var fake = new Fake(call => Fake.Ok("{\"currencies\":[]}"));
            var options = new Options { BaseUrl = "http://game.test", Language = "ja" };
            var client = new TenjoClient(options, new MemoryStore(), fake);
            await client.Currencies();
            options.Language = "en, ja;q=0.5";
            await client.Currencies();
            Equal("ja,ja,en, ja;q=0.5", string.Join(",", fake.Seen.Select(call => call.Headers["Accept-Language"])));
            var plain = new Fake(call => Fake.Ok("{\"currencies\":[]}"));
            await plain.Client().Currencies();
            Equal(false, plain.Seen.Any(call => call.Headers.ContainsKey("Accept-Language")));
        });
        Test("after a transfer without an answer the device finds out whose it is", async () =>
        {
            var fake = new Fake(call =>
            {
                if (Fake.Path(call) == "/v1/auth/transfer") return null;
                return JObject.Parse(call.Body)["device_secret"] == null ? Fake.Session("moved", "new") : Fake.Refusal(401, "device_secret_required");
            }, false);
            var store = new MemoryStore();
            store.Set("device-secret", "of the player before");
            var client = fake.Client(store);
            await Fails<NoAnswerException>(() => client.Transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival"));
            Equal(1, fake.Of("/v1/auth/transfer").Count());
            Equal("access-moved", (await client.Login()).AccessToken);
            Equal("new", store.Get("device-secret"));
        });
        Test("who signed in by an account never becomes the device's player", async () =>
        {
            var isEnded = false;
            var fake = new Fake(call =>
            {
                if (Fake.Path(call) == "/v1/auth/apple") return Fake.Session("of-apple");
                if (isEnded && Fake.Path(call) != "/v1/auth/guest") return Fake.Refusal(401, "unauthorized");
                return Fake.Path(call) == "/v1/auth/guest" ? Fake.Session("of-the-device") : Fake.Ok("{\"currencies\":[],\"links\":[]}");
            }, false);
            var client = fake.Client();
            Equal("access-of-apple", (await client.SignIn(LinkRequest.ProviderEnum.Apple, "a.b.c", "nonce")).AccessToken);
            Equal("apple", (await client.Login()).Provider);
            Equal(0, (await client.Links()).Count);
            isEnded = true;
            await Fails<UnauthorizedException>(() => client.Currencies());
            await Fails<UnauthorizedException>(() => client.Currencies());
            Equal(0, fake.Of("/v1/auth/guest").Count());
            // The player may say so.
            isEnded = false;
            Equal("access-of-the-device", (await client.Login()).AccessToken);
        });
        Test("a token of an account is sent once", async () =>
        {
            var fake = new Fake(call => null);
            var client = fake.Client();
            await Fails<NoAnswerException>(() => client.SignIn(LinkRequest.ProviderEnum.Google, "a.b.c", "nonce"));
            await Fails<NoAnswerException>(() => client.Link(LinkRequest.ProviderEnum.Google, "a.b.c", "nonce"));
            Equal(1, fake.Of("/v1/auth/google").Count());
            Equal(1, fake.Of("/v1/users/me/links").Count());
        });
        Test("what adds a way into the account shows the session's refresh token, and the newest one once more", async () =>
        {
            var accepted = "refresh-1";
            var store = new MemoryStore();
            Kept newest = null;
            var fake = new Fake(call =>
            {
                if ((string)JObject.Parse(call.Body)["refresh_token"] != accepted)
                {
                    // Meanwhile another call keeps what it got.
                    if (newest != null) store.Set("session", JsonConvert.SerializeObject(newest));
                    return Fake.Refusal(403, "refresh_token_required");
                }
                return Fake.Ok("{\"links\":[],\"device_secret\":\"second\",\"transfer_code\":\"7K3M-Q9TD-4VXA-0ZPR\",\"expires_at\":\"2026-08-31T09:30:00Z\"}");
            });
            var client = fake.Client(store);
            await client.CreateTransferCode("moon-festival");
            await client.Link(LinkRequest.ProviderEnum.Google, "a.b.c", "nonce");
            await client.RenewDeviceSecret();
            Equal(3, fake.Seen.Count(call => call.Url.Contains("/v1/users/me/")));
            accepted = "refresh-2";
            // Nothing newer is known, so it is not tried again.
            await Fails<RefusedException>(() => client.CreateTransferCode("moon-festival"));
            Equal(2, fake.Of("/v1/users/me/transfer-code").Count());
            newest = new Kept { AccessToken = "access-2", RefreshToken = "refresh-2", ExpiresAt = DateTime.UtcNow.AddMinutes(15) };
            await client.CreateTransferCode("moon-festival");
            Equal(4, fake.Of("/v1/users/me/transfer-code").Count());
        });
        Test("a deletion ends the session, and only the player's word takes it back", async () =>
        {
            var isDeleting = false;
            var fake = new Fake(call =>
            {
                if (call.Method == "DELETE")
                {
                    isDeleting = true;
                    return Fake.Ok("{\"deletion_due_at\":\"2026-08-31T09:30:00Z\",\"lost\":[]}");
                }
                return isDeleting && (string)JObject.Parse(call.Body)["deletion"] != "cancel" ? Fake.Refusal(403, "user_deleting") : Fake.Session("1");
            }, false);
            var client = fake.Client();
            Equal(31, (await client.DeleteAccount()).DeletionDueAt.Day);
            await Fails<DeletingException>(() => client.Login());
            Equal("access-1", (await client.KeepAccount()).AccessToken);
        });
        Test("a list is read page by page, and no further than it is asked", async () =>
        {
            var row = "{\"table\":\"t\",\"columns\":{}}";
            var fake = new Fake(call => Fake.Path(call).Contains("cursor=abc")
                ? Fake.Ok("{\"rows\":[" + row + "],\"next_cursor\":null}") : Fake.Ok("{\"rows\":[" + row + "," + row + "],\"next_cursor\":\"abc\"}"));
            var client = fake.Client();
            Equal(3, (await client.ExportAccount().All()).Count);
            var before = fake.Seen.Count;
            Equal(2, (await client.ExportAccount().Take(2)).Count);
            Equal(before + 1, fake.Seen.Count);
        });
        Test("the server's clock is learnt, and the device's does not matter", async () =>
        {
            var ticks = TimeSpan.FromSeconds(1);
            var clock = new ServerClock(() => ticks, () => new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            var fake = new Fake(call =>
            {
                ticks += TimeSpan.FromMilliseconds(100);
                return Fake.Ok("{\"server_time\":\"2026-08-01T00:00:00Z\",\"maintenance\":null,\"least_client_version\":null,\"newest_client_version\":null}");
            });
            var client = new TenjoClient(new Options { BaseUrl = "http://game.test", Clock = clock }, new MemoryStore(), fake);
            Equal(1999, client.Clock.Now.Year);
            await client.Status();
            // The answer was made half-way: 50 ms ago.
            Equal(new DateTime(2026, 8, 1, 0, 0, 0, 50, DateTimeKind.Utc), client.Clock.Now);
        });
        Test("the clock of a device that slept is right after the next answer, however rough", async () =>
        {
            var ticks = TimeSpan.Zero;
            var clock = new ServerClock(() => ticks, () => new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            var told = new DateTime(2026, 8, 1, 0, 0, 0, DateTimeKind.Utc);
            var date = "";
            var fake = new Fake(call => Fake.Raw(200, "{\"success\":true,\"data\":{\"server_time\":\"" + told.ToString("s") + "Z\",\"maintenance\":null,\"least_client_version\":null,\"newest_client_version\":null,\"currencies\":[]}}", date == "" ? new string[0] : new[] { "Date", date }));
            var client = new TenjoClient(new Options { BaseUrl = "http://game.test", Clock = clock }, new MemoryStore(), fake);
            await client.Status();
            // A rough time within reach of the exact one changes nothing.
            date = "Sat, 01 Aug 2026 00:00:00 GMT";
            await client.Currencies();
            Equal(told, client.Clock.Now);
            // Eight hours pass, and the ticks stop.
            date = "Sat, 01 Aug 2026 08:00:00 GMT";
            await client.Currencies();
            Equal(told.AddHours(8).AddMilliseconds(500), client.Clock.Now);
        });
        Test("the class library's transport gives every status with its body, and fails without an answer", async () =>
        {
            var address = "http://127.0.0.1:" + FreePort() + "/";
            using (var server = new HttpListener())
            {
                server.Prefixes.Add(address);
                server.Start();
                var serving = Task.Run(() =>
                {
                    for (var calls = 0; calls < 2; calls++)
                    {
                        var call = server.GetContext();
                        var sent = new StreamReader(call.Request.InputStream).ReadToEnd();
                        var body = Encoding.UTF8.GetBytes(call.Request.HttpMethod + " " + call.Request.Headers["Idempotency-Key"] + " " + sent);
                        call.Response.StatusCode = calls == 0 ? 200 : 409;
                        call.Response.Headers["X-Request-ID"] = "r";
                        call.Response.OutputStream.Write(body, 0, body.Length);
                        call.Response.Close();
                    }
                });
                var transport = new WebRequestTransport();
                foreach (var status in new[] { 200, 409 })
                {
                    var call = new HttpCall("POST", address, "{}");
                    call.Headers["Idempotency-Key"] = "key";
                    call.Headers["Content-Type"] = "application/json";
                    var answer = await transport.Send(call, TimeSpan.FromSeconds(10), CancellationToken.None);
                    Equal(status, answer.Status);
                    Equal("POST key {}", answer.Body);
                    Equal("r", answer.Header("x-request-id"));
                }
                await serving;
                server.Stop();
            }
            await Fails<WebException>(() => new WebRequestTransport().Send(new HttpCall("GET", address), TimeSpan.FromSeconds(10), CancellationToken.None));
        });
        Console.WriteLine(failed == 0 ? "all as it should be" : failed + " failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>The generated constructor refuses null, which much of a pool may be.</summary>
    private static PoolDetails ShownPool()
    {
        var pool = (PoolDetails)Activator.CreateInstance(typeof(PoolDetails), true);
        pool.PoolId = "pool-standard";
        pool.Revision = "9f86d081";
        return pool;
    }

    private static int FreePort()
    {
        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        try
        {
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        finally
        {
            probe.Stop();
        }
    }

    private static IEnumerable<string> Keys(Fake fake) { return fake.Of(DrawPath).Select(call => call.Headers["Idempotency-Key"]).Distinct(); }

    private static void Test(string name, Func<Task> run)
    {
        try
        {
            Task.Run(run).GetAwaiter().GetResult();
            Console.WriteLine("ok      " + name);
        }
        catch (Exception error)
        {
            failed++;
            Console.WriteLine("FAILED  " + name + ": " + error);
        }
    }

    private static async Task<T> Fails<T>(Func<Task> act) where T : Exception
    {
        try
        {
            await act();
        }
        catch (T error)
        {
            return error;
        }
        throw new Exception("it did not fail");
    }

    private static void Equal<T>(T expected, T got)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, got)) throw new Exception("expected " + expected + ", got " + got);
    }
}
