/** The shape of messages, and what TypeScript knows about their parameters. */

import type { en } from "./en";

/** A text, or one text for each plural form that the language has; the count is the parameter `n`. */
export type Message = string | Plural;
export interface Plural {
  readonly zero?: string;
  readonly one: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

export type Catalogue = Record<MessageKey, Message>;
export type MessageKey = keyof typeof en;

/** The names in braces. */
type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Texts<M> = M extends string ? M : M extends Plural ? M["one" | "other"] : never;
type NamesOf<M> = NamesIn<Texts<M>> | (M extends string ? never : "n");

export type ParamsOf<K extends MessageKey> = {
  [Name in NamesOf<(typeof en)[K]>]: Name extends "n" ? number : string | number;
};

/** The arguments after the key: none for a message without parameters. */
export type ArgsOf<K extends MessageKey> = [NamesOf<(typeof en)[K]>] extends [never]
  ? []
  : [params: ParamsOf<K>];

export type AnyParams = Readonly<Record<string, string | number>>;

/** A message's text in pieces; what was filled in is kept apart so that it can be isolated. */
export interface Piece {
  readonly text: string;
  readonly filled: boolean;
}
