//! The tags of a repository.

use reqwest::{Method, Url, header::LINK};
use serde::Deserialize;

use super::{
    Purpose, Registry,
    access::{at, forced_safe},
};
use crate::{
    error::{Cause, Error},
    exchange::{Answer, Ask},
    reference::Repository,
};

const LISTING: &str = "listing the tags";
/// No page of tags is longer, in bytes.
const PAGE: usize = 4 << 20;
const PAGES: usize = 200;
const MOST_TAGS: usize = 50_000;

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Registry {
    /// Lists the tags of a repository, in the order of the registry.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], more pages or tags than are read, or a fault on the way.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<String>, Error> {
        let scope = Purpose::Pull.scope(repository);
        let path = format!("{}/tags/list?n=1000", repository.path);
        let mut next = Some(at(self.base().await?, &path)?);
        let mut tags = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                return Ok(tags);
            };
            let answer = self
                .ask(Ask::new(LISTING, Method::GET, url, PAGE), Some(&scope))
                .await?;
            let page: Page = serde_json::from_slice(&answer.body).map_err(|_| {
                self.error(LISTING, Cause::Answer("something that is no list of tags"))
            })?;
            tags.extend(page.tags.unwrap_or_default());
            if tags.len() > MOST_TAGS {
                break;
            }
            next = self.next_page(&answer)?;
        }
        if next.is_none() && tags.len() <= MOST_TAGS {
            return Ok(tags);
        }
        Err(self.error(LISTING, Cause::Answer("more tags than are read")))
    }

    /// Where the next page is. It is on the same server, or it is not followed.
    fn next_page(&self, answer: &Answer) -> Result<Option<Url>, Error> {
        let links = answer.headers.get_all(LINK).into_iter();
        let mut links = links.filter_map(|link| link.to_str().ok());
        let Some(target) = links.find_map(target_of_next) else {
            return Ok(None);
        };
        let next = answer.url.join(target).ok();
        let next = next.and_then(|url| forced_safe(&answer.url, url));
        let is_here = |url: &Url| url.origin() == answer.url.origin();
        next.filter(is_here).map(Some).ok_or_else(|| {
            let why = "the next page of tags is on another server".to_owned();
            self.error(LISTING, Cause::Redirect(why))
        })
    }
}

/// The target of `<target>; rel="next"`, which may be one of several.
pub(crate) fn target_of_next(links: &str) -> Option<&str> {
    let mut rest = links;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let (parameters, next) = after.split_at(after.find('<').unwrap_or(after.len()));
        let is_next = |parameter: &str| {
            let parameter = parameter.trim().to_ascii_lowercase();
            parameter == "rel=\"next\"" || parameter == "rel=next"
        };
        if parameters.split([';', ',']).any(is_next) {
            return Some(target);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_next_page() {
        assert_eq!(
            target_of_next("</v2/a/tags/list?n=2&last=b>; rel=\"next\""),
            Some("/v2/a/tags/list?n=2&last=b")
        );
        assert_eq!(target_of_next("<x>; rel=next"), Some("x"));
        assert_eq!(target_of_next("<x>; rel=\"prev\""), None);
        assert_eq!(
            target_of_next("<a>; rel=\"first\", <b>; rel=\"next\""),
            Some("b")
        );
        assert_eq!(target_of_next("x; rel=\"next\""), None);
        assert_eq!(target_of_next("<x; rel=\"next\""), None);
    }
}
