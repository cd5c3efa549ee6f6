/** Runs the fix that stands beside a problem. */

import type { KeyRow } from "$bindings";
import { openSheet } from "$shared/sheets.svelte";

import ChangePassphraseSheet from "./ChangePassphraseSheet.svelte";
import ExtendSheet from "./ExtendSheet.svelte";
import { findKey, openCreateKey, repairKeyring, restoreLostKeys } from "./open";
import type { Fix } from "./problems";

export function runFix(fix: Fix, row: KeyRow): void {
  switch (fix) {
    case "extend":
      void openSheet(ExtendSheet, { row });
      return;
    case "passphrase":
    case "setPassphrase":
      void openSheet(ChangePassphraseSheet, { row });
      return;
    case "refresh":
      void findKey(row.fingerprint);
      return;
    case "restore":
      void restoreLostKeys();
      return;
    case "create":
      void openCreateKey();
      return;
    case "repair":
      void repairKeyring(row.own ? "secret" : "public");
  }
}
