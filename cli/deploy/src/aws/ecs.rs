//! ECS: data planes are replaced.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::{Aws, unix_now};

/// As long as new data planes may take.
const REPLACED_WITHIN_SECONDS: u64 = 30 * 60;

impl Aws {
    /// Replaces all tasks of a service, and waits until the new ones serve.
    pub(crate) async fn replace_tasks(&self, cluster: &str, service: &str) -> anyhow::Result<()> {
        const OF: &str = "AmazonEC2ContainerServiceV20141113";
        let input = json!({"cluster": cluster, "service": service, "forceNewDeployment": true});
        self.json("ecs", &format!("{OF}.UpdateService"), &input).await?;
        let input = json!({"cluster": cluster, "services": [service]});
        let (started, mut pause) = (unix_now(), Duration::from_millis(200));
        while unix_now() < started + REPLACED_WITHIN_SECONDS {
            let answer = self.json("ecs", &format!("{OF}.DescribeServices"), &input).await?;
            let deployments = answer["services"][0]["deployments"].as_array();
            let deployments = deployments.map(Vec::as_slice).unwrap_or_default();
            if let [only] = deployments
                && only["rolloutState"] != "IN_PROGRESS"
            {
                anyhow::ensure!(only["rolloutState"] != "FAILED", "the new data planes failed");
                return Ok(());
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        anyhow::bail!("the data planes are not replaced after {} min", REPLACED_WITHIN_SECONDS / 60)
    }
}
