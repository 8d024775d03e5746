//! The one form of all answers.

use http::StatusCode;
use serde::Serialize;

use crate::caching::{self, Caching, Wishes};
use crate::event::Answer;
use crate::{ApiError, Languages};

/// What a handler answers with when all went well.
pub trait Reply: Serialize {
    /// The status: 200, unless the answer chooses another.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// After how many seconds to ask again, for an answer that says "not yet".
    fn retry_after_s(&self) -> Option<u16> {
        None
    }

    /// Who may keep it, and for how long.
    fn caching(&self) -> Caching {
        Caching::Never
    }

    /// In which languages it is, if the client's choice decides that.
    fn languages(&self) -> Option<&Languages> {
        None
    }
}

/// An answer that says only that all went well.
#[derive(Debug, Serialize)]
pub struct Empty {}

impl Reply for Empty {}

#[derive(Serialize)]
struct Success<'a, T> {
    success: bool,
    data: &'a T,
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: ErrorView<'a>,
}

#[derive(Serialize)]
struct ErrorView<'a> {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    choices: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
    request_id: &'a str,
}

/// Writes an answer, as the client takes it.
pub(crate) fn success<T: Reply>(reply: &T, wishes: &Wishes) -> Result<Answer, ApiError> {
    let body = serde_json::to_string(&Success { success: true, data: reply })
        .map_err(ApiError::internal)?;
    let mut answer = answer(reply.status(), body);
    if let Some(seconds) = reply.retry_after_s() {
        answer.headers.insert("retry-after", seconds.to_string().into());
    }
    if let Some(languages) = reply.languages() {
        answer.headers.insert("vary", "Accept-Language".into());
        if let Some(used) = languages.content_language() {
            answer.headers.insert("content-language", used.into());
        }
    }
    answer.headers.insert("cache-control", reply.caching().cache_control().into());
    Ok(caching::fit(answer, reply.caching(), wishes))
}

/// Writes an error.
pub(crate) fn failure(error: &ApiError, request_id: &str) -> Result<Answer, ApiError> {
    let (status, code) = error.parts();
    let view = ErrorView {
        code,
        message: error.to_string(),
        field: error.blamed(),
        choices: error.choices(),
        challenge: error.challenge(),
        request_id,
    };
    let body = serde_json::to_string(&Failure { success: false, error: view })
        .map_err(ApiError::internal)?;
    let mut answer = answer(status, body);
    if let Some(seconds) = error.retry_after_s() {
        answer.headers.insert("retry-after", seconds.to_string().into());
    }
    if status == StatusCode::UNAUTHORIZED {
        // HTTP demands it. It does not say what was wrong, as the error does not.
        answer.headers.insert("www-authenticate", "Bearer".into());
    }
    Ok(answer)
}

fn answer(status: StatusCode, body: String) -> Answer {
    let headers = [
        ("content-type", "application/json".into()),
        // An error holds only for now.
        ("cache-control", Caching::Never.cache_control().into()),
    ];
    Answer { status_code: status.as_u16(), headers: headers.into(), body, is_base64_encoded: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_enveloped() {
        #[derive(Serialize)]
        struct View {
            balance: u64,
        }
        impl Reply for View {}
        let answer = success(&View { balance: 300 }, &Wishes::default()).unwrap();
        assert_eq!(answer.status_code, 200);
        assert_eq!(answer.body, r#"{"success":true,"data":{"balance":300}}"#);
        assert_eq!(answer.headers["cache-control"], "no-store");
    }

    #[test]
    fn an_answer_that_says_not_yet_says_when() {
        #[derive(Serialize)]
        struct Later;
        impl Reply for Later {
            fn retry_after_s(&self) -> Option<u16> {
                Some(2)
            }
        }
        assert_eq!(success(&Later, &Wishes::default()).unwrap().headers["retry-after"], "2");
    }

    #[test]
    fn an_error_has_a_code_a_sentence_and_the_request_id() {
        let error = ApiError::invalid("draw_count", "must be 1 to 100");
        let answer = failure(&error, "r-1").unwrap();
        assert_eq!(answer.status_code, 400);
        assert_eq!(
            answer.body,
            r#"{"success":false,"error":{"code":"invalid_request","message":"draw_count: must be 1 to 100","field":"draw_count","request_id":"r-1"}}"#,
        );
    }

    #[test]
    fn an_error_that_leaves_a_choice_says_which() {
        let answer = failure(&ApiError::LinkTaken, "r-1").unwrap();
        assert!(answer.body.contains(r#""choices":["log_in","keep_player"]"#), "{}", answer.body);
    }

    #[test]
    fn an_error_that_asks_for_an_attestation_has_the_challenge() {
        let answer = failure(&ApiError::AttestationRequired("c-1".to_owned()), "r-1").unwrap();
        assert_eq!(answer.status_code, 401);
        assert!(answer.body.contains(r#""challenge":"c-1""#), "{}", answer.body);
    }

    #[test]
    fn a_client_may_try_later_and_never_sees_the_cause() {
        let answer = failure(&ApiError::TryLater("no route to 10.0.0.7".into()), "r-1").unwrap();
        assert_eq!(answer.status_code, 503);
        assert_eq!(answer.headers["retry-after"], "1");
        assert!(!answer.body.contains("10.0.0.7"));
    }

    #[test]
    fn who_is_not_known_is_told_how_to_say_it() {
        let answer = failure(&ApiError::Unauthorized, "r-1").unwrap();
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        let answer = failure(&ApiError::UserSuspended, "r-1").unwrap();
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
}
