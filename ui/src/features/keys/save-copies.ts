/** Saves what helps when a computer is lost: a backup of the secret key, a revocation file. */

import { host } from "$host";
import { t } from "$messages";
import { showToast } from "$shared/toasts.svelte";

export interface Copies {
  backup: boolean;
  revocation: boolean;
  /** Whether the key is to be published afterwards; that is another sheet. */
  publish: boolean;
}

/** Whether everything that was chosen was saved; false when a dialog was cancelled. */
export async function saveCopies(fingerprint: string, passphrase: string, copies: Copies): Promise<boolean> {
  if (copies.backup) {
    const file = await host.exportKey(fingerprint, true, true);
    if (file === null) return false;
    showToast(t("keys.after.saved", { name: file.name }));
  }
  if (copies.revocation) {
    const file = await host.saveRevocation(fingerprint, passphrase === "" ? null : passphrase);
    if (file === null) return false;
    showToast(t("keys.after.saved", { name: file.name }));
  }
  return true;
}
