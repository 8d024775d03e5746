// What is sent with a draw, so that it is the draw that the player was shown, and the server
// cannot choose what it gives: docs/fairness.md, "How to check a purchase".

using System;
using System.Security.Cryptography;
using Org.OpenAPITools.Model;

namespace Tenjo
{
    public static class Orders
    {
        /// <summary>The player's part of one draw, which nobody can guess. Each draw needs a new one.</summary>
        public static string NewClientSeed()
        {
            var bytes = new byte[16];
            using (var random = RandomNumberGenerator.Create()) random.GetBytes(bytes);
            return BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();
        }

        /// <summary>
        /// The order of a draw. The server has told the revision and the draw number before it
        /// can know the seed; with both in the order, it cannot choose others once it knows.
        /// </summary>
        internal static DrawRequest Of(PoolDetails pool, Price price, string clientSeed, long nextDrawNumber)
        {
            var cost = new ExpectedCost(Payment(price.CurrencyType), price.Amount);
            return new DrawRequest(pool.PoolId, price.DrawCount, cost, clientSeed, pool.Revision, nextDrawNumber);
        }

        private static ExpectedCost.CurrencyTypeEnum Payment(string currencyType)
        {
            switch (currencyType)
            {
                case "free_gem": return ExpectedCost.CurrencyTypeEnum.FreeGem;
                case "paid_gem": return ExpectedCost.CurrencyTypeEnum.PaidGem;
                case "any_gem": return ExpectedCost.CurrencyTypeEnum.AnyGem;
                default: throw new ArgumentException("This version of the kit knows no price in " + currencyType + ".");
            }
        }
    }
}
