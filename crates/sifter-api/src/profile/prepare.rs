//! Making the keyring folder, as the command line itself would make it.

use super::{Profile, run_briefly};
use crate::{
    Result,
    error::{ApiError, ErrorCode, write_error},
    files,
    homes::Homes,
};

impl Profile {
    /// Makes the keyring folder, readable by this user only, if it is not there.
    ///
    /// Apptainer takes a person's Singularity keys and remotes over in the run that makes its folder. So where its
    /// folder is missing, Apptainer itself makes it.
    pub(crate) fn prepare(&self, homes: &Homes) -> Result<()> {
        if self.keyring_folder.is_dir() {
            return Ok(());
        }
        if let Some(program) = self
            .program
            .as_deref()
            .filter(|_| self.is_apptainer() && !self.config_folder.exists())
        {
            run_briefly(homes, program, &["key", "list"]);
        }
        files::make_private_folder(&self.keyring_folder).map_err(|error| {
            let mut told = write_error(&self.keyring_folder, &error);
            if told.code == ErrorCode::FileNotWritable {
                let message = format!(
                    "the keyring folder `{}` cannot be made",
                    self.keyring_folder.display()
                );
                told = ApiError::new(ErrorCode::KeyringNotWritable, message).because(&error);
            }
            told
        })
    }
}
