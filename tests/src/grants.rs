//! Stand-ins of their own for tests, which know each caller of the stack, and also a
//! copy of it for each of its grants that lacks this grant.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::Answer;
use crate::{aws, variable};

/// The caller that reads the table for the tests.
const OBSERVER: &str = "observer";

/// The deployment of `cargo xtask`.
#[derive(Debug)]
pub struct Files {
    /// The configuration of `tenjo-lambda`.
    pub functions: Vec<Value>,
    /// The callers of AWS, and their rights.
    pub identities: Vec<Value>,
    /// SSM parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Reads the deployment of the tests' stack.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn files() -> Files {
    let read = |name: &str| fs::read(place().join(name)).expect("a file of the stack");
    Files {
        functions: serde_json::from_slice(&read("functions.json")).expect("functions"),
        identities: serde_json::from_slice(&read("identities.json")).expect("identities"),
        parameters: serde_json::from_slice(&read("parameters.json")).expect("parameters"),
    }
}

/// The folder of the stack, which also has its logs.
fn place() -> PathBuf {
    let logs = PathBuf::from(variable("TENJO_TEST_LOGS"));
    logs.parent().expect("a folder").to_owned()
}

/// One action on one resource that some caller is allowed.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The access key of the caller that has it.
    pub of: String,
    /// The access key of the copy of that caller that has all other grants.
    pub key: String,
    /// Such as `ssm:GetParameters`.
    pub action: String,
    /// An ARN, or a pattern of one.
    pub resource: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} without {} on {}", self.of, self.action, self.resource)
    }
}

impl Grant {
    /// Every grant of everybody.
    #[must_use]
    pub fn all(identities: &[Value]) -> Vec<Self> {
        identities.iter().flat_map(Self::of_one).collect()
    }

    fn of_one(identity: &Value) -> Vec<Self> {
        let of = text(&identity["access_key_id"]);
        let mut grants = Vec::new();
        for statement in identity["statements"].as_array().expect("statements") {
            assert_eq!(statement["Effect"], "Allow", "{statement}");
            for action in texts(&statement["Action"]) {
                for resource in texts(&statement["Resource"]) {
                    let key = format!("{of}-without-{}", grants.len());
                    grants.push(Self { of: of.clone(), key, action: action.clone(), resource });
                }
            }
        }
        grants
    }

    fn statement(&self) -> Value {
        json!({ "Effect": "Allow", "Action": self.action, "Resource": self.resource })
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map_or_else(|| vec![text(value)], |list| list.iter().map(text).collect())
}

/// The stand-ins; they end with the test.
#[derive(Debug)]
pub struct Services {
    /// Every grant, with a key that lacks it.
    pub grants: Vec<Grant>,
    folder: PathBuf,
    lambda: StandIn,
    dynamodb: StandIn,
    step_functions: StandIn,
    ssm: StandIn,
    kms: StandIn,
}

impl Services {
    /// Starts them all, with the database and the function programs of the stack.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn start() -> Self {
        Self::with_settings(&[]).await
    }

    /// The same, with other settings of some functions: function, variable and value.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn with_settings(settings: &[(&str, &str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("tenjo-grants-{}", Uuid::new_v4()));
        fs::create_dir_all(&folder).expect("a folder");
        let Files { mut functions, mut identities, .. } = files();
        for (name, variable, value) in settings {
            let function = functions.iter_mut().find(|it| it["access_key_id"] == **name);
            let environment = &mut function.expect("such a function")["environment"];
            assert!(environment[*variable].is_string(), "{name} reads no {variable}");
            environment[*variable] = json!(value);
        }
        let grants = Grant::all(&identities);
        let without = grants.iter().map(|grant| {
            let all = identities.iter().find(|it| it["access_key_id"] == *grant.of);
            let others = Grant::of_one(all.expect("its identity"));
            let others = others.iter().filter(|other| other.key != grant.key);
            identity(&grant.key, others.map(Grant::statement).collect())
        });
        let mut without: Vec<_> = without.collect();
        let table = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", ops_table());
        let look = json!({ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table });
        identities.append(&mut without);
        identities.push(identity(OBSERVER, vec![look]));
        write(&folder.join("identities.json"), &json!(identities));

