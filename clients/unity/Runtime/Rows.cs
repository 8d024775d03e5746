using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Tenjo
{
    public sealed class Page<T>
    {
        public readonly List<T> Rows;
        /// <summary>What the next page is asked for with; null on the last page.</summary>
        public readonly string Next;

        public Page(List<T> rows, string next)
        {
            Rows = rows;
            Next = next;
        }
    }

    /// <summary>A list that comes in pages, and is read no further than it is asked.</summary>
    public sealed class Rows<T>
    {
        private readonly Func<string, Task<Page<T>>> load;

        internal Rows(Func<string, Task<Page<T>>> load) { this.load = load; }

        /// <summary>One page: the first, or the one that Next of another names.</summary>
        public Task<Page<T>> Page(string cursor = null) { return load(cursor); }

        public async Task<List<T>> Take(int most)
        {
            var taken = new List<T>();
            string cursor = null;
            while (taken.Count < most)
            {
                var page = await load(cursor);
                taken.AddRange(page.Rows);
                if ((cursor = page.Next) == null) break;
            }
            if (taken.Count > most) taken.RemoveRange(most, taken.Count - most);
            return taken;
        }

        public Task<List<T>> All() { return Take(int.MaxValue); }
    }
}
