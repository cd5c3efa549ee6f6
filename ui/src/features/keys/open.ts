/** The ways into the sheets of keys, for this feature, for others and for commands. */

import type { FilesId, ImportPlanView, ImportSource, KeyringFile, KeyRow, LookedFor } from "$bindings";
import { host } from "$host";
import { t } from "$messages";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { tellError } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";

import { bareFingerprint, isWhole } from "./network";

const CompareSheet = later(async () => (await import("./CompareSheet.svelte")).default);
const CreateKeySheet = later(async () => (await import("./CreateKeySheet.svelte")).default);
const FindKeySheet = later(async () => (await import("./FindKeySheet.svelte")).default);
const GnupgSheet = later(async () => (await import("./GnupgSheet.svelte")).default);
const ImportSheet = later(async () => (await import("./ImportSheet.svelte")).default);
const PasteKeySheet = later(async () => (await import("./PasteKeySheet.svelte")).default);
const PublishKeySheet = later(async () => (await import("./PublishKeySheet.svelte")).default);
const SearchKeysSheet = later(async () => (await import("./SearchKeysSheet.svelte")).default);

/** Makes a key; resolves with its fingerprint when it was made while the sheet was open. */
export function openCreateKey(): Promise<string | undefined> {
  return openLater<object, string>(CreateKeySheet, {});
}

/** Imports keys from files that were dropped; without files, a dialog asks for them. */
export async function openImportKeys(files?: FilesId): Promise<string[]> {
  try {
    const chosen = files ?? (await host.pickKeys())?.files;
    return chosen === undefined ? [] : await previewImport({ kind: "files", value: chosen });
  } catch (thrown) {
    tellError(thrown);
    return [];
  }
}

/** Imports keys from text that is pasted into a sheet. */
export async function openPasteKey(): Promise<string[]> {
  const plan = await openLater<object, ImportPlanView>(PasteKeySheet, {});
  return plan === undefined ? [] : showImport(plan);
}

/** Brings keys over from GnuPG. */
export async function openGnupgImport(): Promise<string[]> {
  const plan = await openLater<object, ImportPlanView>(GnupgSheet, {});
  return plan === undefined ? [] : showImport(plan);
}

/** Searches keyservers; resolves with the keys that were imported. */
export async function openKeySearch(text = ""): Promise<string[]> {
  return (await openLater<SearchProps, string[]>(SearchKeysSheet, { text, onimport: showImport })) ?? [];
}

interface SearchProps {
  text: string;
  onimport: (plan: ImportPlanView) => Promise<string[]>;
}

/** Looks for a key at the keyservers and imports it once it was seen; a short id is searched for. */
export async function findKey(fingerprint: string): Promise<string[]> {
  const digits = bareFingerprint(fingerprint);
  if (!isWhole(digits)) return openKeySearch(digits);
  const found = await openLater<FindProps, LookedFor>(FindKeySheet, {
    fingerprint: digits,
    onfile: () => openImportKeys(),
  });
  return found?.import == null ? [] : showImport(found.import);
}

interface FindProps {
  fingerprint: string;
  onfile: () => unknown;
}

/** Publishes the public part of a key; whether it was. */
export async function openPublishKey(row: KeyRow): Promise<boolean> {
  return (await openLater<{ row: KeyRow }, boolean>(PublishKeySheet, { row })) === true;
}

/** Compares a key's fingerprint and trusts it; whether it is trusted now. */
export async function openTrustKey(fingerprint: string): Promise<boolean> {
  try {
    const key = await host.getKey(fingerprint);
    return (await openLater(CompareSheet, { key })) === true;
  } catch (thrown) {
    tellError(thrown);
    return false;
  }
}

/** Repairs a keyring file and says how many keys it kept. */
export async function repairKeyring(file: KeyringFile): Promise<void> {
  try {
    showToast(t("keys.damaged.repaired", { n: await host.repairKeyring(file) }));
  } catch (thrown) {
    tellError(thrown);
  }
}

/** Brings back secret parts from the backups of the keyring, and says of how many keys. */
export async function restoreLostKeys(): Promise<void> {
  try {
    const { restored, missing } = await host.restoreLostKeys();
    const back = restored.length > 0 ? t("keys.restore.done", { n: restored.length }) : undefined;
    const gone = missing.length > 0 ? t("keys.restore.missing", { n: missing.length }) : undefined;
    const words = [back, gone].filter((part) => part !== undefined).join(" ");
    showToast(words === "" ? t("keys.restore.nothing") : words, {
      urgency: gone === undefined ? "polite" : "assertive",
    });
  } catch (thrown) {
    tellError(thrown);
  }
}

async function previewImport(source: ImportSource): Promise<string[]> {
  return showImport(await host.planKeyImport(source));
}

async function showImport(plan: ImportPlanView): Promise<string[]> {
  return (await openLater<{ plan: ImportPlanView }, string[]>(ImportSheet, { plan })) ?? [];
}