        let key_of = |function: &Value| text(&function["access_key_id"]);
        let with_key = |function: &Value, key: &str| {
            let mut function = function.clone();
            function["name"] = json!(key);
            function["function_name"] = json!(key);
            function["access_key_id"] = json!(key);
            function
        };
        let variants = grants.iter().filter_map(|grant| {
            let function = functions.iter().find(|function| key_of(function) == grant.of)?;
            Some(with_key(function, &grant.key))
        });
        let all: Vec<_> = functions.iter().cloned().chain(variants).collect();
        write(&folder.join("functions.json"), &json!(all));

        let ssm = StandIn::start("tenjo-ssm", |command| {
            command.arg("--parameters").arg(place().join("parameters.json"));
            command.arg("--identities").arg(folder.join("identities.json"));
        });
        let dynamodb = StandIn::start("tenjo-dynamodb", |command| {
            command.args(["--table", &ops_table(), "--data-dir"]).arg(folder.join("data"));
            command.arg("--identities").arg(folder.join("identities.json"));
        });
        let kms = StandIn::start("tenjo-kms", |command| {
            // The keys of the stack.
            command.args(["--key", &variable("TENJO_SEED_KEY_ARN"), "--data-dir"]);
            command.arg(place().join("data/kms"));
            command.arg("--identities").arg(folder.join("identities.json"));
        });
        let lambda_url = variable("TENJO_TEST_LAMBDA_URL");
        let step_functions = state_machine(&folder.join("identities.json"), &lambda_url);
        let lambda = StandIn::start("tenjo-lambda", |command| {
            command.args(["--endpoint", &format!("SSM={}", ssm.url)]);
            command.args(["--endpoint", &format!("KMS={}", kms.url)]);
            command.args(["--endpoint", &format!("DYNAMODB={}", dynamodb.url)]);
            command.args(["--endpoint", &format!("SFN={}", step_functions.url)]);
            command.arg("--functions").arg(folder.join("functions.json"));
            command.arg("--logs").arg(&folder);
        });
        Self { grants, folder, lambda, dynamodb, step_functions, ssm, kms }
    }

    /// A Lambda service whose functions reach no KMS, and a state machine that runs on
    /// it.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn without_kms(&self) -> Isolated {
        // Nobody listens on port 1 of a loopback address.
        let nowhere = self.kms.url.rsplit_once(':').expect("a port").0;
        let lambda = StandIn::start("tenjo-lambda", |command| {
            command.args(["--endpoint", &format!("SSM={}", self.ssm.url)]);
            command.args(["--endpoint", &format!("KMS={nowhere}:1")]);
            command.arg("--functions").arg(self.folder.join("functions.json"));
            command.arg("--logs").arg(&self.folder);
        });
        let machine = state_machine(&self.folder.join("identities.json"), &lambda.url);
        Isolated { lambda, machine: Machine(machine) }
    }

    /// The key of a caller who lacks an action.
    ///
    /// # Panics
    /// When the caller never had it.
    #[must_use]
    pub fn without(&self, of: &str, action: &str) -> String {
        let grant = self.grants.iter().find(|it| it.of == of && it.action == action);
        grant.expect("such a grant").key.clone()
    }

    /// Invokes the function with this key.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn invoke(&self, key: &str, event: &Value) -> Value {
        self.lambda.invoke(key, event).await
    }

    /// The URL of the function with this key.
    #[must_use]
    pub fn function_url(&self, key: &str, path: &str) -> String {
        format!("{}/lambda-url/{key}{path}", self.lambda.url)
    }

    /// Calls a function at its URL, as the gateway would.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn call(
        &self,
        key: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let url = self.function_url(key, path);
        let mut request = reqwest::Client::new().post(url).json(body);
        request = request.header("X-Origin-Secret", variable("TENJO_TEST_ORIGIN_SECRET"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::read(request.send().await.expect("an answer")).await.expect("an answer")
    }

    /// What the function with this key has logged.
    #[must_use]
    pub fn log(&self, key: &str) -> String {
        fs::read_to_string(self.folder.join(format!("{key}.log"))).unwrap_or_default()
    }

    /// The state of the record of a player's request, if there is one.
    ///
    /// # Panics
    /// When the table does not answer.
    pub async fn record_state(&self, user_id: Uuid, key: &str) -> Option<String> {
        let input = json!({
            "TableName": ops_table(),
            "Key": { "id": { "S": format!("idempotency#{user_id}#{key}") } },
        });
        let url = &self.dynamodb.url;
        let (status, answer) = aws::call(url, OBSERVER, "DynamoDB_20120810.GetItem", &input).await;
        assert_eq!(status, 200, "{answer}");
        answer["Item"]["status"]["S"].as_str().map(str::to_owned)
    }

    /// Runs a saga as a caller, on the functions of the stack.
    pub async fn run_saga(&self, key: &str, saga_id: Uuid) -> (u16, Value) {
        self.step_functions.run(key, saga_id).await
    }

    /// A Step Functions of its own, whose state machine may not invoke some steps.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn state_machine_without(&self, steps: &[&str]) -> Machine {
        let mut identities = files().identities;
        let role = identities.iter_mut().find(|it| it["access_key_id"] == "GachaSaga");
        let role = role.expect("the state machine's role");
        let is_kept = |grant: &&Grant| {
            let is_of = |step: &&str| grant.resource.contains(&format!("-{step}:"));
            !steps.iter().any(is_of)
        };
        let all = Grant::of_one(role);
        let kept: Vec<_> = all.iter().filter(is_kept).map(Grant::statement).collect();
        assert_eq!(all.len() - kept.len(), steps.len());
        role["statements"] = json!(kept);
        let file = self.folder.join(format!("identities-{}.json", Uuid::new_v4()));
        write(&file, &json!(identities));
        Machine(state_machine(&file, &variable("TENJO_TEST_LAMBDA_URL")))
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Functions that lack a service, and a state machine that runs on them.
#[derive(Debug)]
pub struct Isolated {
    lambda: StandIn,
    machine: Machine,
}

impl Isolated {
    /// Invokes a function.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn invoke(&self, key: &str, event: &Value) -> Value {
        self.lambda.invoke(key, event).await
    }

    /// Runs a saga.
    pub async fn run(&self, saga_id: Uuid) -> (u16, Value) {
        self.machine.run(saga_id).await
    }
}

