/** The words of the page: a typed catalogue, plural rules by `Intl`, and a pseudo-locale derived by code. */

export type { ArgsOf, Message as MessageText, MessageKey, ParamsOf } from "./catalogue";
export { describeError, errorLine, type ErrorWords } from "./describe-error";
export { default as Message } from "./Message.svelte";
export { currentLocale, isMessageKey, setLanguage, t, type Language } from "./translate.svelte";
