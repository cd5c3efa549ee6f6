//! Commands that run an image without Sifter, by tag and pinned by hash.

use super::{RunCommands, names};

/// Returns the commands for an image of a library. `product` is the command line of this computer.
pub(super) fn commands(
    product: &str,
    reference: &str,
    pinned: &str,
    is_plain_http: bool,
) -> RunCommands {
    let option = if is_plain_http { "--no-https " } else { "" };
    let rest = |reference: &str| reference.split("://").nth(1).unwrap_or_default().to_owned();
    let file = names::suggested(&rest(reference));
    let name = rest(reference);
    let name = name
        .rsplit('/')
        .next()
        .and_then(|last| last.split(':').next());
    RunCommands {
        pull: format!("{product} pull {option}{file} {reference}"),
        pull_pinned: format!("{product} pull {option}{file} {pinned}"),
        run: format!("{product} run {option}{reference}"),
        slurm: slurm(product, option, name.unwrap_or("image"), pinned),
    }
}

/// A batch script that runs the very same bytes each time.
fn slurm(product: &str, option: &str, name: &str, pinned: &str) -> String {
    format!(
        "#!/bin/bash\n\
         #SBATCH --job-name={name}\n\
         #SBATCH --ntasks=1\n\
         #SBATCH --cpus-per-task=1\n\
         #SBATCH --mem=4G\n\
         #SBATCH --time=01:00:00\n\
         \n\
         srun {product} run {option}{pinned}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_the_server_and_pin_the_bytes() {
        let tagged = "library://lab.example.org/e/c/tool:1.0";
        let pinned = "library://lab.example.org/e/c/tool:sha256.ab";
        let commands = commands("apptainer", tagged, pinned, false);
        assert_eq!(
            commands.pull,
            "apptainer pull tool_1.0.sif library://lab.example.org/e/c/tool:1.0"
        );
        assert!(commands.pull_pinned.ends_with(pinned));
        assert_eq!(commands.run, format!("apptainer run {tagged}"));
        assert!(commands.slurm.contains("--job-name=tool\n"));
        assert!(
            commands
                .slurm
                .ends_with(&format!("srun apptainer run {pinned}\n"))
        );
        let local = super::commands("singularity", tagged, pinned, true);
        assert!(local.pull.starts_with("singularity pull --no-https "));
    }
}
