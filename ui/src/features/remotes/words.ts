/** How remotes, logins and services are called; pure. */

import type {
  AccountView,
  ContactView,
  LoginView,
  RemoteId,
  RemotesView,
  RemoteView,
  ServicesView,
} from "$bindings";
import { t } from "$messages";
import { formatDay } from "$shared/format";

/** The name to show; this computer has none of its own. */
export function remoteName(remote: Pick<RemoteView, "kind" | "name">): string {
  return remote.kind === "thisComputer" ? t("remotes.thisComputer") : remote.name;
}

/** Name and mail in one line. */
export function accountWords(account: AccountView): string {
  return account.mail === null ? account.name : `${account.name} <${account.mail}>`;
}

/** Whether and as whom one is signed in, in a few words. */
export function loginWords(login: LoginView): string {
  switch (login.kind) {
    case "notNeeded":
      return t("remotes.onlyHere");
    case "signedOut":
      return t("remotes.login.signedOut");
    case "signedIn":
      return login.account === null
        ? t("remotes.login.signedIn")
        : t("remotes.login.signedInAs", { name: login.account.name });
    case "expired":
      return login.account === null
        ? t("remotes.login.expired")
        : t("remotes.login.expiredOf", { name: login.account.name });
    case "locked":
      return t("remotes.login.locked");
  }
}

/** What belongs to a login beside its name: how long it holds, and who else has it. */
export function loginFacts(remote: Pick<RemoteView, "login" | "isShared">): string[] {
  const { login, isShared } = remote;
  if (login.kind !== "signedIn") return [];
  return [
    login.expires === null ? "" : t("remotes.login.until", { date: formatDay(login.expires) }),
    login.kept === "memory" ? t("remotes.login.memory") : "",
    isShared ? t("remotes.login.shared") : "",
  ].filter((fact) => fact !== "");
}

const SERVICES = ["library", "keyserver", "builder", "tokens", "registry"] as const;

/** The services that are there, by name. */
export function offered(services: ServicesView): string[] {
  return SERVICES.filter((name) => services[name] !== null).map((name) => t(`remotes.service.${name}`));
}

/** Those that one would miss. */
export function notOffered(services: ServicesView): string[] {
  return SERVICES.filter((name) => name !== "registry" && services[name] === null).map((name) =>
    t(`remotes.service.${name}`),
  );
}

/** Whether one can sign in there, as far as is known. */
export function takesTokens(remote: RemoteView): boolean {
  return remote.kind !== "thisComputer" && (remote.services === null || remote.services.tokens !== null);
}

export type Reach = "fine" | "offline" | "unreachable";

/** Whether the remote could be reached when it was last asked. */
export function reachOf(remote: RemoteView): Reach {
  if (remote.problem === null) return "fine";
  return remote.problem.code === "offline" ? "offline" : "unreachable";
}

/** Why the remote cannot be chosen; nothing when it can. */
export function lockReason(view: RemotesView, id: RemoteId): string | undefined {
  if (view.exclusive === null || view.exclusive === id) return undefined;
  const only = view.remotes.find((remote) => remote.id === view.exclusive);
  return only === undefined
    ? t("remotes.exclusive")
    : t("remotes.exclusiveOther", { name: remoteName(only) });
}

const PURPOSES = ["discovery", "token", "library", "keyserver", "registry", "download"] as const;

/** What a host was contacted for. */
export function purposeWords({ purpose }: Pick<ContactView, "purpose">): string {
  const known = PURPOSES.find((name) => name === purpose);
  return t(`remotes.purpose.${known ?? "other"}`);
}

/** A name that may be meant by an address: `library.example.org` is called `library`. */
export function nameFromAddress(address: string): string {
  const host = address.trim().replace(/^https?:\/\//u, "");
  return host.split(/[.:/]/u)[0] ?? "";
}
