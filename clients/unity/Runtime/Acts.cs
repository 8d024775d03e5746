// Draws and exchanges: what may cost something, and must happen once.
//
// An act is written down with its key before it is sent, and crossed out when there is a
// final answer. In between it can be sent again at any time, also after a restart, and is
// never charged twice.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Org.OpenAPITools.Model;

namespace Tenjo
{
    /// <summary>A draw or an exchange without a final answer.</summary>
    public sealed class PendingAct
    {
        /// <summary>"draw" or "exchange".</summary>
        [JsonProperty("kind")] public string Kind { get; set; }
        /// <summary>The Idempotency-Key.</summary>
        [JsonProperty("key")] public string Key { get; set; }
        /// <summary>The body, as it was sent first: a repeat must be the same.</summary>
        [JsonProperty("body")] public string Body { get; set; }
        /// <summary>Keys belong to a player: an act is only ever sent as the one who ordered it.</summary>
        [JsonProperty("user_id")] public Guid UserId { get; set; }
    }

    /// <summary>How an act that was resumed went: one of the last three is set.</summary>
    public sealed class Resumed
    {
        public PendingAct Act;
        public Draw Draw;
        public Exchange Exchange;
        public AnswerException Error;
    }

    internal interface IActCalls
    {
        Task<Draw> Draw(string key, string body, CancellationToken stop);
        Task<Exchange> Exchange(string key, string body, CancellationToken stop);
        /// <summary>Answers as soon as the draw has ended, or after some seconds with the draw as it is.</summary>
        Task<Saga> Saga(Guid sagaId, CancellationToken stop);
        Task<Guid> UserId();
    }

    internal sealed class Acts
    {
        private readonly IStore store;
        private readonly IActCalls calls;
        private readonly Sender sender;
        private readonly Options options;
        private readonly object book = new object();

        public Acts(IStore store, IActCalls calls, Sender sender, Options options)
        {
            this.store = store;
            this.calls = calls;
            this.sender = sender;
            this.options = options;
        }

        public async Task<Draw> Draw(DrawRequest order, CancellationToken stop)
        {
            var act = await Write("draw", Json.Write(order));
            return await Finish(act, () => RunDraw(act, stop));
        }

        public async Task<Exchange> Exchange(ExchangeRequest order, CancellationToken stop)
        {
            var act = await Write("exchange", Json.Write(order));
            return await Finish(act, () => calls.Exchange(act.Key, act.Body, stop));
        }

        public async Task<List<PendingAct>> Pending()
        {
            var userId = await calls.UserId();
            return All().Where(act => act.UserId == userId).ToList();
        }

        /// <summary>
        /// Sends each pending act again, with its key, oldest first, and tells each outcome
        /// at once. Fails at the first act whose outcome stays unknown.
        /// </summary>
        public async Task<List<Resumed>> Resume(Action<Resumed> told, CancellationToken stop)
        {
            var outcomes = new List<Resumed>();
            foreach (var act in await Pending())
            {
                var outcome = new Resumed { Act = act };
                try
                {
                    if (act.Kind == "draw") outcome.Draw = await Finish(act, () => RunDraw(act, stop));
                    else outcome.Exchange = await Finish(act, () => calls.Exchange(act.Key, act.Body, stop));
                }
                catch (AnswerException error)
                {
                    if (!error.IsFinal) throw;
                    outcome.Error = error;
                }
                outcomes.Add(outcome);
                if (told != null) told(outcome);
            }
            return outcomes;
        }

        /// <summary>Runs a draw to its end. A draw that still runs is asked for, and then fetched by its key.</summary>
        private async Task<Draw> RunDraw(PendingAct act, CancellationToken stop)
        {
            var asked = 0;
            for (;;)
            {
                var draw = await calls.Draw(act.Key, act.Body, stop);
                if (draw.Results != null) return draw;
                var status = draw.Status;
                while (status != "COMPLETED" && status != "FAILED")
                {
                    if (asked >= options.Asks) throw new StillRunningException(draw.SagaId);
                    // The server waits for the end of the draw. The pause is for one that does not.
                    if (asked > 0)
                    {
                        var wait = sender.Backoff(asked - 1);
                        await options.Sleep(wait > TimeSpan.FromSeconds(4) ? TimeSpan.FromSeconds(4) : wait, stop);
                    }
                    asked++;
                    status = (await calls.Saga(draw.SagaId, stop)).Status;
                }
                // The same call again: it has the receipt, or says why there is none.
                if (asked++ >= options.Asks) throw new StillRunningException(draw.SagaId);
            }
        }

        private async Task<T> Finish<T>(PendingAct act, Func<Task<T>> run)
        {
            try
            {
                var result = await run();
                CrossOut(act);
                return result;
            }
            catch (AnswerException error)
            {
                if (error.IsFinal) CrossOut(act);
                throw;
            }
        }

        private async Task<PendingAct> Write(string kind, string body)
        {
            var act = new PendingAct { Kind = kind, Key = Guid.NewGuid().ToString(), Body = body, UserId = await calls.UserId() };
            lock (book) store.Set("acts", Json.Write(All().Concat(new[] { act }).ToList()));
            return act;
        }

        private void CrossOut(PendingAct act)
        {
            lock (book) store.Set("acts", Json.Write(All().Where(other => other.Key != act.Key).ToList()));
        }

        private List<PendingAct> All()
        {
            var text = store.Get("acts");
            return text == null ? new List<PendingAct>() : Json.Read<List<PendingAct>>(text);
        }
    }
}
