//! Search by a part of a name, among what the caller may see.

use rusqlite::{Connection, params};
use scs_types::library::{Search, SearchResult};

use super::{
    find::{COLLECTION, CONTAINER, ENTITY, collection_row, container_row, entity_row},
    images::{IMAGE, image_row, tags_of},
    tags,
};
use crate::{
    answer::{Answer, Refusal},
    caller::{Caller, Query},
};

/// More architectures than there are help nobody.
const MOST_ARCHES: usize = 32;

/// What a query asks for.
///
/// # Errors
///
/// 400 for a text that is too short, or too many architectures.
pub(crate) fn read_search(query: &Query) -> Answer<Search> {
    let value = query.get("value").unwrap_or_default().to_owned();
    if value.chars().count() < Search::SHORTEST {
        return Err(Refusal::bad(format!(
            "bad query: a search needs at least {} characters",
            Search::SHORTEST
        )));
    }
    let architectures: Vec<String> = query
        .arch()
        .map(|arches| arches.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    if architectures.len() > MOST_ARCHES || value.len() > 1024 {
        return Err(Refusal::bad("bad query: it is too long"));
    }
    Ok(Search {
        value,
        architectures,
        only_signed: query
            .get("signed")
            .is_some_and(|text| text.eq_ignore_ascii_case("true")),
    })
}

/// What is found. With architectures or `signed` only images are looked for.
pub(crate) fn search(
    rows: &Connection,
    caller: &Caller,
    query: &Query,
    most: u32,
) -> Answer<SearchResult> {
    let search = read_search(query)?;
    let pattern = containing(&search.value);
    let mut found = SearchResult {
        image: images(rows, caller, &search, &pattern, most)?,
        ..SearchResult::default()
    };
    if search.architectures.is_empty() && !search.only_signed {
        others(rows, caller, &pattern, most, &mut found)?;
    }
    Ok(found)
}

fn images(
    rows: &Connection,
    caller: &Caller,
    search: &Search,
    pattern: &str,
    most: u32,
) -> Answer<Vec<scs_types::library::Image>> {
    let sql = format!(
        "{IMAGE} WHERE i.blob IS NOT NULL AND (e.owner = ?2 OR (c.private = 0 AND l.private = 0))
         AND (e.name LIKE ?1 ESCAPE '\\' OR l.name LIKE ?1 ESCAPE '\\' OR c.name LIKE ?1 ESCAPE '\\'
              OR i.hash LIKE ?1 ESCAPE '\\'
              OR e.name || '/' || l.name || '/' || c.name LIKE ?1 ESCAPE '\\')
         AND (?3 = 0 OR i.signed = 1)
         AND (?4 = '' OR instr(?4, ',' || i.arch || ',') > 0 OR EXISTS (SELECT 1 FROM tags t
              WHERE t.image = i.id AND instr(?4, ',' || t.arch || ',') > 0))
         ORDER BY e.name, l.name, c.name, i.created DESC LIMIT ?5"
    );
    let arches = match search.architectures.as_slice() {
        [] => String::new(),
        some => format!(",{},", some.join(",")),
    };
    let mut statement = rows.prepare_cached(&sql)?;
    let who = caller.number();
    let found = statement.query_map(
        params![pattern, who, search.only_signed, arches, most],
        image_row,
    )?;
    let mut images = found.collect::<Result<Vec<_>, _>>()?;
    for image in &mut images {
        image.tags = tags_of(rows, image.id.as_str())?;
    }
    Ok(images)
}

fn others(
    rows: &Connection,
    caller: &Caller,
    pattern: &str,
    most: u32,
    found: &mut SearchResult,
) -> Answer<()> {
    let who = caller.number();
    let sql = format!("{ENTITY} WHERE e.name LIKE ?1 ESCAPE '\\' ORDER BY e.name LIMIT ?2");
    let mut statement = rows.prepare_cached(&sql)?;
    found.entity = statement
        .query_map(params![pattern, most], entity_row)?
        .collect::<Result<_, _>>()?;
    let sql = format!(
        "{COLLECTION} WHERE l.name LIKE ?1 ESCAPE '\\' AND (l.private = 0 OR e.owner = ?2)
         ORDER BY e.name, l.name LIMIT ?3"
    );
    let mut statement = rows.prepare_cached(&sql)?;
    let collections = statement.query_map(params![pattern, who, most], collection_row)?;
    found.collection = collections.collect::<Result<_, _>>()?;
    let sql = format!(
        "{CONTAINER} WHERE c.name LIKE ?1 ESCAPE '\\'
         AND ((c.private = 0 AND l.private = 0) OR e.owner = ?2)
         ORDER BY e.name, l.name, c.name LIMIT ?3"
    );
    let mut statement = rows.prepare_cached(&sql)?;
    let containers = statement.query_map(params![pattern, who, most], container_row)?;
    found.container = containers.collect::<Result<_, _>>()?;
    for container in &mut found.container {
        container.arch_tags = tags::of_container(rows, container.id.as_str())?;
        container.image_tags = tags::flat(&container.arch_tags);
    }
    Ok(())
}

/// A pattern for whatever contains `text`, letter by letter.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_was_typed() {
        assert_eq!(containing("a%b_c\\"), "%a\\%b\\_c\\\\%");
    }
}
