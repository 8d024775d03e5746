//! Where the functions are, and who calls them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;
use tenjo_aws::{Answered, Credentials, Requests};

/// What IAM's refusals have in common, for people.
pub(crate) const FORBIDDEN: &str = "you may not do this, or your credentials have expired";

/// Nobody knows what came of a call: the answer was lost, or says that it cannot tell.
#[derive(Debug)]
pub(crate) struct Uncertain;

impl std::fmt::Display for Uncertain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no certain answer")
    }
}

/// Where to act, and as whom.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The installation in AWS, such as prod, with the credentials and the region of the
    /// environment. By default TENJO_STAGE; without either, the stack of this checkout.
    #[arg(long, global = true)]
    stage: Option<String>,
    /// Who acts on one machine: aoi, ben, support or live.
    #[arg(long = "as", global = true, value_name = "OPERATOR", default_value = "aoi")]
    operator: String,
}

/// What the stack of a checkout writes down.
#[derive(Deserialize)]
struct Stack {
    lambda_url: String,
    region: String,
}

/// The stage of a stack on one machine.
const LOCAL_STAGE: &str = "local";

/// The functions of an installation, called as one operator.
pub(crate) struct Functions {
    requests: Requests,
    /// Lambda's API.
    endpoint: String,
    stage: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UrlConfig {
    function_url: String,
}

impl Place {
    /// Who acts, as far as it can be told here. In AWS it is whoever the credentials of the
    /// environment belong to.
    pub(crate) fn who(&self, functions: &Functions) -> String {
        if functions.stage() == LOCAL_STAGE {
            self.operator.clone()
        } else {
            "your AWS credentials".to_owned()
        }
    }

    /// # Errors
    /// Nothing says where the functions are.
    pub(crate) fn functions(&self) -> anyhow::Result<Functions> {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let stage = self.stage.clone().or_else(|| variable("TENJO_STAGE"));
        let Some(stage) = stage else { return self.on_this_machine() };
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.context("which region? Set AWS_REGION")?;
        if variable("AWS_ACCESS_KEY_ID").is_none() {
            bail!(
                "who are you? Set AWS_ACCESS_KEY_ID and so on; `aws configure export-credentials \
                 --format env` prints those of a profile"
            );
        }
        let endpoint = variable("AWS_ENDPOINT_URL_LAMBDA")
            .unwrap_or_else(|| format!("https://lambda.{region}.amazonaws.com"));
        Ok(Functions { requests: Requests::from_env("lambda", region), endpoint, stage })
    }

    fn on_this_machine(&self) -> anyhow::Result<Functions> {
        let file = found()?;
        let text = std::fs::read(&file).with_context(|| format!("{}", file.display()))?;
        let Stack { lambda_url, region } = serde_json::from_slice(&text)?;
        let credentials = Credentials::new(self.operator.as_str(), "local", None, None, "local");
        let requests = Requests::new("lambda", region, credentials);
        Ok(Functions { requests, endpoint: lambda_url, stage: LOCAL_STAGE.to_owned() })
    }
}

/// The file of the nearest checkout above that has a stack.
fn found() -> anyhow::Result<PathBuf> {
    if let Ok(folder) = std::env::var("TENJO_STACK") {
        return Ok(Path::new(&folder).join("lambda.json"));
    }
    let here = std::env::current_dir()?;
    let files = here.ancestors().map(|folder| folder.join(".tenjo/lambda.json"));
    let found = files.into_iter().find(|file| file.is_file());
    found.context("which installation? Name it with --stage, or start `cargo xtask up`")
}

impl Functions {
    /// The functions of a stage, whose Lambda service is there.
    #[cfg(test)]
    pub(crate) fn at(endpoint: &str, operator: &str) -> Self {
        let credentials = Credentials::new(operator, "local", None, None, "local");
        let requests = Requests::new("lambda", "us-east-1".to_owned(), credentials);
        Self { requests, endpoint: endpoint.to_owned(), stage: LOCAL_STAGE.to_owned() }
    }

    /// The stage whose functions they are.
    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    /// Calls a function, and returns the data of its answer.
    ///
    /// # Errors
    /// The caller may not call it, or it refuses. The error is [`Uncertain`] if the call
    /// may have had its effect all the same.
    pub(crate) async fn call(
        &self,
        function: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let url = self.url(function).await?;
        let Answered { status, body } = self.send(&url, key, serde_json::to_vec(body)?).await?;
        read(status, &body).with_context(|| format!("{function} refused"))
    }

