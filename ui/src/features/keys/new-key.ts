/** What is asked for a new key, and whether it can be made of it; pure. */

import type { NewKeyKind, Timestamp } from "$bindings";
import { t } from "$messages";

export interface NewKeyForm {
  name: string;
  mail: string;
  comment: string;
  passphrase: string;
  withoutPassphrase: boolean;
  kind: NewKeyKind;
  lifetime: Lifetime;
}

export type Lifetime = "in1" | "in2" | "in5" | "never";
export type FormErrors = Partial<Record<"name" | "mail" | "comment" | "passphrase", string>>;

export const emptyForm: NewKeyForm = {
  name: "",
  mail: "",
  comment: "",
  passphrase: "",
  withoutPassphrase: false,
  kind: "rsa4096",
  lifetime: "in2",
};

// What an OpenPGP user id cannot hold, or would be read as something else.
const FORBIDDEN = /[<>()\p{Cc}]/u;
const MAIL = /^[^\s@]+@[^\s@]+$/u;

/** The errors by field; none when a key can be made. */
export function checkForm(form: NewKeyForm): FormErrors {
  const errors: FormErrors = {};
  if (form.name.trim() === "") errors.name = t("keys.create.nameMissing");
  else if (FORBIDDEN.test(form.name)) errors.name = t("keys.create.charactersWrong");
  if (FORBIDDEN.test(form.mail)) errors.mail = t("keys.create.charactersWrong");
  else if (!MAIL.test(form.mail.trim())) errors.mail = t("keys.create.mailWrong");
  if (FORBIDDEN.test(form.comment)) errors.comment = t("keys.create.charactersWrong");
  if (form.passphrase === "" && !form.withoutPassphrase)
    errors.passphrase = t("keys.create.passphraseMissing");
  return errors;
}

const YEARS: Record<Exclude<Lifetime, "never">, number> = { in1: 1, in2: 2, in5: 5 };

/** When a key of this lifetime expires; never is null. */
export function expiryOf(lifetime: Lifetime, now = new Date()): Timestamp | null {
  if (lifetime === "never") return null;
  const then = new Date(now);
  then.setFullYear(then.getFullYear() + YEARS[lifetime]);
  return Math.floor(then.getTime() / 1000);
}

/** The choices of a lifetime, for a select. */
export function lifetimes(): { value: Lifetime; label: string }[] {
  return (["in1", "in2", "in5", "never"] as const).map((value) => ({
    value,
    label: t(`keys.create.${value}`),
  }));
}
