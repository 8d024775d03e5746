//! What is deployed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::evaluate::Scope;
use crate::parameters::{self, text};
use crate::{Parameters, Refusal};

/// Where a template is deployed, and under which name.
#[derive(Debug, Clone)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// The stack's name, for resources without a name of their own.
    pub stack: String,
}

/// The parts of a template that run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// In the order of the template.
    pub functions: Vec<Function>,
    /// In the order of the template.
    pub state_machines: Vec<StateMachine>,
    /// The name of each DynamoDB table, by its logical id.
    pub tables: BTreeMap<String, String>,
    /// The ARN of each KMS key, by its logical id.
    pub keys: BTreeMap<String, String>,
    /// The statements of each managed policy, by its logical id.
    pub policies: BTreeMap<String, Vec<Value>>,
}

/// Who may call a function's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlAuth {
    /// Anyone.
    Anyone,
    /// Whom IAM lets in.
    Iam,
}

/// A Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its block in the template.
    pub logical_id: String,
    /// Its `FunctionName`.
    pub name: String,
    /// The folder of its code.
    pub code_uri: String,
    /// Exactly its environment variables.
    pub environment: BTreeMap<String, String>,
    /// Its memory.
    pub memory_mb: u64,
    /// How long one invocation may take.
    pub timeout_s: u64,
    /// Who may call its function URL, if it has one.
    pub url: Option<UrlAuth>,
    /// Its rights.
    pub role: Role,
}

/// A state machine of Step Functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachine {
    /// Its block in the template.
    pub logical_id: String,
    /// The ARN that clients use.
    pub arn: String,
    /// The file with its definition.
    pub definition_uri: String,
    /// The values for the placeholders in its definition.
    pub substitutions: BTreeMap<String, String>,
    /// Its rights.
    pub role: Role,
}

/// A caller of AWS, and its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The caller's name in AWS.
    pub principal: String,
    /// The statements of its policies.
    pub statements: Vec<Value>,
}

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";
const TABLE: &str = "AWS::DynamoDB::Table";
const KEY: &str = "AWS::KMS::Key";
const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
/// Resources for monitoring and logs in AWS; nothing here calls them.
const WITHOUT_CODE: [&str; 3] =
    ["AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter"];

/// Properties without effect on one machine.
const OF_AWS_ALONE: [&str; 11] = [
    "Architectures",
    "AutoPublishAlias",
    "AutoPublishCodeSha256",
    "DeploymentPreference",
    "Description",
    "Handler",
    "LoggingConfig",
    "ReservedConcurrentExecutions",
    "Runtime",
    "Tracing",
    "VpcConfig",
];
/// Properties that have effect here.
const RUN_HERE: [&str; 8] = [
    "CodeUri",
    "Environment",
    "Events",
    "FunctionName",
    "FunctionUrlConfig",
    "MemorySize",
    "Policies",
    "Timeout",
];

/// Lambda's own defaults.
const TIMEOUT_S: u64 = 3;
const MEMORY_MB: u64 = 128;

pub(crate) fn deploy(
    template: &Value,
    account: &Account,
    parameters: &Parameters,
) -> Result<Stack, Refusal> {
    let deployment = Deployment::new(template, account, parameters)?;
    let mut stack = Stack {
        functions: Vec::new(),
        state_machines: Vec::new(),
        tables: BTreeMap::new(),
        keys: BTreeMap::new(),
        policies: BTreeMap::new(),
    };
    for (logical_id, resource) in deployment.resources {
        match kind(resource) {
            FUNCTION => stack.functions.push(deployment.function(logical_id, resource)?),
            STATE_MACHINE => {
                stack.state_machines.push(deployment.state_machine(logical_id, resource)?);
            }
            TABLE => {
                let name = deployment.scope.references[logical_id].clone();
                stack.tables.insert(logical_id.clone(), name);
            }
            KEY => {
                // Its policy has no effect here: a caller needs the key in its own.
                known(
                    logical_id,
                    &resource["Properties"],
                    &["Description", "EnableKeyRotation", "KeyPolicy"],
                )?;
                let arn = deployment.scope.attributes[&format!("{logical_id}.Arn")].clone();
                stack.keys.insert(logical_id.clone(), arn);
            }
            MANAGED_POLICY => {
                let statements =
                    deployment.statements(logical_id, &json!({ "Ref": logical_id }))?;
                stack.policies.insert(logical_id.clone(), statements);
            }
            kind if WITHOUT_CODE.contains(&kind) => {}
            kind => {
                let problem = format!("the type {kind} is not known here");
                return Err(Refusal::new(logical_id, problem));
            }
        }
    }
    Ok(stack)
}

