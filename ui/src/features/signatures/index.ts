/** Badges, the box that sums up a verification, and the sheets for signing and passphrases. */

export { badgeOfResult, badgeOrder, badgeWord, toneOf } from "./badges";
export { aboutTime, learnRate } from "./estimate";
export { answerTask, answerWhenAsked, askPassphrase } from "./passphrase";
export { openSignSheet } from "./sheets";
export { default as TrustBadge } from "./TrustBadge.svelte";
export { default as VerdictBox } from "./VerdictBox.svelte";
export {
  changeSentence,
  hashName,
  noteSentence,
  partName,
  signerName,
  trustLine,
  trustSentence,
} from "./words";
