//! What a front end asks about settings.

use super::{Settings, SettingsView};
use crate::{ApiEvent, Result, Sifter, files::Alone};

impl Sifter {
    /// Returns the settings, their defaults and which are locked.
    ///
    /// # Errors
    /// None at present.
    pub async fn get_settings(&self) -> Result<SettingsView> {
        Ok(self.settings_now())
    }

    /// Takes all settings over and returns them.
    ///
    /// # Errors
    /// `setting-locked`, `input-invalid`, or the file cannot be written; nothing is changed then.
    pub async fn change_settings(&self, settings: Settings) -> Result<SettingsView> {
        self.off(move |sifter| sifter.edit_settings(|file| file.change(&settings)))
            .await
    }

    /// Takes these settings, or all, back to their defaults.
    ///
    /// # Errors
    /// `input-invalid` for an unknown name, or the file cannot be written; nothing is changed then.
    pub async fn reset_settings(&self, names: Vec<String>) -> Result<SettingsView> {
        self.off(move |sifter| sifter.edit_settings(|file| file.reset(&names)))
            .await
    }

    pub(crate) fn settings_now(&self) -> SettingsView {
        crate::lock(&self.inner.settings).view()
    }

    pub(crate) fn edit_settings(
        &self,
        change: impl FnOnce(&mut super::SettingsFile) -> Result<()>,
    ) -> Result<SettingsView> {
        let view = {
            let mut current = crate::lock(&self.inner.settings);
            let mut edited = current.clone();
            change(&mut edited)?;
            let homes = &self.inner.homes;
            let path = homes.config.join("settings.json");
            let _alone = Alone::at(&homes.data.join("settings.lock"))?;
            edited.keep_what_others_wrote(&current, &path);
            edited.write(&path)?;
            *current = edited;
            current.view()
        };
        self.settings_took_effect(&view);
        self.tell(&ApiEvent::SettingsChanged(view.clone()));
        Ok(view)
    }
}
