// Plays the kit against a running stack, as clients/check/run play does: a login, a draw
// whose first answers are lost, a draw that is cut off and resumed, the balance, and a move
// to another device.
//
// TENJO_URL is the gateway.

using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Org.OpenAPITools.Model;
using Tenjo;

public static class Play
{
    /// <summary>Loses answers to draws after the server has given them; or before, if it cuts.</summary>
    private sealed class Lossy : ITransport
    {
        public int ToLose;
        public bool Cuts;
        private readonly ITransport inner = new WebRequestTransport();

        public async Task<HttpAnswer> Send(HttpCall call, TimeSpan timeout, CancellationToken stop)
        {
            var answer = await inner.Send(call, timeout, stop);
            if (!call.Url.EndsWith("/v1/gacha/draw")) return answer;
            if (Cuts) throw new IOException("the connection was lost");
            if (ToLose == 0) return answer;
            ToLose--;
            throw new IOException("the connection was lost");
        }
    }

    public static int Main()
    {
        try
        {
            Run().GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }
    }

    private static async Task Run()
    {
        var url = Environment.GetEnvironmentVariable("TENJO_URL") ?? "http://127.0.0.1:8000";
        var store = new MemoryStore();
        var network = new Lossy();
        var game = new TenjoClient(new Options { BaseUrl = url, ClientVersion = "1.0.0", LongestWait = TimeSpan.FromSeconds(61) }, store, network);
        var status = await game.Status();
        True(status.Maintenance == null, "the game is open");
        var player = await game.Login();
        Console.WriteLine("player " + player.UserId);
        True(store.Get("device-secret") != null, "the device was given a secret");
        var gems = await FreeGems(game);

        network.ToLose = 2;
        var pool = await game.Pool("pool-moon-festival");
        var drawn = await game.Draw(pool, PriceOf(pool, 1));
        True(drawn.Results.Count == 1 && network.ToLose == 0, "a draw with two lost answers has its result");
        True(await FreeGems(game) == gems - drawn.Cost.Amount, "it was charged once");

        network.Cuts = true;
        var cut = new TenjoClient(new Options { BaseUrl = url, Attempts = 1 }, store, network);
        try
        {
            await cut.Draw(pool, PriceOf(pool, 1));
            throw new Exception("the draw was not cut off");
        }
        catch (NoAnswerException)
        {
            // As it should be.
        }
        network.Cuts = false;
        var restarted = new TenjoClient(new Options { BaseUrl = url }, store, new WebRequestTransport());
        True((await restarted.Pending()).Count == 1, "the draw that was cut off is written down");
        var resumed = await restarted.Resume();
        True(resumed.Single().Draw != null && (await restarted.Pending()).Count == 0, "it was resumed");
        True(await FreeGems(restarted) == gems - drawn.Cost.Amount - resumed.Single().Draw.Cost.Amount, "both were charged once");
        True((await restarted.Ledger().All()).Count(entry => entry.SagaId != null) == 2, "the ledger has both");
        True((await restarted.Histories().All()).Count == 2, "and so has the history");

        try
        {
            await restarted.Draw(pool, PriceOf(pool, 10));
            throw new Exception("more was drawn than the gems buy");
        }
        catch (RefusedException error)
        {
            True(error.Code == "insufficient_currency", "too few gems are a refusal");
        }
        True((await restarted.Pending()).Count == 0, "which is final");

        var home = await restarted.Home();
        True(home.User.UserId == player.UserId && home.Pools.Count > 0, "a first screen comes in one answer");
        var revision = home.Pools.Single(open => open.PoolId == "pool-moon-festival").Revision;
        True((await restarted.Revision(revision)).Odds.Steps.Count > 0, "the odds are those of the pool's revision");
        var numbered = await restarted.DrawNumbers().All();
        True(numbered.Count == 2, "both draws have a number");
        True((await restarted.Saga(numbered[0].SagaId)).Status == "COMPLETED", "a draw is looked at");
        True((await restarted.Proof(numbered[0].SagaId)).Record.Contains(numbered[0].SagaId.ToString()), "and so is its proof");
        True((await restarted.SeedPeriods().Take(3)).Count == 3, "the server is committed to its seeds");
        True((await restarted.SetClientSeed("seven-crows")).ClientSeed == "seven-crows", "the player has dice of their own");
        True(!(await restarted.ReceivePresents()).HasMore, "all presents are received");
        await restarted.SetBirthMonth("1990-04");
        True((await restarted.Allowance()).IsBirthMonthKnown, "the month of birth is known");
        True(await restarted.TransferCode() == null, "there is no transfer code");
        var code = await restarted.CreateTransferCode("moon-festival");
        True((await restarted.TransferCode()).UsedAt == null, "and then there is one, which is not used");
        True((await restarted.Links()).Count == 0, "no account is linked");

        await restarted.Logout();
        True((await restarted.Login()).UserId == player.UserId, "the device came back to its player");
        True((await restarted.LiveSessions().All()).Any(session => session.IsCurrent), "and its session is listed");

        var other = new MemoryStore();
        var moved = new TenjoClient(new Options { BaseUrl = url }, other, new WebRequestTransport());
        try
        {
            await moved.Transfer(code.TransferCode, "sun-festival");
            throw new Exception("a wrong password moved the account");
        }
        catch (UnauthorizedException error)
        {
            True(error.Code == "transfer_refused", "a wrong password is a refusal");
        }
        var here = await moved.Transfer(code.TransferCode, "moon-festival");
        True(here.UserId == player.UserId, "the player moved to another device");
        True(other.Get("device-secret") != null, "which was given a secret");
        True((await moved.Histories().All()).Count == 2, "and has the draws");
        True((await moved.TransferCode()).UsedAt != null, "the code is used");
        try
        {
            await restarted.SetClientSeed("eight-crows");
            throw new Exception("the old device still plays");
        }
        catch (UnauthorizedException error)
        {
            True(error.Code == "account_transferred", "the old device is told why it is out");
        }
    }

    private static Price PriceOf(PoolDetails pool, int drawCount)
    {
        return pool.Standing.Prices.Single(price => price.DrawCount == drawCount);
    }

    private static async Task<long> FreeGems(TenjoClient game)
    {
        return (await game.Currencies()).Single(currency => currency.CurrencyType == "free_gem").Balance;
    }

    private static void True(bool isSo, string what)
    {
        if (!isSo) throw new Exception("not so: " + what);
        Console.WriteLine(what);
    }
}