struct Deployment<'a> {
    account: &'a Account,
    resources: &'a Map<String, Value>,
    /// What all functions have in common.
    globals: Map<String, Value>,
    scope: Scope,
}

impl<'a> Deployment<'a> {
    fn new(
        template: &'a Value,
        account: &'a Account,
        parameters: &Parameters,
    ) -> Result<Self, Refusal> {
        known(
            "the template",
            template,
            &[
                "AWSTemplateFormatVersion",
                "Conditions",
                "Description",
                "Globals",
                "Outputs",
                "Parameters",
                "Resources",
                "Transform",
            ],
        )?;
        known("Globals", &template["Globals"], &["Function"])?;
        let globals = template["Globals"]["Function"].as_object().cloned().unwrap_or_default();
        let resources = template["Resources"].as_object();
        let resources = resources.ok_or_else(|| Refusal::new("Resources", "there are none"))?;

        let mut values = parameters::read(template, parameters)?;
        for (name, value) in [
            ("AWS::AccountId", account.id.as_str()),
            ("AWS::Partition", "aws"),
            ("AWS::Region", &account.region),
            ("AWS::StackName", &account.stack),
            ("AWS::URLSuffix", "amazonaws.com"),
        ] {
            values.insert(name.to_owned(), value.into());
        }
        let scope = Scope {
            parameters: values,
            references: BTreeMap::new(),
            attributes: BTreeMap::new(),
            conditions: template["Conditions"].as_object().cloned().unwrap_or_default(),
        };
        let mut this = Self { account, resources, globals, scope };
        for (logical_id, resource) in resources {
            known(
                logical_id,
                resource,
                &["DeletionPolicy", "Metadata", "Properties", "Type", "UpdateReplacePolicy"],
            )?;
            this.name(logical_id, resource)?;
        }
        Ok(this)
    }

    /// Records the names by which others may refer to a resource.
    fn name(&mut self, logical_id: &str, resource: &Value) -> Result<(), Refusal> {
        let (property, service, prefix) = match kind(resource) {
            FUNCTION => ("FunctionName", "lambda", "function:"),
            STATE_MACHINE => ("Name", "states", "stateMachine:"),
            TABLE => ("TableName", "dynamodb", "table/"),
            // No key has a name: AWS gives it a random id.
            KEY => ("KeyId", "kms", "key/"),
            _ => return Ok(()),
        };
        let own = &resource["Properties"][property];
        let name = match self.scope.value(&format!("{logical_id}.{property}"), own)? {
            Some(Value::String(name)) => name,
            _ => format!("{}-{logical_id}", self.account.stack),
        };
        let Account { id, region, .. } = self.account;
        let arn = format!("arn:aws:{service}:{region}:{id}:{prefix}{name}");
        let reference = if service == "states" { arn.clone() } else { name };
        self.scope.references.insert(logical_id.to_owned(), reference);
        if let Some(Value::String(alias)) = self.globals.get("AutoPublishAlias")
            && service == "lambda"
        {
            self.scope.references.insert(format!("{logical_id}.Alias"), format!("{arn}:{alias}"));
        }
        self.scope.attributes.insert(format!("{logical_id}.Arn"), arn);
        Ok(())
    }

    fn function(&self, logical_id: &str, resource: &Value) -> Result<Function, Refusal> {
        let properties = self.with_globals(&resource["Properties"]);
        let all: Vec<_> = RUN_HERE.into_iter().chain(OF_AWS_ALONE).collect();
        known(logical_id, &properties, &all)?;
        let value =
            |name: &str| self.scope.value(&format!("{logical_id}.{name}"), &properties[name]);
        let number = |name: &str, default: u64| match value(name)? {
            None | Some(Value::Null) => Ok(default),
            Some(value) => text(&value).parse().map_err(|_| {
                Refusal::new(format!("{logical_id}.{name}"), format!("{value} is not a number"))
            }),
        };
        let name = self.scope.references[logical_id].clone();
        let url = match &properties["FunctionUrlConfig"] {
            Value::Null => None,
            config if *config == json!({ "AuthType": "NONE" }) => Some(UrlAuth::Anyone),
            config if *config == json!({ "AuthType": "AWS_IAM" }) => Some(UrlAuth::Iam),
            _ => {
                let at = format!("{logical_id}.FunctionUrlConfig");
                return Err(Refusal::new(at, "only an `AuthType` is known here"));
            }
        };
        Ok(Function {
            logical_id: logical_id.to_owned(),
            code_uri: value("CodeUri")?.as_ref().map(text).unwrap_or_default(),
            environment: self.environment(logical_id, &properties["Environment"])?,
            memory_mb: number("MemorySize", MEMORY_MB)?,
            timeout_s: number("Timeout", TIMEOUT_S)?,
            url,
            role: self.role(logical_id, &name, &properties["Policies"])?,
            name,
        })
    }

