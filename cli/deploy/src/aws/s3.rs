//! S3: programs, templates and the gateway's file.

use hyper::Method;
use serde::Deserialize;

use super::{Aws, CALL_WITHIN, Call, refusal, xml};

#[derive(Deserialize)]
struct ListBucketResult {
    #[serde(rename = "Contents", default)]
    contents: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "Key")]
    key: String,
}

impl Aws {
    /// The address of an object, for AWS itself too.
    pub(crate) fn object_url(&self, bucket: &str, key: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}/{bucket}/{key}"),
            None => format!("{}/{key}", self.address(&format!("{bucket}.s3"))),
        }
    }

    /// Uploads an object, unless there is one; `false` if there is. For names that hold
    /// a hash of the content.
    pub(crate) async fn upload_once(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<bool> {
        match self.object(Method::HEAD, bucket, key, Vec::new()).await {
            Ok(_) => return Ok(false),
            // Without the right to list a bucket, AWS says 403 of what is not there.
            Err(error) if refusal(&error).is_some_and(|it| [403, 404].contains(&it.status)) => {}
            Err(error) => return Err(error),
        }
        self.upload(bucket, key, body).await?;
        Ok(true)
    }

    pub(crate) async fn upload(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<()> {
        self.object(Method::PUT, bucket, key, body).await.map(|_| ())
    }

    pub(crate) async fn download(&self, bucket: &str, key: &str) -> anyhow::Result<Vec<u8>> {
        Ok(self.object(Method::GET, bucket, key, Vec::new()).await?.to_vec())
    }

    /// The first thousand keys with a beginning, in order.
    pub(crate) async fn list(&self, bucket: &str, prefix: &str) -> anyhow::Result<Vec<String>> {
        let prefix = percent_encoding::utf8_percent_encode(prefix, super::UNRESERVED);
        let key = format!("?list-type=2&prefix={prefix}");
        let body = self.object(Method::GET, bucket, &key, Vec::new()).await?;
        let listed: ListBucketResult = xml(&body)?;
        Ok(listed.contents.into_iter().map(|object| object.key).collect())
    }

    async fn object(
        &self,
        method: Method,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<bytes::Bytes> {
        let answer = self
            .call(Call {
                service: "s3",
                operation: format!("{method} of s3://{bucket}/{key}"),
                method,
                url: self.object_url(bucket, key),
                headers: Vec::new(),
                body,
                within: CALL_WITHIN,
            })
            .await?;
        Ok(answer.body)
    }
}
