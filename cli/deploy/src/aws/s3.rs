//! S3: programs, templates and the gateway's file.

use hyper::Method;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use super::{Aws, CALL_WITHIN, Call, refusal, xml};

#[derive(Deserialize)]
struct ListBucketResult {
    #[serde(rename = "Contents", default)]
    contents: Vec<Object>,
    #[serde(rename = "IsTruncated", default)]
    is_truncated: bool,
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

    /// All keys with a beginning, in order. AWS gives a thousand of them at a time.
    pub(crate) async fn list(&self, bucket: &str, prefix: &str) -> anyhow::Result<Vec<String>> {
        let encoded = |text: &str| utf8_percent_encode(text, super::UNRESERVED).to_string();
        let first = format!("?list-type=2&prefix={}", encoded(prefix));
        let mut query = first.clone();
        let mut keys: Vec<String> = Vec::new();
        loop {
            let body = self.object(Method::GET, bucket, &query, Vec::new()).await?;
            let listed: ListBucketResult = xml(&body)?;
            keys.extend(listed.contents.into_iter().map(|object| object.key));
            match keys.last() {
                Some(last) if listed.is_truncated => {
                    query = format!("{first}&start-after={}", encoded(last));
                }
                _ => return Ok(keys),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_whether_there_are_more_keys() {
        for (end, is_truncated) in [("<IsTruncated>true</IsTruncated>", true), ("", false)] {
            let answer = format!(
                "<ListBucketResult xmlns='x'><Name>b</Name><Contents><Key>a</Key><Size>1</Size>\
                 </Contents><Contents><Key>b</Key></Contents>{end}</ListBucketResult>"
            );
            let listed: ListBucketResult = xml(answer.as_bytes()).unwrap();
            let keys: Vec<&str> = listed.contents.iter().map(|one| one.key.as_str()).collect();
            assert_eq!((keys, listed.is_truncated), (vec!["a", "b"], is_truncated));
        }
    }
}