    /// The URL of a function.
    ///
    /// # Errors
    /// The caller may not know it, or Lambda cannot be reached.
    pub(crate) async fn url(&self, function: &str) -> anyhow::Result<String> {
        let Self { requests, endpoint, stage } = self;
        let name = format!("tenjo-{stage}-{function}");
        let url = format!("{endpoint}/2021-10-31/functions/{name}/url?Qualifier=live");
        let Answered { status, body: config } = requests.send("GET", &url, &[], Vec::new()).await?;
        if status == 403 {
            let said = String::from_utf8_lossy(&config);
            let message = format!("{FORBIDDEN}: {name}: status 403: {said}");
            return Err(Refused { code: "forbidden".to_owned(), message, field: None }.into());
        }
        if status != 200 {
            bail!("{name}: status {status}: {}", String::from_utf8_lossy(&config));
        }
        let UrlConfig { function_url } = serde_json::from_slice(&config)?;
        Ok(function_url)
    }

    /// Sends a body to the URL of a function, once, and returns its answer as it is.
    ///
    /// # Errors
    /// When there is no answer: nobody knows what came of it.
    pub(crate) async fn send(
        &self,
        url: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> anyhow::Result<Answered> {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.requests.send("POST", url, &headers, body).await.context(Uncertain)
    }
}

/// The data of an answer. What is refused with 4xx had no effect, but for a request that
/// is being served at the same time. After 5xx nobody knows.
fn read(status: u16, body: &[u8]) -> anyhow::Result<Value> {
    let answer = read_answer(status, body);
    let is_refused = (400..500).contains(&status);
    let is_in_progress = |error: &anyhow::Error| {
        error.downcast_ref::<Refused>().is_some_and(|it| it.code == "request_in_progress")
    };
    answer.map_err(|error| {
        if is_refused && !is_in_progress(&error) { error } else { error.context(Uncertain) }
    })
}

fn read_answer(status: u16, body: &[u8]) -> anyhow::Result<Value> {
    let mut answer: Value = serde_json::from_slice(body)
        .with_context(|| format!("status {status}: {}", String::from_utf8_lossy(body)))?;
    if answer["success"] == true {
        return Ok(answer["data"].take());
    }
    let error = &answer["error"];
    match (error["code"].as_str(), error["message"].as_str()) {
        (Some(code), Some(message)) => Err(Refused {
            code: code.to_owned(),
            message: message.to_owned(),
            field: error["field"].as_str().map(str::to_owned),
        }
        .into()),
        _ => bail!("status {status}: {answer}"),
    }
}

/// What a function refused, in its own words.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
    /// The field to blame.
    pub(crate) field: Option<String>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_its_data_or_the_words_of_the_refusal() {
        let data = read(200, br#"{"success": true, "data": {"act_id": "a"}}"#).unwrap();
        assert_eq!(data["act_id"], "a");
        let refused = r#"{"success": false, "error": {"code": "invalid_request",
            "message": "ticket: is required", "request_id": "r", "field": "ticket"}}"#;
        let error = read(400, refused.as_bytes()).unwrap_err();
        let refused = error.downcast_ref::<Refused>().unwrap();
        assert_eq!(refused.field.as_deref(), Some("ticket"));
        assert_eq!(error.to_string(), "invalid_request: ticket: is required");
        let forbidden = read(403, br#"{"Message": "Forbidden"}"#).unwrap_err().to_string();
        assert!(forbidden.contains("403"), "{forbidden}");
        assert!(read(502, b"oops").is_err());
    }

    #[test]
    fn a_refusal_is_certain_and_what_nobody_knows_is_not() {
        let enveloped = |code: &str| {
            let error = json!({ "code": code, "message": "m", "request_id": "r" });
            json!({ "success": false, "error": error }).to_string()
        };
        for (status, body, is_certain) in [
            (400, enveloped("invalid_request"), true),
            (409, enveloped("insufficient_currency"), true),
            (422, enveloped("idempotency_key_reused"), true),
            (403, json!({ "Message": "Forbidden" }).to_string(), true),
            (429, json!({ "Reason": "throttled" }).to_string(), true),
            (409, enveloped("request_in_progress"), false),
            (503, enveloped("try_later"), false),
            (500, enveloped("internal"), false),
            (502, "Internal Server Error".to_owned(), false),
            (200, "half an ans".to_owned(), false),
        ] {
            let error = read(status, body.as_bytes()).unwrap_err().context("refused");
            assert_eq!(!error.is::<Uncertain>(), is_certain, "{status} {body}");
        }
    }
}
