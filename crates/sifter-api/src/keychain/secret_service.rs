//! Whether a Secret Service is on the session bus, or could be started by it.

use zbus::blocking::{Connection, fdo::DBusProxy};

const NAME: &str = "org.freedesktop.secrets";

pub(super) fn service_is_there() -> bool {
    ask().unwrap_or(false)
}

fn ask() -> zbus::Result<bool> {
    let bus = Connection::session()?;
    let proxy = DBusProxy::new(&bus)?;
    if proxy.name_has_owner(NAME.try_into()?)? {
        return Ok(true);
    }
    Ok(proxy
        .list_activatable_names()?
        .iter()
        .any(|name| name.as_str() == NAME))
}
