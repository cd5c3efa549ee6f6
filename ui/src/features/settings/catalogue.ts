/** All settings: where each stands, its words, its choices, and how it is read and written; pure. */

import type { Settings } from "$bindings";
import { t } from "$messages";
import { formatBytes, formatNumber } from "$shared/format";

export const sections = [
  "general",
  "appearance",
  "remotes",
  "trust",
  "transfers",
  "notifications",
  "privacy",
  "keyboard",
  "advanced",
  "about",
] as const;
export type SectionId = (typeof sections)[number];

interface Common {
  name: keyof Settings;
  section: SectionId;
  title: string;
  hint?: string | undefined;
}
export interface Choice extends Common {
  control: "choice";
  options: { value: string; label: string }[];
  read: (settings: Settings) => string;
  write: (value: string) => Partial<Settings>;
}
export interface Switch extends Common {
  control: "switch";
  name: SwitchName;
}
/** An address that is typed; empty is the default. */
export interface Address extends Common {
  control: "address";
  name: "proxy";
}
/** A file that a dialog chooses. */
export interface PickedFile extends Common {
  control: "file";
  name: "caFile";
}
export type Setting = Choice | Switch | Address | PickedFile;

type ChoiceName = { [K in keyof Settings]: Settings[K] extends string | number ? K : never }[keyof Settings];
type SwitchName = { [K in keyof Settings]: Settings[K] extends boolean ? K : never }[keyof Settings];

export function isSection(text: string | undefined): text is SectionId {
  return sections.some((section) => section === text);
}

/** The settings in the order of the page, but those that do nothing on this system. */
export function allSettings(withoutEffect: readonly string[] = []): Setting[] {
  const all = [
    ...general(),
    ...appearance(),
    ...trust(),
    ...transfers(),
    ...notifications(),
    ...keyboard(),
    ...advanced(),
  ];
  return all.filter((setting) => !withoutEffect.includes(setting.name));
}

/** Titles for the palette; the keyboard map and the pages without settings are entries too. */
export function settingEntries(
  withoutEffect: readonly string[],
): { id: string; title: string; section: string; sectionId: SectionId }[] {
  const pages = sections.map((id) => ({
    id: `section.${id}`,
    title: t(`settings.section.${id}`),
    section: t("settings.title"),
    sectionId: id,
  }));
  const single = allSettings(withoutEffect).map((setting) => ({
    id: setting.name,
    title: setting.title,
    section: t(`settings.section.${setting.section}`),
    sectionId: setting.section,
  }));
  return [...pages, ...single];
}

/** Whether a setting differs from its default. */
export function isChanged(name: keyof Settings, settings: Settings, defaults: Settings): boolean {
  return JSON.stringify(settings[name]) !== JSON.stringify(defaults[name]);
}

/** A value that is none of the choices, in the words of the choices. */
export function valueWords(name: keyof Settings, value: string): string {
  switch (name) {
    case "verifyUpTo":
      return formatBytes(Number(value));
    case "bandwidth":
      return t("settings.bandwidth.n", { rate: formatBytes(Number(value)) });
    case "zoom":
      return t("settings.zoom.n", { n: Number(value) });
    case "historyDays":
      return t("settings.historyDays.n", { n: Number(value) });
    default:
      return value;
  }
}

const PROXY = /^(?:https?|socks5h?):\/\/[^\s/@]+\/?$/u;

/** Whether the text is the address of a proxy; a password in it would lie in a file as text. */
export function isProxy(text: string): boolean {
  return text === "" || PROXY.test(text);
}

/** Whether a search text finds the setting. */
export function matchesSetting(setting: Setting, text: string): boolean {
  const labels = setting.control === "choice" ? setting.options.map((option) => option.label) : [];
  const all = [setting.title, setting.hint ?? "", t(`settings.section.${setting.section}`), ...labels]
    .join(" ")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => all.includes(word));
}

function choice<K extends ChoiceName>(
  section: SectionId,
  name: K,
  title: string,
  options: { value: Settings[K]; label: string }[],
  hint?: string,
): Choice {
  return {
    control: "choice",
    section,
    name,
    title,
    hint,
    options: options.map(({ value, label }) => ({ value: String(value), label })),
    read: (settings) => String(settings[name]),
    write: (text) => {
      const found = options.find((option) => String(option.value) === text);
      return found === undefined ? {} : { [name]: found.value };
    },
  };
}

function toggle(section: SectionId, name: SwitchName, title: string, hint?: string): Switch {
  return { control: "switch", section, name, title, hint };
}

