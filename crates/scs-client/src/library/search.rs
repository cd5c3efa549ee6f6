//! Search.

use scs_types::library::{Search, SearchResult};

use super::Library;
use crate::error::Error;

const SEARCHING: &str = "searching the library";

impl Library {
    /// What the library finds. A text that is too short for it finds nothing and is not asked for.
    ///
    /// # Errors
    ///
    /// A fault on the way, or [`crate::Cause::SignIn`] where only accounts may search.
    pub async fn search(&self, search: &Search) -> Result<SearchResult, Error> {
        if search.value.trim().chars().count() < Search::SHORTEST {
            return Ok(SearchResult::default());
        }
        let found = self
            .base
            .find(SEARCHING, "v1/search", &search.query())
            .await?;
        Ok(found.unwrap_or_default())
    }
}
