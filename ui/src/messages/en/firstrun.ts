/** Words of the first start. */
export const firstrun = {
  "firstrun.title": "See what is inside a container image, who signed it, and whether it is intact.",
  "firstrun.open": "Open a SIF file…",
  "firstrun.openText": "or drop it anywhere on this window. No account is needed.",
  "firstrun.signIn": "Sign in to a library…",
  "firstrun.signInText": "Sylabs Cloud, Singularity Enterprise, or a server of your own.",
  "firstrun.look": "Look around",
  "firstrun.lookText": "with a small sample image and a library on this computer. Everything works offline.",
  "firstrun.found": "Found on this computer",
  "firstrun.ownKeys": { one: "1 key of yours", other: "{n} keys of yours" },
  "firstrun.otherKeys": { one: "1 key of others", other: "{n} keys of others" },
  "firstrun.remotes": { one: "1 remote", other: "{n} remotes" },
  "firstrun.logins": { one: "1 login", other: "{n} logins" },
  "firstrun.foundText":
    "{product} keeps them in its files, and Sifter shows the same. Keys of others are Not trusted until you compare them.",
  "firstrun.trustAll": "Trust all keys that my command line already trusts",
  "firstrun.trustAllHint": "Leave it unticked to compare each fingerprint yourself.",
  "firstrun.trusted": { one: "1 key is trusted now", other: "{n} keys are trusted now" },
  "firstrun.hide": "Hide this box",
  "firstrun.privacy": "Sifter collects nothing and contacts no server until you ask it to.",
  "firstrun.failed": "The keys could not be taken over",
} as const;
