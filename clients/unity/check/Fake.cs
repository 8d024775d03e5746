// A server that answers as it is told, for Check.cs.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Tenjo;

internal sealed class Fake : ITransport
{
    public const string Player = "0b8b1f5a-7c3e-4f0a-9a53-0d8a0e5f4c11";
    public readonly List<HttpCall> Seen = new List<HttpCall>();
    public readonly List<TimeSpan> Slept = new List<TimeSpan>();
    private readonly Func<HttpCall, HttpAnswer> answer;

    /// <summary>
    /// An answer of null is a lost one. Logins are answered here unless `logins` is false, and
    /// the next draw number is, unless `numbers` is.
    /// </summary>
    public Fake(Func<HttpCall, HttpAnswer> answer, bool logins = true, bool numbers = true)
    {
        this.answer = call =>
        {
            if (logins && Path(call) == "/v1/auth/guest") return Session("1");
            if (numbers && Path(call) == "/v1/gacha/client-seed") return Ok("{\"client_seed\":\"seven-crows\",\"set_at\":null,\"next_draw_number\":7}");
            return answer(call);
        };
    }

    public static string Path(HttpCall call) { return new Uri(call.Url).PathAndQuery; }

    public IEnumerable<HttpCall> Of(string path) { return Seen.Where(call => Path(call) == path); }

    public Task<HttpAnswer> Send(HttpCall call, TimeSpan timeout, CancellationToken stop)
    {
        lock (Seen) Seen.Add(call);
        var answered = answer(call);
        if (answered == null) throw new IOException("the connection was lost");
        return Task.FromResult(answered);
    }

    public TenjoClient Client(IStore store = null)
    {
        return new TenjoClient(new Options
        {
            BaseUrl = "http://game.test", Random = () => 1,
            Sleep = (wait, stop) =>
            {
                Slept.Add(wait);
                return Task.FromResult(true);
            },
        }, store ?? new MemoryStore(), this);
    }

    public static HttpAnswer Raw(int status, string body, params string[] headers)
    {
        var map = new Dictionary<string, string>();
        for (var at = 0; at < headers.Length; at += 2) map[headers[at]] = headers[at + 1];
        return new HttpAnswer(status, body, map);
    }

    public static HttpAnswer Ok(string data, int status = 200) { return Raw(status, "{\"success\":true,\"data\":" + data + "}"); }

    public static HttpAnswer Refusal(int status, string code, params string[] headers)
    {
        return Raw(status, "{\"success\":false,\"error\":{\"code\":\"" + code + "\",\"message\":\"It is so.\",\"request_id\":\"request-1\"}}", headers);
    }

    public static HttpAnswer Session(string name, string secret = null)
    {
        return Ok("{\"user_id\":\"" + Player + "\",\"player_id\":\"PLY1\",\"is_guest\":true,\"access_token\":\"access-" + name
            + "\",\"refresh_token\":\"refresh-" + name + "\",\"token_type\":\"Bearer\",\"expires_in\":900,\"device_secret\":"
            + (secret == null ? "null" : "\"" + secret + "\"") + "}");
    }

    public static HttpAnswer Drawn(string status = "COMPLETED", bool hasResults = true)
    {
        return Ok("{\"saga_id\":\"5cdca3eb-0087-8e51-a01b-c1daae46db29\",\"status\":\"" + status + "\",\"results\":"
            + (hasResults ? "[{\"item_master_id\":\"silver-bow\",\"rarity\":\"SR\",\"is_new\":true,\"is_pickup\":false}]" : "null")
            + ",\"cost\":{\"currency_type\":\"free_gem\",\"amount\":300,\"breakdown\":[]},\"pity\":null,\"receipt\":\"a.b.c\"}", hasResults ? 200 : 202);
    }
}
