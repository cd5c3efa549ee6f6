//! Which command line's folders Sifter shares.
//!
//! The command line on `PATH` decides, told by what it says of itself and not by its name: `singularity` may be a link
//! to `apptainer`. The other product's folder is never made: an empty one would stop that product from taking the
//! person's keys over at its first start.

mod detect;
mod prepare;

use std::path::{Path, PathBuf};

use crate::{
    Sifter,
    homes::Homes,
    start::{Product, ProfileView},
};

pub(crate) use detect::{find_program, run_briefly};

/// The folders of one command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) product: Product,
    pub(crate) version: Option<String>,
    /// The program itself.
    pub(crate) program: Option<PathBuf>,
    pub(crate) config_folder: PathBuf,
    pub(crate) keyring_folder: PathBuf,
    pub(crate) global_keyring: PathBuf,
}

impl Profile {
    /// Returns the profile of `wanted` (`automatic` or a name). Runs the programs that it finds, briefly.
    pub(crate) fn detect(homes: &Homes, wanted: &str) -> Self {
        let found = detect::installed(homes);
        let of = |apptainer: bool| {
            found
                .iter()
                .find(|one| (one.product == Product::Apptainer) == apptainer)
        };
        let chosen = match wanted {
            "singularity" => of(false),
            "apptainer" => of(true),
            _ => of(false).or_else(|| of(true)),
        };
        let apptainer = chosen.map_or(wanted == "apptainer", |one| {
            one.product == Product::Apptainer
        });
        let config_folder = config_folder(homes, apptainer);
        Self {
            product: chosen.map_or(Product::NoneInstalled, |one| one.product),
            version: chosen.map(|one| one.version.clone()),
            program: chosen.map(|one| one.program.clone()),
            keyring_folder: keyring_folder(homes, apptainer, &config_folder),
            global_keyring: system_folder(
                homes,
                chosen.map(|one| one.program.as_path()),
                apptainer,
            )
            .join("global-pgp-public"),
            config_folder,
        }
    }

    pub(crate) fn view(&self) -> ProfileView {
        ProfileView {
            product: self.product,
            version: self.version.clone(),
            config_folder: self.config_folder.to_string_lossy().into_owned(),
            keyring_folder: self.keyring_folder.to_string_lossy().into_owned(),
        }
    }

    /// The word before `verify` in what the command line would be asked.
    pub(crate) fn command(&self) -> &'static str {
        if self.is_apptainer() {
            "apptainer"
        } else {
            "singularity"
        }
    }

    pub(crate) fn is_apptainer(&self) -> bool {
        self.product == Product::Apptainer
    }
}

fn config_folder(homes: &Homes, apptainer: bool) -> PathBuf {
    let variables: &[&str] = if apptainer {
        &["APPTAINER_CONFIGDIR", "SINGULARITY_CONFIGDIR"]
    } else {
        &["SINGULARITY_CONFIGDIR"]
    };
    first_of(homes, variables).unwrap_or_else(|| {
        homes.home.join(if apptainer {
            ".apptainer"
        } else {
            ".singularity"
        })
    })
}

fn keyring_folder(homes: &Homes, apptainer: bool, config: &Path) -> PathBuf {
    let variables: &[&str] = if apptainer {
        &["APPTAINER_KEYSDIR", "SINGULARITY_SYPGPDIR"]
    } else {
        &["SINGULARITY_SYPGPDIR"]
    };
    first_of(homes, variables)
        .unwrap_or_else(|| config.join(if apptainer { "keys" } else { "sypgp" }))
}

fn first_of(homes: &Homes, variables: &[&str]) -> Option<PathBuf> {
    variables
        .iter()
        .find_map(|name| homes.variable(name))
        .map(PathBuf::from)
}

/// Fixed when the command line was built, so it is asked; without one, where packages put it.
fn system_folder(homes: &Homes, program: Option<&Path>, apptainer: bool) -> PathBuf {
    let (name, setting) = if apptainer {
        ("apptainer", "APPTAINER_CONFDIR")
    } else {
        ("singularity", "SINGULARITY_CONFDIR")
    };
    program
        .and_then(|program| run_briefly(homes, program, &["buildcfg", setting]))
        .map(|output| output.trim().to_owned())
        .filter(|folder| folder.starts_with('/') && !folder.contains('\n'))
        .map_or_else(|| Path::new("/etc").join(name), PathBuf::from)
}

impl Sifter {
    /// Returns the active profile; found at the first call and kept until the setting changes.
    pub(crate) fn profile(&self) -> Profile {
        let mut kept = crate::lock(&self.inner.profile);
        if let Some(profile) = kept.as_ref() {
            return profile.clone();
        }
        let profile = Profile::detect(&self.inner.homes, &self.settings_now().settings.profile);
        *kept = Some(profile.clone());
        profile
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn homes(variables: &[(&str, &str)]) -> Homes {
        let mut homes = Homes::below(Path::new("/none"));
        homes.environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        homes
    }

    #[test]
    fn variables_move_the_folders() {
        type Case = (
            bool,
            &'static [(&'static str, &'static str)],
            &'static str,
            &'static str,
        );
        let cases: &[Case] = &[
            (
                false,
                &[],
                "/none/home/.singularity",
                "/none/home/.singularity/sypgp",
            ),
            (
                true,
                &[],
                "/none/home/.apptainer",
                "/none/home/.apptainer/keys",
            ),
            (false, &[("SINGULARITY_CONFIGDIR", "/c")], "/c", "/c/sypgp"),
            (true, &[("SINGULARITY_CONFIGDIR", "/c")], "/c", "/c/keys"),
            (
                true,
                &[
                    ("SINGULARITY_CONFIGDIR", "/c"),
                    ("APPTAINER_CONFIGDIR", "/a"),
                ],
                "/a",
                "/a/keys",
            ),
            (
                false,
                &[("APPTAINER_CONFIGDIR", "/a")],
                "/none/home/.singularity",
                "/none/home/.singularity/sypgp",
            ),
            (
                false,
                &[("SINGULARITY_SYPGPDIR", "/k")],
                "/none/home/.singularity",
                "/k",
            ),
            (
                false,
                &[("APPTAINER_KEYSDIR", "/x")],
                "/none/home/.singularity",
                "/none/home/.singularity/sypgp",
            ),
            (
                true,
                &[("SINGULARITY_SYPGPDIR", "/k")],
                "/none/home/.apptainer",
                "/k",
            ),
            (
                true,
                &[("SINGULARITY_SYPGPDIR", "/k"), ("APPTAINER_KEYSDIR", "/x")],
                "/none/home/.apptainer",
                "/x",
            ),
            (
                true,
                &[("APPTAINER_KEYSDIR", "")],
                "/none/home/.apptainer",
                "/none/home/.apptainer/keys",
            ),
        ];
        for (apptainer, variables, config, keyring) in cases {
            let homes = homes(variables);
            let folder = config_folder(&homes, *apptainer);
            assert_eq!(folder, Path::new(config), "{variables:?}");
            assert_eq!(
                keyring_folder(&homes, *apptainer, &folder),
                Path::new(keyring),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn without_a_command_line_it_is_singularitys_folder() {
        let profile = Profile::detect(&homes(&[("PATH", "/none/bin")]), "automatic");
        assert_eq!(
            (profile.product, profile.command()),
            (Product::NoneInstalled, "singularity")
        );
        assert_eq!(profile.config_folder, Path::new("/none/home/.singularity"));
        assert_eq!(
            profile.global_keyring,
            Path::new("/etc/singularity/global-pgp-public")
        );
    }
}