function general(): Setting[] {
  return [
    choice("general", "closeBehaviour", t("settings.closeBehaviour"), [
      { value: "ask", label: t("settings.closeBehaviour.ask") },
      { value: "keepWorking", label: t("settings.closeBehaviour.keepWorking") },
      { value: "stopAndQuit", label: t("settings.closeBehaviour.stopAndQuit") },
    ]),
    choice(
      "general",
      "historyDays",
      t("settings.historyDays"),
      [1, 7, 30, 90, 365].map((n) => ({ value: n, label: t("settings.historyDays.n", { n }) })),
    ),
    toggle(
      "general",
      "openLibraryLinks",
      t("settings.openLibraryLinks"),
      t("settings.openLibraryLinks.hint"),
    ),
  ];
}

function appearance(): Setting[] {
  return [
    choice(
      "appearance",
      "theme",
      t("settings.theme"),
      (["system", "light", "dark"] as const).map((value) => ({ value, label: t(`settings.theme.${value}`) })),
    ),
    choice(
      "appearance",
      "density",
      t("settings.density"),
      (["comfortable", "compact"] as const).map((value) => ({
        value,
        label: t(`settings.density.${value}`),
      })),
    ),
    choice(
      "appearance",
      "zoom",
      t("settings.zoom"),
      [80, 90, 100, 110, 125, 150, 175, 200, 250, 300].map((n) => ({
        value: n,
        label: t("settings.zoom.n", { n }),
      })),
    ),
    toggle("appearance", "reduceMotion", t("settings.reduceMotion"), t("settings.reduceMotion.hint")),
  ];
}

/** Larger than any file system of today. */
const ANY_SIZE = 1e15;

function trust(): Setting[] {
  const sizes = [100e6, 1e9, 2e9, 10e9, 50e9].map((value) => ({ value, label: formatBytes(value) }));
  return [
    toggle(
      "trust",
      "requireEverySignature",
      t("settings.requireEverySignature"),
      t("settings.requireEverySignature.hint"),
    ),
    choice(
      "trust",
      "verifyUpTo",
      t("settings.verifyUpTo"),
      [
        { value: 0, label: t("settings.verifyUpTo.never") },
        ...sizes,
        { value: ANY_SIZE, label: t("settings.verifyUpTo.always") },
      ],
      t("settings.verifyUpTo.hint"),
    ),
    choice(
      "trust",
      "keepPassphrase",
      t("settings.keepPassphrase"),
      (["thisAction", "fifteenMinutes", "untilQuit", "keychain"] as const).map((value) => ({
        value,
        label: t(`keys.keep.${value}`),
      })),
      t("settings.keepPassphrase.hint"),
    ),
    toggle("trust", "lockOnSleep", t("settings.lockOnSleep")),
  ];
}

function transfers(): Setting[] {
  const rates = [1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6].map((value) => ({
    value,
    label: t("settings.bandwidth.n", { rate: formatBytes(value) }),
  }));
  return [
    toggle("transfers", "verifyAfterPull", t("settings.verifyAfterPull"), t("settings.verifyAfterPull.hint")),
    choice(
      "transfers",
      "transfersAtOnce",
      t("settings.transfersAtOnce"),
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ value: n, label: formatNumber(n) })),
      t("settings.transfersAtOnce.hint"),
    ),
    choice(
      "transfers",
      "bandwidth",
      t("settings.bandwidth"),
      [{ value: 0, label: t("settings.bandwidth.none") }, ...rates],
      t("settings.bandwidth.hint"),
    ),
    {
      control: "address",
      section: "transfers",
      name: "proxy",
      title: t("settings.proxy"),
      hint: t("settings.proxy.hint"),
    },
    {
      control: "file",
      section: "transfers",
      name: "caFile",
      title: t("settings.caFile"),
      hint: t("settings.caFile.hint"),
    },
  ];
}

function notifications(): Setting[] {
  return [
    toggle("notifications", "notifyTaskEnded", t("settings.notifyTaskEnded")),
    toggle("notifications", "notifyNeedsYou", t("settings.notifyNeedsYou")),
    toggle("notifications", "notifyTampered", t("settings.notifyTampered"), t("settings.notify.hint")),
  ];
}

function keyboard(): Setting[] {
  return [
    toggle(
      "keyboard",
      "singleKeyShortcuts",
      t("settings.singleKeyShortcuts"),
      t("settings.singleKeyShortcuts.hint"),
    ),
  ];
}

function advanced(): Setting[] {
  return [
    choice(
      "advanced",
      "profile",
      t("settings.profile"),
      (["automatic", "singularity", "apptainer"] as const).map((value) => ({
        value,
        label: t(`settings.profile.${value}`),
      })),
      t("settings.profile.hint"),
    ),
    choice(
      "advanced",
      "logLevel",
      t("settings.logLevel"),
      (["error", "info", "debug"] as const).map((value) => ({
        value,
        label: t(`settings.logLevel.${value}`),
      })),
    ),
    choice("advanced", "language", t("settings.language"), [
      { value: "en", label: t("settings.language.en") },
      { value: "pseudo", label: t("settings.language.pseudo") },
    ]),
  ];
}