    /// A function's own properties and, where it has none, the global ones. Mappings
    /// are merged, as SAM merges them.
    fn with_globals(&self, own: &Value) -> Value {
        let mut merged = Value::Object(self.globals.clone());
        merge(&mut merged, own);
        merged
    }

    fn environment(
        &self,
        logical_id: &str,
        environment: &Value,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let at = format!("{logical_id}.Environment");
        if !environment.is_null() {
            known(&at, environment, &["Variables"])?;
        }
        let variables = self.scope.value(&at, &environment["Variables"])?;
        let Some(Value::Object(variables)) = variables else { return Ok(BTreeMap::new()) };
        let one = |(name, value): (String, Value)| match value {
            Value::Array(_) | Value::Object(_) | Value::Null => {
                Err(Refusal::new(format!("{at}.{name}"), "it is not a text"))
            }
            value => Ok((name, text(&value))),
        };
        variables.into_iter().map(one).collect()
    }

    fn state_machine(&self, logical_id: &str, resource: &Value) -> Result<StateMachine, Refusal> {
        let properties = &resource["Properties"];
        known(
            logical_id,
            properties,
            &[
                "DefinitionSubstitutions",
                "DefinitionUri",
                "Logging",
                "Name",
                "Policies",
                "Tracing",
                "Type",
            ],
        )?;
        if properties["Type"] != "EXPRESS" {
            let at = format!("{logical_id}.Type");
            return Err(Refusal::new(at, "only EXPRESS is known here"));
        }
        let at = format!("{logical_id}.DefinitionSubstitutions");
        let filled = self.scope.value(&at, &properties["DefinitionSubstitutions"])?;
        let filled = filled.as_ref().and_then(Value::as_object).into_iter().flatten();
        Ok(StateMachine {
            logical_id: logical_id.to_owned(),
            arn: self.scope.references[logical_id].clone(),
            definition_uri: text(&properties["DefinitionUri"]),
            substitutions: filled.map(|(name, value)| (name.clone(), text(value))).collect(),
            role: self.role(logical_id, logical_id, &properties["Policies"])?,
        })
    }

    fn role(&self, logical_id: &str, session: &str, policies: &Value) -> Result<Role, Refusal> {
        let at = format!("{logical_id}.Policies");
        let mut statements = Vec::new();
        let list = match policies {
            Value::Null => &[],
            Value::Array(list) => list.as_slice(),
            _ => return Err(Refusal::new(at, "it is not a list")),
        };
        for policy in list {
            statements.append(&mut self.statements(&at, policy)?);
        }
        let Account { id, stack, .. } = self.account;
        let principal =
            format!("arn:aws:sts::{id}:assumed-role/{stack}-{logical_id}Role/{session}");
        Ok(Role { principal, statements })
    }

    /// The statements of a policy: its own, or those of the one it refers to.
    fn statements(&self, at: &str, policy: &Value) -> Result<Vec<Value>, Refusal> {
        let document = match policy["Ref"].as_str().map(|name| (name, self.resources.get(name))) {
            Some((name, Some(resource))) if kind(resource) == MANAGED_POLICY => {
                known(name, &resource["Properties"], &["Description", "PolicyDocument"])?;
                &resource["Properties"]["PolicyDocument"]
            }
            _ => policy,
        };
        known(at, document, &["Statement", "Version"])?;
        match self.scope.value(at, &document["Statement"])? {
            Some(Value::Array(statements)) => Ok(statements),
            _ => Err(Refusal::new(at, "a policy has no list of statements")),
        }
    }
}

fn kind(resource: &Value) -> &str {
    resource["Type"].as_str().unwrap_or_default()
}

fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// Refuses the first field that is not among those that are known.
fn known(at: &str, value: &Value, known: &[&str]) -> Result<(), Refusal> {
    let refuse = |problem: String| Err(Refusal::new(at, problem));
    match value {
        Value::Object(fields) => match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => refuse(format!("`{name}` is not known here")),
            None => Ok(()),
        },
        Value::Null => refuse("it is not there".to_owned()),
        _ => refuse("it is not a mapping".to_owned()),
    }
}

#[cfg(test)]
mod tests;
