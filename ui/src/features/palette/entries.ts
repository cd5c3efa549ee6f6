/** Everything that the palette can find, from the store and the registered commands. */

import { settingEntries } from "$features/settings";
import { findKey, nameOf, whoOf } from "$features/keys";
import { searchLibrary } from "$features/library";
import { looksLikeReference, openPullSheet } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import { shortFingerprint } from "$shared/format";
import { showToast } from "$shared/toasts.svelte";
import { commands, keysShown, navigate, store } from "$store";

import { asFingerprint, type Entry, looksLikePath } from "./search";

/** All entries; the text decides only what can be opened directly. */
export function allEntries(text: string): Entry[] {
  return [
    ...directEntries(text),
    ...commandEntries(),
    ...imageEntries(),
    ...keyEntries(),
    ...fromSettings(),
    ...libraryEntries(text),
  ];
}

function commandEntries(): Entry[] {
  return commands
    .all()
    .filter((command) => command.hidden !== true)
    .map((command): Entry => {
      const may = command.enabled?.() ?? true;
      return {
        id: command.id,
        section:
          command.id.startsWith("go.") || command.id === "back" || command.id === "forward"
            ? "goTo"
            : "actions",
        title: command.title(),
        keys: keysShown(command.id),
        reason: may === true ? undefined : may,
        run: () => command.run(),
      };
    });
}

function imageEntries(): Entry[] {
  return store.images.map((row): Entry => ({
    id: `image.${row.id}`,
    section: "images",
    title: row.name,
    detail: row.folder,
    words: row.signer ?? undefined,
    run: () => {
      navigate({ name: "image", id: row.id });
    },
  }));
}

function keyEntries(): Entry[] {
  return (store.keys?.keys ?? []).map((row): Entry => ({
    id: `key.${row.fingerprint}`,
    section: "keys",
    title: nameOf(row),
    detail: [row.mail, shortFingerprint(row.fingerprint)].filter(Boolean).join(" · "),
    words: `${whoOf(row)} ${row.fingerprint}`,
    run: () => {
      navigate({ name: "key", fingerprint: row.fingerprint });
    },
  }));
}

function fromSettings(): Entry[] {
  return settingEntries(store.settings.withoutEffect).map((setting): Entry => ({
    id: `setting.${setting.id}`,
    section: "settings",
    title: setting.title,
    detail: setting.section,
    run: () => {
      navigate({ name: "settings", section: setting.sectionId });
    },
  }));
}

function directEntries(text: string): Entry[] {
  const fingerprint = asFingerprint(text);
  if (fingerprint !== undefined) return [fingerprintEntry(fingerprint)];
  if (looksLikePath(text)) return [pathEntry(text.trim())];
  return looksLikeReference(text) ? [referenceEntry(text.trim())] : [];
}

function referenceEntry(reference: string): Entry {
  return {
    id: "open.reference",
    section: "open",
    title: t("palette.pull", { reference }),
    run: () => openPullSheet({ references: [reference] }),
  };
}

/** What is nowhere here may be in the library. */
function libraryEntries(text: string): Entry[] {
  const words = text.trim();
  if (words.length < 3 || looksLikePath(words) || looksLikeReference(words)) return [];
  return [
    {
      id: "library.find",
      section: "library",
      title: t("palette.searchLibrary", { text: words }),
      run: () => {
        searchLibrary(words);
      },
    },
  ];
}

function fingerprintEntry(fingerprint: string): Entry {
  const row = store.keys?.keys.find((key) => key.fingerprint === fingerprint);
  return {
    id: "open.key",
    section: "open",
    title: row ? t("palette.showKey", { name: nameOf(row) }) : t("palette.findKey"),
    detail: shortFingerprint(fingerprint),
    run: async () => {
      if (row) navigate({ name: "key", fingerprint });
      else await findKey(fingerprint);
    },
  };
}

function pathEntry(path: string): Entry {
  return {
    id: "open.path",
    section: "open",
    title: t("palette.inspectPath", { path }),
    run: () => inspectPath(path),
  };
}

async function inspectPath(path: string): Promise<void> {
  const offered = await host.offerText(path).catch(() => null);
  const ids = offered && offered.images > 0 ? await host.takeImages(offered.files) : [];
  const [first] = ids;
  if (first === undefined) showToast(t("palette.notThere"));
  else navigate(ids.length === 1 ? { name: "image", id: first } : { name: "images", select: ids });
}
