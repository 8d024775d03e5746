// Errors as types. Every failure of a call is one of these, or a cancellation.

using System;
using System.Collections.Generic;
using System.Globalization;
using Newtonsoft.Json;
using Org.OpenAPITools.Model;

namespace Tenjo
{
    /// <summary>What every error of the kit has.</summary>
    public abstract class TenjoException : Exception
    {
        protected TenjoException(string message, Exception cause = null) : base(message, cause) { }

        /// <summary>Whether the same call, unchanged, may succeed later.</summary>
        public abstract bool IsRetryable { get; }
    }

    /// <summary>No answer came, or it was cut off. Whether the server did it is unknown.</summary>
    public sealed class NoAnswerException : TenjoException
    {
        public NoAnswerException(Exception cause) : base("No answer came from the server.", cause) { }

        public override bool IsRetryable { get { return true; } }
    }

    /// <summary>The server answered, and the answer is no success.</summary>
    public class AnswerException : TenjoException
    {
        public readonly int Status;
        /// <summary>The stable word of error.code; null if the gateway answered, not a function.</summary>
        public readonly string Code;
        /// <summary>What to give to support.</summary>
        public readonly string RequestId;
        /// <summary>The field that was refused, if it was one.</summary>
        public readonly string Field;
        /// <summary>What the person can choose now; empty if there is no choice.</summary>
        public readonly IReadOnlyList<string> Choices;
        /// <summary>What the device has to answer, with attestation_required; null otherwise.</summary>
        public readonly string Challenge;
        /// <summary>How long the server asks to wait; null if it does not say.</summary>
        public readonly TimeSpan? RetryAfter;

        internal AnswerException(Told told) : base(told.Message)
        {
            Status = told.Status;
            Code = told.Code;
            RequestId = told.RequestId;
            Field = told.Field;
            Choices = told.Choices ?? new List<string>();
            Challenge = told.Challenge;
            RetryAfter = told.RetryAfter;
        }

        public override bool IsRetryable { get { return Answers.IsRetryable(Status, Code); } }

        /// <summary>
        /// Whether no repeat of a draw can change this answer: docs/clients.md, "Draw safely".
        /// 400 and 404 count too: there was nothing to order.
        /// </summary>
        public virtual bool IsFinal { get { return !IsRetryable; } }
    }

    /// <summary>No session, and none could be had: log in again.</summary>
    public sealed class UnauthorizedException : AnswerException
    {
        internal UnauthorizedException(Told told) : base(told) { }

        public override bool IsFinal { get { return false; } }
    }

    /// <summary>The game is closed; Status says until when.</summary>
    public sealed class MaintenanceException : AnswerException
    {
        internal MaintenanceException(Told told) : base(told) { }

        public override bool IsFinal { get { return false; } }
    }

    /// <summary>The game must be updated before it may be played.</summary>
    public sealed class OutdatedException : AnswerException
    {
        internal OutdatedException(Told told) : base(told) { }

        public override bool IsFinal { get { return false; } }
    }

    /// <summary>The account is to be deleted. KeepAccount takes that back, once the player said so.</summary>
    public sealed class DeletingException : AnswerException
    {
        internal DeletingException(Told told) : base(told) { }

        public override bool IsFinal { get { return false; } }
    }

    /// <summary>The player is suspended.</summary>
    public sealed class SuspendedException : AnswerException
    {
        internal SuspendedException(Told told) : base(told) { }
    }

    /// <summary>Too many calls in this minute, or this hour.</summary>
    public sealed class TooManyException : AnswerException
    {
        internal TooManyException(Told told) : base(told) { }
    }

    /// <summary>A refusal that stands: nothing was taken, and a repeat gets it again. Code says why.</summary>
    public sealed class RefusedException : AnswerException
    {
        internal RefusedException(Told told) : base(told) { }
    }

    /// <summary>The server runs the draw still, after all the time that we asked. It is not lost: Resume.</summary>
    public sealed class StillRunningException : AnswerException
    {
        public readonly Guid SagaId;

        internal StillRunningException(Guid sagaId)
            : base(new Told { Status = 202, Code = "still_running", Message = "The draw still runs." })
        {
            SagaId = sagaId;
        }

        public override bool IsRetryable { get { return true; } }
    }

    /// <summary>What an answer that is no success says.</summary>
    internal sealed class Told
    {
        public int Status;
        public string Code;
        public string Message;
        public string RequestId;
        public string Field;
        public List<string> Choices;
        public string Challenge;
        public TimeSpan? RetryAfter;
    }

    internal static class Answers
    {
        public static bool IsRetryable(int status, string code)
        {
            if (code == "draw_failed") return false;
            if (code == "draw_in_progress" || code == "request_in_progress") return true;
            return status == 429 || status >= 500;
        }

        /// <summary>The error that an answer stands for. The body may be anything: the status is enough.</summary>
        public static AnswerException Read(HttpAnswer answer, DateTime now)
        {
            ErrorAnswer body = null;
            try
            {
                body = JsonConvert.DeserializeObject<ErrorAnswer>(answer.Body, Json.Settings);
            }
            catch (JsonException)
            {
                // The gateway's own pages need not be JSON.
            }
            var details = body == null ? null : body.Error;
            var told = new Told
            {
                Status = answer.Status,
                Code = details == null ? null : details.Code,
                Message = details != null ? details.Message : (body == null ? null : body.Message ?? body.Exp) ?? "The server answered with " + answer.Status + ".",
                RequestId = (details == null ? null : details.RequestId) ?? answer.Header("X-Request-ID"),
                Field = details == null ? null : details.Field,
                Choices = details == null ? null : details.Choices,
                Challenge = details == null ? null : details.Challenge,
                RetryAfter = RetryAfter(answer.Header("Retry-After"), now),
            };
            switch (told.Code)
            {
                case "maintenance": return new MaintenanceException(told);
                case "client_outdated": return new OutdatedException(told);
                case "user_suspended": return new SuspendedException(told);
                case "user_deleting": return new DeletingException(told);
            }
            if (told.Status == 401) return new UnauthorizedException(told);
            if (told.Status == 429) return new TooManyException(told);
            if (told.Code != null && !IsRetryable(told.Status, told.Code)) return new RefusedException(told);
            return new AnswerException(told);
        }

        /// <summary>Seconds, or a date by the server's clock.</summary>
        private static TimeSpan? RetryAfter(string sent, DateTime now)
        {
            int seconds;
            DateTime at;
            if (sent == null) return null;
            if (int.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)) return TimeSpan.FromSeconds(seconds);
            if (!HttpDate(sent, out at)) return null;
            return at > now ? at - now : TimeSpan.Zero;
        }

        public static bool HttpDate(string text, out DateTime at)
        {
            return DateTime.TryParseExact(text ?? "", "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);
        }
    }

    internal static class Json
    {
        public static readonly JsonSerializerSettings Settings = new JsonSerializerSettings
        {
            // The generated models hide their default constructors.
            ConstructorHandling = ConstructorHandling.AllowNonPublicDefaultConstructor,
            DateTimeZoneHandling = DateTimeZoneHandling.Utc,
        };

        public static string Write(object value)
        {
            return JsonConvert.SerializeObject(value, Settings);
        }

        public static T Read<T>(string text)
        {
            return JsonConvert.DeserializeObject<T>(text, Settings);
        }
    }
}
