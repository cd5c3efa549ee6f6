//! A dock: it listens to what programs say of their progress and shows nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures_util::StreamExt;
use zbus::{MatchRule, MessageStream, message, zvariant};

use super::Desktop;

/// The signal that docks listen to.
const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";

/// What a program said of its progress: from 0 to 1, or that there is none to show.
pub(crate) type Told = Option<f64>;

/// Everything that was said since the dock started, with the entry of the program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dock(Arc<Mutex<Vec<(String, Told)>>>);

impl Dock {
    /// What was said of all entries together, in order.
    pub(crate) fn told(&self) -> Vec<Told> {
        let told = self.0.lock().unwrap();
        told.iter().map(|(_, progress)| *progress).collect()
    }

    /// The entries of the menu that it was said of.
    pub(crate) fn entries(&self) -> Vec<String> {
        let told = self.0.lock().unwrap();
        let mut entries: Vec<String> = told.iter().map(|(entry, _)| entry.clone()).collect();
        entries.dedup();
        entries
    }

    fn take(&self, message: &zbus::Message) {
        let body = message.body();
        let (entry, state): (String, HashMap<String, zvariant::OwnedValue>) =
            body.deserialize().unwrap();
        let visible = state["progress-visible"].downcast_ref::<bool>().unwrap();
        let progress = state["progress"].downcast_ref::<f64>().unwrap();
        let mut told = self.0.lock().unwrap();
        told.push((entry, visible.then_some(progress)));
    }
}

impl Desktop {
    /// Starts a dock.
    pub(crate) async fn start_dock(&self) -> Dock {
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .interface(INTERFACE)
            .unwrap()
            .member("Update")
            .unwrap()
            .build();
        let mut signals = MessageStream::for_match_rule(rule, &self.bus, None)
            .await
            .unwrap();
        let dock = Dock::default();
        let listening = dock.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = signals.next().await {
                listening.take(&message);
            }
        });
        dock
    }
}
