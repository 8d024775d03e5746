using System;
using System.Diagnostics;

namespace Tenjo
{
    /// <summary>The server's time, whatever the device's clock says, and also when somebody sets it.</summary>
    public sealed class ServerClock
    {
        /// <summary>What was learnt is trusted 10 ms less each minute, which is more than clocks drift apart.</summary>
        private const int Drift = 6000;
        private readonly Func<TimeSpan> ticks;
        private readonly Func<DateTime> device;
        private DateTime? atZero;
        /// <summary>How far from the truth it may have been when it was learnt, and the tick of that.</summary>
        private TimeSpan uncertainty, learntAt;

        public ServerClock() : this(Stopwatch.StartNew()) { }

        private ServerClock(Stopwatch watch) : this(() => watch.Elapsed, () => DateTime.UtcNow) { }

        public ServerClock(Func<TimeSpan> ticks, Func<DateTime> device)
        {
            this.ticks = ticks;
            this.device = device;
        }

        /// <summary>By the server's clock, or by the device's until one answer told the time. UTC.</summary>
        public DateTime Now { get { return atZero.HasValue ? atZero.Value + ticks() : device(); } }

        public bool IsKnown { get { return atZero.HasValue; } }

        internal TimeSpan Tick() { return ticks(); }

        /// <summary>
        /// Takes a time that the server told between two ticks. The most exact one counts, unless
        /// another one says that it cannot be right any more: ticks stop while a device sleeps.
        /// </summary>
        internal void Learn(DateTime told, TimeSpan sentAt, TimeSpan receivedAt, TimeSpan resolution)
        {
            var half = TimeSpan.FromTicks((receivedAt - sentAt).Ticks / 2 + resolution.Ticks / 2);
            var zero = told + TimeSpan.FromTicks(resolution.Ticks / 2) - TimeSpan.FromTicks((sentAt + receivedAt).Ticks / 2);
            if (atZero.HasValue)
            {
                var known = uncertainty + TimeSpan.FromTicks((receivedAt - learntAt).Ticks / Drift);
                var isContradicted = (zero - atZero.Value).Duration() > half + known;
                if (half > known && !isContradicted) return;
            }
            uncertainty = half;
            learntAt = receivedAt;
            atZero = zero;
        }
    }
}
