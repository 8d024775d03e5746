//! Konnect's public API: the control plane, and which data planes it knows.

use std::time::Duration;

use anyhow::Context;
use hyper::Method;
use serde_json::{Value, json};

use crate::http::{Http, json_request};
use crate::secret::Secret;

const WITHIN: Duration = Duration::from_secs(30);

/// Konnect, as the owner of a token sees it.
pub(crate) struct Konnect<'a> {
    pub(crate) http: &'a Http,
    pub(crate) address: &'a str,
    pub(crate) token: Secret,
}

/// A control plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ControlPlane {
    pub(crate) id: String,
    /// Without `https://`.
    pub(crate) host: String,
    pub(crate) telemetry_host: String,
}

impl ControlPlane {
    fn read(answer: &Value) -> anyhow::Result<Self> {
        let text = |value: &Value, what: &str| {
            let text = value.as_str().with_context(|| format!("Konnect names no {what}"))?;
            anyhow::Ok(text.trim_start_matches("https://").trim_end_matches('/').to_owned())
        };
        Ok(Self {
            id: text(&answer["id"], "id of the control plane")?,
            host: text(&answer["config"]["control_plane_endpoint"], "control plane endpoint")?,
            telemetry_host: text(&answer["config"]["telemetry_endpoint"], "telemetry endpoint")?,
        })
    }
}

impl Konnect<'_> {
    pub(crate) async fn find(&self, name: &str) -> anyhow::Result<Option<ControlPlane>> {
        // The brackets are encoded, because not every client may send them as they are.
        let path = format!("/v2/control-planes?filter%5Bname%5D%5Beq%5D={name}");
        let answer = self.call(Method::GET, &path, None).await?;
        let found = answer["data"].as_array().into_iter().flatten();
        found.into_iter().find(|one| one["name"] == name).map(ControlPlane::read).transpose()
    }

    pub(crate) async fn make(&self, name: &str) -> anyhow::Result<ControlPlane> {
        let body = json!({"name": name, "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE"});
        ControlPlane::read(&self.call(Method::POST, "/v2/control-planes", Some(&body)).await?)
    }

    pub(crate) async fn delete(&self, plane: &ControlPlane) -> anyhow::Result<()> {
        let path = format!("/v2/control-planes/{}", plane.id);
        self.call(Method::DELETE, &path, None).await.map(|_| ())
    }

    /// Ids and certificates that the control plane accepts.
    pub(crate) async fn certificates(
        &self,
        plane: &ControlPlane,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let path = format!("/v2/control-planes/{}/dp-client-certificates", plane.id);
        let answer = self.call(Method::GET, &path, None).await?;
        let listed = answer["items"].as_array().into_iter().flatten();
        let pair = |one: &Value| {
            Some((one["id"].as_str()?.to_owned(), one["cert"].as_str()?.trim().to_owned()))
        };
        Ok(listed.filter_map(pair).collect())
    }

    /// Has the control plane accept a certificate; `false` if it does already.
    pub(crate) async fn accept(
        &self,
        plane: &ControlPlane,
        certificate: &Secret,
    ) -> anyhow::Result<bool> {
        let known = self.certificates(plane).await?;
        if known.iter().any(|(_, one)| one == certificate.reveal().trim()) {
            return Ok(false);
        }
        let path = format!("/v2/control-planes/{}/dp-client-certificates", plane.id);
        self.call(Method::POST, &path, Some(&json!({"cert": certificate.reveal()}))).await?;
        Ok(true)
    }

    /// Has the control plane accept one certificate only; gives how many were taken away.
    pub(crate) async fn accept_only(
        &self,
        plane: &ControlPlane,
        certificate: &Secret,
    ) -> anyhow::Result<usize> {
        let known = self.certificates(plane).await?;
        let others = known.iter().filter(|(_, one)| one != certificate.reveal().trim());
        let mut taken = 0;
        for (id, _) in others {
            let path = format!("/v2/control-planes/{}/dp-client-certificates/{id}", plane.id);
            self.call(Method::DELETE, &path, None).await?;
            taken += 1;
        }
        Ok(taken)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let what = format!("{method} {}", path.split('?').next().unwrap_or_default());
        let url = format!("{}{path}", self.address.trim_end_matches('/'));
        let token = format!("Bearer {}", self.token.reveal());
        let request = json_request(method, &url, &[("authorization", &token)], body)?;
        let answer = self.http.send(request, WITHIN).await?;
        let said = answer.json();
        anyhow::ensure!(
            (200..300).contains(&answer.status),
            "Konnect refused {what}: {} {}",
            answer.status,
            said["detail"].as_str().or_else(|| said["title"].as_str()).unwrap_or_default(),
        );
        Ok(said)
    }
}
