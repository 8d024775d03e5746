using System;
using System.Diagnostics;

namespace Tenjo
{
    /// <summary>The server's time, whatever the device's clock says, and also when somebody sets it.</summary>
    public sealed class ServerClock
    {
        private readonly Func<TimeSpan> ticks;
        private readonly Func<DateTime> device;
        private DateTime? atZero;
        private TimeSpan uncertainty = TimeSpan.MaxValue;

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

        /// <summary>Takes a time that the server told between two ticks. The most exact one counts.</summary>
        internal void Learn(DateTime told, TimeSpan sentAt, TimeSpan receivedAt, TimeSpan resolution)
        {
            var half = TimeSpan.FromTicks((receivedAt - sentAt).Ticks / 2 + resolution.Ticks / 2);
            if (half > uncertainty)
            {
                // What was learnt long ago is trusted a little less.
                uncertainty += TimeSpan.FromMilliseconds(10);
                return;
            }
            uncertainty = half;
            atZero = told + TimeSpan.FromTicks(resolution.Ticks / 2) - TimeSpan.FromTicks((sentAt + receivedAt).Ticks / 2);
        }
    }
}
