/** Words of the first start. */
export const firstrun = {
  "firstrun.title": "See what is inside a container image, who signed it, and whether it is intact.",
  "firstrun.open": "Open a SIF file…",
  "firstrun.openText": "or drop it anywhere on this window. No account is needed.",
  "firstrun.look": "Look around",
  "firstrun.lookText": "with a small sample image. Everything works offline.",
  "firstrun.found": "Found on this computer",
  "firstrun.ownKeys": { one: "1 key of yours", other: "{n} keys of yours" },
  "firstrun.otherKeys": { one: "1 key of others", other: "{n} keys of others" },
  "firstrun.foundText":
    "{product} keeps them in its keyring, and Sifter shows the same. Keys of others are Not trusted until you compare them.",
  "firstrun.trustAll": "Trust all keys that my command line already trusts",
  "firstrun.trustAllHint": "Leave it unticked to compare each fingerprint yourself.",
  "firstrun.trusted": { one: "1 key is trusted now", other: "{n} keys are trusted now" },
  "firstrun.hide": "Hide this box",
  "firstrun.privacy": "Sifter collects nothing and contacts no server until you ask it to.",
  "firstrun.failed": "The keys could not be taken over",
} as const;
