//! An upload in parts, as a client sends it.

use serde_json::{Value, json};

use crate::support::{Said, Server, start_with};

/// An upload in parts.
pub(crate) struct Parts {
    pub(crate) image: String,
    pub(crate) id: String,
    pub(crate) size: usize,
}

impl Parts {
    pub(crate) async fn start(server: &Server, image: &str, content: &[u8]) -> Self {
        let body = json!({"filesize": content.len()});
        let said = server
            .ask(
                "POST",
                &format!("/v2/imagefile/{image}/_multipart"),
                Some(body),
            )
            .await;
        let started = said.data();
        assert_eq!(started["options"], json!({"s3compliant": "false"}));
        let size = started["partSize"].as_u64().unwrap() as usize;
        assert_eq!(
            started["totalParts"].as_u64().unwrap() as usize,
            content.len().div_ceil(size)
        );
        Self {
            image: image.into(),
            id: started["uploadID"].as_str().unwrap().into(),
            size,
        }
    }

    pub(crate) fn of<'a>(&self, content: &'a [u8], number: usize) -> &'a [u8] {
        let start = (number - 1) * self.size;
        &content[start..content.len().min(start + self.size)]
    }

    pub(crate) async fn url(
        &self,
        server: &Server,
        number: usize,
        length: usize,
        sha256: &str,
    ) -> Said {
        let body = json!({"partSize": length, "uploadID": self.id, "partNumber": number, "sha256sum": sha256});
        server
            .ask(
                "PUT",
                &format!("/v2/imagefile/{}/_multipart", self.image),
                Some(body),
            )
            .await
    }

    pub(crate) async fn send(&self, server: &Server, content: &[u8], number: usize) -> String {
        let part = self.of(content, number);
        let url = self.url(server, number, part.len(), "").await.data();
        let said = server
            .put(url["presignedURL"].as_str().unwrap(), part)
            .await;
        assert_eq!(said.status, 200);
        said.header("etag").to_owned()
    }

    pub(crate) async fn complete(&self, server: &Server, tokens: &[String]) -> Said {
        let parts: Vec<Value> = (1..)
            .zip(tokens)
            .map(|(number, token)| json!({"partNumber": number, "token": token}))
            .collect();
        let body = json!({"uploadID": self.id, "completedParts": parts});
        server
            .ask(
                "PUT",
                &format!("/v2/imagefile/{}/_multipart_complete", self.image),
                Some(body),
            )
            .await
    }
}

/// A cloud whose uploads have parts of a thousand bytes.
pub(crate) async fn small_parts() -> Server {
    start_with(|settings| settings.limits.part = 1000).await
}