/// A state machine with rights of its own.
#[derive(Debug)]
pub struct Machine(StandIn);

impl Machine {
    /// Runs a saga.
    pub async fn run(&self, saga_id: Uuid) -> (u16, Value) {
        self.0.run("request-draw", saga_id).await
    }
}

fn identity(key: &str, statements: Vec<Value>) -> Value {
    json!({
        "access_key_id": key,
        "principal": format!("arn:aws:sts::000000000000:assumed-role/{key}/{key}"),
        "statements": statements,
    })
}

fn ops_table() -> String {
    variable("TENJO_OPS_TABLE")
}

fn write(file: &Path, value: &Value) {
    fs::write(file, value.to_string()).expect("a file");
}

/// Runs `gacha-saga.asl.json` with the steps of the stack.
fn state_machine(identities: &Path, lambda_url: &str) -> StandIn {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    StandIn::start("tenjo-step-functions", |command| {
        command
            .arg("--definition")
            .arg(root.join("functions/saga/gacha-saga.asl.json"))
            .args(["--state-machine-arn", &variable("TENJO_STATE_MACHINE_ARN")])
            .args(["--role", "GachaSaga", "--lambda-url", lambda_url, "--identities"])
            .arg(identities);
        for step in ["Reserve", "Draw", "Grant", "Refund"] {
            let name = step.to_lowercase();
            let arn =
                format!("arn:aws:lambda:us-east-1:000000000000:function:tenjo-local-{name}:live");
            command.args(["--substitute", &format!("{step}FunctionArn={arn}")]);
        }
    })
}

/// A program of this build that serves until the test ends.
#[derive(Debug)]
struct StandIn {
    child: Child,
    url: String,
}

impl StandIn {
    fn start(program: &str, arguments: impl FnOnce(&mut Command)) -> Self {
        let here = std::env::current_exe().expect("this test");
        let program = here.ancestors().nth(2).expect("the folder of programs").join(program);
        let mut command = Command::new(&program);
        arguments(&mut command);
        let child = command.env_remove("TENJO_LOG").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = child.spawn().unwrap_or_else(|error| panic!("{program:?}: {error}"));
        let mut said = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut said).expect("a line");
        let url = said.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { child, url }
    }

    async fn invoke(&self, key: &str, event: &Value) -> Value {
        let url = format!("{}/2015-03-31/functions/{key}/invocations", self.url);
        let response = reqwest::Client::new().post(url).json(event).send().await;
        response.expect("an answer").json().await.expect("JSON")
    }

    async fn run(&self, key: &str, saga_id: Uuid) -> (u16, Value) {
        let input = json!({
            "stateMachineArn": variable("TENJO_STATE_MACHINE_ARN"),
            "input": json!({ "saga_id": saga_id }).to_string(),
        });
        aws::call(&self.url, key, "AWSStepFunctions.StartSyncExecution", &input).await
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
