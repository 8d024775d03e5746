//! CloudFormation: every stack is made and changed by a change set.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::{Aws, Members, refusal, unix_now};

/// As long as a stack may take. A load balancer with its certificate takes some minutes.
const DONE_WITHIN_SECONDS: u64 = 90 * 60;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// Larger templates have to be in S3.
pub(crate) const LARGEST_BODY: usize = 51_200;

/// A stack as it is.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) status: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
}

impl Stack {
    /// An output that another part needs.
    pub(crate) fn output(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.outputs.get(name).map(String::as_str);
        value.with_context(|| format!("the stack has no output {name}: it is of an older version"))
    }
}

/// Where a template is.
pub(crate) enum Template {
    Body(String),
    Url(String),
    /// The one that the stack has.
    Previous,
}

/// A stack as it should be.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) template: Template,
    /// None keeps the value that the stack has.
    pub(crate) parameters: BTreeMap<String, Option<String>>,
    /// Which role CloudFormation takes; none for the caller's own rights.
    pub(crate) role: Option<String>,
}

/// What a change set says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// One line for each resource.
    Some(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackXml {
    stack_status: String,
    #[serde(default)]
    parameters: Members<ParameterXml>,
    #[serde(default)]
    outputs: Members<OutputXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ParameterXml {
    parameter_key: String,
    #[serde(default)]
    parameter_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OutputXml {
    output_key: String,
    #[serde(default)]
    output_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    #[serde(default)]
    stacks: Members<StackXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeSetXml {
    status: String,
    #[serde(default)]
    status_reason: String,
    #[serde(default)]
    changes: Members<ChangeXml>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeXml {
    resource_change: ResourceChange,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceChange {
    action: String,
    logical_resource_id: String,
    resource_type: String,
    #[serde(default)]
    replacement: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    #[serde(default)]
    stack_events: Members<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(default)]
    logical_resource_id: String,
    #[serde(default)]
    resource_type: String,
    #[serde(default)]
    resource_status: String,
    #[serde(default)]
    resource_status_reason: String,
}

/// Every answer that has one is wrapped once more, under a name of its own.
#[derive(Deserialize)]
struct Wrapped<T> {
    #[serde(
        alias = "DescribeStacksResult",
        alias = "DescribeChangeSetResult",
        alias = "DescribeStackEventsResult"
    )]
    result: T,
}

/// An answer that nobody reads.
#[derive(Deserialize)]
struct Done {}

fn field(name: impl Into<String>, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

impl Aws {
    async fn formation<T: DeserializeOwned>(
        &self,
        action: &str,
        fields: &[(String, String)],
    ) -> anyhow::Result<T> {
        self.query("cloudformation", "2010-05-15", action, fields).await
    }

    /// The stack, if there is one.
    pub(crate) async fn stack(&self, name: &str) -> anyhow::Result<Option<Stack>> {
        let fields = [field("StackName", name)];
        let described = self.formation::<Wrapped<Described>>("DescribeStacks", &fields).await;
        let described = match described {
            Ok(described) => described.result.stacks.members,
            Err(error)
                if refusal(&error).is_some_and(|it| it.message.contains("does not exist")) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        Ok(described.into_iter().next().map(|stack| Stack {
            status: stack.stack_status,
            parameters: stack
                .parameters
                .members
                .into_iter()
                .map(|one| (one.parameter_key, one.parameter_value))
                .collect(),
            outputs: stack
                .outputs
                .members
                .into_iter()
                .map(|one| (one.output_key, one.output_value))
                .collect(),
        }))
    }

    /// The stack, once nobody is changing it any more; nothing if there is none that a
    /// change can build on. Deletes what is left of a first creation that failed.
    pub(crate) async fn stack_at_rest(&self, name: &str) -> anyhow::Result<Option<Stack>> {
        let stack = self.wait_for(name).await?;
        match stack {
            Some(stack) if stack.status == "REVIEW_IN_PROGRESS" => Ok(None),
            Some(stack) if ["ROLLBACK_COMPLETE", "CREATE_FAILED"].contains(&&*stack.status) => {
                self.delete_stack(name, None).await?;
                Ok(None)
            }
            Some(stack) if stack.status.ends_with("_FAILED") => anyhow::bail!(
                "the stack {name} is {}, which has to be repaired by hand: see its events in AWS",
                stack.status
            ),
            other => Ok(other),
        }
    }

    /// Has CloudFormation compare, shows what differs, and leaves nothing behind.
    pub(crate) async fn compare(&self, wanted: &Wanted) -> anyhow::Result<Change> {
        let name = self.propose(wanted, "UPDATE").await?;
        let change = self.proposed(wanted, &name).await;
        self.forget_proposal(wanted, &name).await?;
        change
    }

    /// Makes or changes a stack, and waits until that is done.
    pub(crate) async fn apply(&self, wanted: &Wanted, is_new: bool) -> anyhow::Result<Change> {
        let name = self.propose(wanted, if is_new { "CREATE" } else { "UPDATE" }).await?;
        let change = self.proposed(wanted, &name).await;
        if !matches!(change, Ok(Change::Some(_))) {
            self.forget_proposal(wanted, &name).await?;
            return change;
        }
        let fields = [
            field("StackName", &wanted.name),
            field("ChangeSetName", &name),
            field("ClientRequestToken", &name),
        ];
        let _: Done = self.formation("ExecuteChangeSet", &fields).await?;
        let stack = self.wait_for(&wanted.name).await?;
        let status = stack.map(|stack| stack.status).unwrap_or_default();
        if ["CREATE_COMPLETE", "UPDATE_COMPLETE"].contains(&status.as_str()) {
            return change;
        }
        let reasons = self.reasons(&wanted.name).await.unwrap_or_default();
        anyhow::bail!("the stack {} is {status}\n{}", wanted.name, reasons.join("\n"))
    }

    /// Deletes a stack, and waits until it is gone.
    pub(crate) async fn delete_stack(&self, name: &str, role: Option<&str>) -> anyhow::Result<()> {
        let mut fields = vec![field("StackName", name)];
        fields.extend(role.map(|role| field("RoleARN", role)));
        let _: Done = self.formation("DeleteStack", &fields).await?;
        match self.wait_for(name).await? {
            None => Ok(()),
            Some(stack) if stack.status == "DELETE_COMPLETE" => Ok(()),
            Some(stack) => {
                let reasons = self.reasons(name).await.unwrap_or_default();
                anyhow::bail!("the stack {name} is {}\n{}", stack.status, reasons.join("\n"))
            }
        }
    }

    async fn propose(&self, wanted: &Wanted, kind: &str) -> anyhow::Result<String> {
        let name = format!("tenjo-{}", hex::encode(rand::random::<[u8; 8]>()));
        let mut fields = vec![
            field("StackName", &wanted.name),
            field("ChangeSetName", &name),
            field("ChangeSetType", kind),
        ];
        fields.push(match &wanted.template {
            Template::Body(body) => field("TemplateBody", body),
            Template::Url(url) => field("TemplateURL", url),
            Template::Previous => field("UsePreviousTemplate", "true"),
        });
        let capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
        for (at, capability) in (1..).zip(capabilities) {
            fields.push(field(format!("Capabilities.member.{at}"), capability));
        }
        for (at, (key, value)) in (1..).zip(&wanted.parameters) {
            let of = format!("Parameters.member.{at}");
            fields.push(field(format!("{of}.ParameterKey"), key));
            fields.push(match value {
                Some(value) => field(format!("{of}.ParameterValue"), value),
                None => field(format!("{of}.UsePreviousValue"), "true"),
            });
        }
        fields.extend(wanted.role.as_ref().map(|role| field("RoleARN", role)));
        let made = self.formation::<Done>("CreateChangeSet", &fields).await;
        match made {
            Ok(_) => Ok(name),
            // The answer of an earlier try was lost.
            Err(error) if refusal(&error).is_some_and(|it| it.code.contains("AlreadyExists")) => {
                Ok(name)
            }
            Err(error) => Err(error.context(format!("the stack {}", wanted.name))),
        }
    }

    async fn proposed(&self, wanted: &Wanted, name: &str) -> anyhow::Result<Change> {
        let mut pause = FIRST_PAUSE;
        let (mut lines, mut next) = (Vec::new(), None);
        loop {
            let mut fields = vec![field("StackName", &wanted.name), field("ChangeSetName", name)];
            fields.extend(next.take().map(|token: String| field("NextToken", token)));
            let set: Wrapped<ChangeSetXml> = self.formation("DescribeChangeSet", &fields).await?;
            let set = set.result;
            match set.status.as_str() {
                "CREATE_COMPLETE" => {}
                "FAILED" if is_no_change(&set.status_reason) => return Ok(Change::Nothing),
                "FAILED" => anyhow::bail!(
                    "CloudFormation refuses the change of {}: {}",
                    wanted.name,
                    set.status_reason
                ),
                _ => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
            }
            lines.extend(set.changes.members.into_iter().map(|change| {
                let change = change.resource_change;
                let replaced = if change.replacement == "True" { ", replaced" } else { "" };
                let ResourceChange { action, logical_resource_id, resource_type, .. } = change;
                format!("{action} {logical_resource_id} ({resource_type}{replaced})")
            }));
            next = set.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(Change::Some(lines));
            }
        }
    }

    async fn forget_proposal(&self, wanted: &Wanted, name: &str) -> anyhow::Result<()> {
        let fields = [field("StackName", &wanted.name), field("ChangeSetName", name)];
        let _: Done = self.formation("DeleteChangeSet", &fields).await?;
        Ok(())
    }

    /// Waits until nobody is changing a stack.
    async fn wait_for(&self, name: &str) -> anyhow::Result<Option<Stack>> {
        let (started, mut pause, mut told) = (unix_now(), FIRST_PAUSE, 0);
        loop {
            let stack = self.stack(name).await?;
            let status = stack.as_ref().map_or("", |stack| stack.status.as_str());
            if !status.ends_with("_IN_PROGRESS") || status == "REVIEW_IN_PROGRESS" {
                return Ok(stack);
            }
            let minutes = (unix_now() - started) / 60;
            if minutes > told {
                eprintln!("  {name} is {status}, {minutes} min");
                told = minutes;
            }
            anyhow::ensure!(
                unix_now() < started + DONE_WITHIN_SECONDS,
                "the stack {name} is still {status}"
            );
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Why a stack failed: the newest reasons, the first one last.
    async fn reasons(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let fields = [field("StackName", name)];
        let events: Wrapped<Events> = self.formation("DescribeStackEvents", &fields).await?;
        let failed = events.result.stack_events.members.into_iter().filter(|event| {
            event.resource_status.ends_with("_FAILED")
                && !event.resource_status_reason.contains("cancelled")
        });
        let told = failed.map(|event| {
            let Event { logical_resource_id, resource_type, resource_status_reason, .. } = event;
            format!("  {logical_resource_id} ({resource_type}): {resource_status_reason}")
        });
        Ok(told.take(5).collect())
    }
}

fn is_no_change(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    #[test]
    fn a_stack_is_read_from_its_answer() {
        let answer = br#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
          <DescribeStacksResult><Stacks><member>
            <StackName>tenjo-dev</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
            <Parameters><member><ParameterKey>Stage</ParameterKey><ParameterValue>dev</ParameterValue></member>
              <member><ParameterKey>Empty</ParameterKey><ParameterValue/></member></Parameters>
            <Outputs><member><OutputKey>A</OutputKey><OutputValue>1</OutputValue></member></Outputs>
            <Tags/>
          </member></Stacks></DescribeStacksResult>
          <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></DescribeStacksResponse>"#;
        let mut described: Wrapped<Described> = xml(answer).unwrap();
        let stack = described.result.stacks.members.remove(0);
        assert_eq!(stack.stack_status, "CREATE_COMPLETE");
        assert_eq!(stack.parameters.members[1].parameter_value, "");
        assert_eq!(stack.outputs.members[0].output_value, "1");
    }

    #[test]
    fn a_change_set_is_read_from_its_answer() {
        let answer = b"<DescribeChangeSetResponse><DescribeChangeSetResult>
          <Status>CREATE_COMPLETE</Status>
          <Changes><member><Type>Resource</Type><ResourceChange><Action>Modify</Action>
            <LogicalResourceId>Task</LogicalResourceId><ResourceType>AWS::ECS::TaskDefinition</ResourceType>
            <Replacement>True</Replacement></ResourceChange></member></Changes>
          </DescribeChangeSetResult></DescribeChangeSetResponse>";
        let set: Wrapped<ChangeSetXml> = xml(answer).unwrap();
        assert_eq!(set.result.changes.members[0].resource_change.replacement, "True");
        assert!(set.result.next_token.is_none());
    }

    #[test]
    fn an_answer_without_a_result_is_read_too() {
        for answer in [
            "<ExecuteChangeSetResponse><ResponseMetadata/></ExecuteChangeSetResponse>",
            "<DeleteStackResponse xmlns='x'><ExecuteResult/></DeleteStackResponse>",
        ] {
            let _: Done = xml(answer.as_bytes()).unwrap();
        }
    }
}
